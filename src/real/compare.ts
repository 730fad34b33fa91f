/** Two answers to one program, side by side: the first step at which they differ. */
import type { Outcome } from "./lower.ts";
import type { Program, Step } from "./program.ts";

/** The first difference. */
export interface Mismatch {
  /** Index of the step. */
  readonly at: number;
  /** `result`: return values differ. `maps`: the areas. `flags`: VmFlags at the end. `byte`: what a read saw. `pages`: the page table. `resident`: mincore. `counters`: sizes of the address space. */
  readonly what: "result" | "maps" | "flags" | "byte" | "pages" | "resident" | "counters" | "end";
  readonly live: Outcome | undefined;
  readonly model: Outcome | undefined;
}

/** Finds the first difference from step `from` on. A model that tells no bytes is not compared on them. */
export function compareOutcomes(
  program: Program,
  live: readonly Outcome[],
  model: readonly Outcome[],
  from = 0,
): Mismatch | undefined {
  const below = splitStart(program.steps);
  // What was equal for both once need not be compared again while neither gives a new array.
  let equalLive: readonly string[] | undefined;
  let equalModel: readonly string[] | undefined;
  for (let at = from; at < live.length; at++) {
    const a = live[at] as Outcome;
    const b = model[at];
    if (b === undefined) return { at, what: "end", live: a, model: b };
    if (a.result !== b.result) return { at, what: "result", live: a, model: b };
    if (a.byte !== undefined && b.byte !== undefined && a.byte !== b.byte)
      return { at, what: "byte", live: a, model: b };
    if (!samePages(a.pages, b.pages)) return { at, what: "pages", live: a, model: b };
    if (a.counters !== undefined && b.counters !== undefined && a.counters !== b.counters)
      return { at, what: "counters", live: a, model: b };
    if (!sameResidents(a.resident, b.resident)) return { at, what: "resident", live: a, model: b };
    if (a.maps === undefined || (a.maps === equalLive && b.maps === equalModel)) continue;
    if (!sameLines(a.maps, b.maps ?? [], below)) {
      return { at, what: program.steps[at]?.call === "final" ? "flags" : "maps", live: a, model: b };
    }
    equalLive = a.maps;
    equalModel = b.maps;
  }
  return undefined;
}

/** Only anonymous pages: a fault on a file maps what happens to be in the page cache around it. */
function samePages(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return a.replaceAll("f", "-") === b.replaceAll("f", "-");
}

/** A `?` is a page of which the model cannot say. */
function sameResidents(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return a.length === b.length && Array.from(a).every((letter, i) => b[i] === "?" || b[i] === letter);
}

/** Areas from a split on are not looked at: there are too many of them. undefined where nothing is split. */
export function splitStart(steps: readonly Step[]): number | undefined {
  const starts = steps.filter((step) => step.call === "split").map((step) => Number(step.args[0]));
  return starts.length === 0 ? undefined : Math.min(...starts);
}

function sameLines(a: readonly string[], b: readonly string[], below?: number): boolean {
  if (below !== undefined) return sameLines(linesBelow(a, below), linesBelow(b, below));
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The lines of areas that begin below an address. */
export function linesBelow(lines: readonly string[], address: number): string[] {
  return lines.filter((line) => Number.parseInt(line, 16) < address);
}
