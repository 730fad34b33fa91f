/**
 * Does a replay end in the recorded maps? Area by area: range, permissions, offset, name.
 *
 * Not compared: device and inode numbers (a log of calls does not tell them) and where `[stack]` begins (only faults move
 * it). Where a recorded snapshot has VmFlags they are compared, too.
 */
import type { Image, ImageVma } from "../mm/index.ts";
import { address } from "./maps-line.ts";
import type { Layout } from "./replay-memory.ts";
import type { Snapshot } from "./snapshot.ts";

/** The first difference between two images. */
export interface Difference {
  readonly pid: number;
  /** How the beginning of this process was known: unless it was told, areas that exec made are missing in the replay. */
  readonly layout: Layout;
  /** Line of the maps file at which the snapshot begins. */
  readonly line: number;
  /** The recorded area, if there is one in this place. */
  readonly recorded: string | undefined;
  /** The replayed one. */
  readonly replayed: string | undefined;
}

/** What a comparison came to. */
export interface Verification {
  /** Snapshots compared, and areas in them. */
  readonly snapshots: number;
  readonly areas: number;
  /** One per snapshot that differs: its first difference. */
  readonly differences: readonly Difference[];
  /** Recorded ends of processes that the replay does not have, and the other way round. */
  readonly onlyRecorded: readonly number[];
  readonly onlyReplayed: readonly number[];
}

/** Compares images at the ends of processes with recorded ones, one by one: a replay need not keep them. */
export class EndVerifier {
  readonly #wanted: Map<number, Snapshot[]> = new Map();
  readonly #differences: Difference[] = [];
  readonly #onlyReplayed: number[] = [];
  #snapshots = 0;
  #areas = 0;

  /** @param snapshots of a recorded file; those taken at the `end` count, or, where none says when, all */
  constructor(snapshots: readonly Snapshot[]) {
    for (const snapshot of endsOf(snapshots)) {
      const pid = snapshot.image.pid ?? -1;
      const of = this.#wanted.get(pid);
      if (of === undefined) this.#wanted.set(pid, [snapshot]);
      else of.push(snapshot);
    }
  }

  /**
   * Takes the areas with which a process of the replay ends.
   * @param isUnnamed a snapshot that names no process is this one's
   */
  take(pid: number, image: Image, layout: Layout, isUnnamed: boolean): void {
    const unnamed = isUnnamed ? this.#wanted.get(-1)?.shift() : undefined;
    const snapshot = this.#wanted.get(pid)?.shift() ?? unnamed;
    if (snapshot === undefined) {
      this.#onlyReplayed.push(pid);
      return;
    }
    this.#snapshots++;
    this.#areas += snapshot.image.areas.length;
    const difference = firstDifference(snapshot.image, image);
    if (difference !== undefined) {
      this.#differences.push({ pid, layout, line: snapshot.line, ...difference });
    }
  }

  /** The result, when all processes have ended. */
  end(): Verification {
    const onlyRecorded = [...this.#wanted].flatMap(([pid, left]) => left.map(() => pid));
    return {
      snapshots: this.#snapshots,
      areas: this.#areas,
      differences: this.#differences,
      onlyRecorded,
      onlyReplayed: this.#onlyReplayed,
    };
  }
}

function endsOf(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  const told = snapshots.some((snapshot) => snapshot.kind !== undefined);
  return told ? snapshots.filter((snapshot) => snapshot.kind !== "start") : snapshots;
}

/** The first place in which two images differ. */
export function firstDifference(
  recorded: Image,
  replayed: Image,
): Pick<Difference, "recorded" | "replayed"> | undefined {
  const length = Math.max(recorded.areas.length, replayed.areas.length);
  for (let i = 0; i < length; i++) {
    const there = recorded.areas[i];
    const here = replayed.areas[i];
    const withFlags = there?.vmFlags !== undefined;
    const a = there === undefined ? undefined : areaText(there, withFlags);
    const b = here === undefined ? undefined : areaText(here, withFlags);
    if (a !== b) return { recorded: a, replayed: b };
  }
  return undefined;
}

function areaText(area: ImageVma, withFlags: boolean): string {
  const start = area.name === "[stack]" ? "..." : address(area.startPage);
  const letters = `${area.read ? "r" : "-"}${area.write ? "w" : "-"}${area.exec ? "x" : "-"}${area.shared ? "s" : "p"}`;
  const flags = withFlags ? ` [${(area.vmFlags ?? []).join(" ")}]` : "";
  return (
    `${start}-${address(area.endPage)} ${letters} ${address(area.offsetPages)} ${area.name}`.trimEnd() + flags
  );
}
