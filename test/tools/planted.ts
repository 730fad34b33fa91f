/** A small project in a temporary folder, for planting mistakes in; and the stand-ins the planted code talks to. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Writes the files and returns the folder; it goes away with the test. */
export function planted(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "interleaf-planted-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

/** A tsconfig for a floor, as small as the check wants it. */
export function floorConfig(...floors: string[]): string {
  return JSON.stringify({ references: floors.map((floor) => ({ path: `../${floor}` })) });
}

/** As much of `sched` as the planted paths need, with the real shapes of Path and Suspend. */
export const SCHED = `
declare const announced: unique symbol;
export type Suspend = boolean & { readonly [announced]?: true };
export type Path<T = void> = Generator<void, T, void>;
export interface Lock { readonly word: number }
export interface Machine {
  lock(lock: Lock): Suspend;
  unlock(lock: Lock): Suspend;
  read(lock: Lock): Suspend;
  add(lock: Lock, amount: number): Suspend;
  spawn(path: Path<unknown>): number;
  spawnAll(paths: readonly Path<unknown>[]): void;
  start(spec: { name: string; run: Path<unknown> }): void;
  body(run: (k: Machine) => Path): void;
  fair(lock: Lock): Path<number>;
}
export interface Guard { look(k: Machine, lock: Lock): Suspend; skips(lock: Lock): boolean }
`;
