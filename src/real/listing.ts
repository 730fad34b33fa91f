/**
 * Programs and differences for people: calls as C would write them, maps side by side.
 */
import { linesBelow, type Mismatch, splitStart } from "./compare.ts";
import type { Outcome } from "./lower.ts";
import type { Argument, CallName, Program, Step } from "./program.ts";
import {
  bitNames,
  MADVISE_NAMES,
  MAP_NAMES,
  MLOCKALL_NAMES,
  MPOL_NAMES,
  MREMAP_NAMES,
  MSYNC_NAMES,
  type Names,
  PROT_NAMES,
  RLIMIT_NAMES,
  resultName,
  UFFD_NAMES,
  valueName,
} from "./syscalls.ts";

type Print = (argument: Argument) => string;

function bits(names: Names, none: string): Print {
  return (argument) => bitNames(BigInt.asUintN(32, BigInt(argument)), names, none);
}

const prot = bits(PROT_NAMES, "PROT_NONE");
const advice: Print = (argument) => valueName(BigInt(argument), MADVISE_NAMES);

/** How arguments print, by call; what is not named prints as a number. */
const PRINTS: Readonly<Record<string, readonly (Print | undefined)[]>> = {
  mmap: [undefined, undefined, prot, bits(MAP_NAMES, "0")],
  mprotect: [undefined, undefined, prot],
  mremap: [undefined, undefined, undefined, bits(MREMAP_NAMES, "0")],
  madvise: [undefined, undefined, advice],
  process_madvise: [undefined, undefined, advice],
  mlock2: [undefined, undefined, bits([[1, "MLOCK_ONFAULT"]], "0")],
  mlockall: [bits(MLOCKALL_NAMES, "0")],
  msync: [undefined, undefined, bits(MSYNC_NAMES, "0")],
  mbind: [undefined, undefined, (argument) => valueName(BigInt(argument), MPOL_NAMES)],
  uffd_register: [undefined, undefined, bits(UFFD_NAMES, "0")],
  setrlimit: [(argument) => valueName(BigInt(argument), RLIMIT_NAMES)],
};

/** Steps that only look. */
const LOOKS: readonly CallName[] = ["final"];

/** One step as a call: `mmap(0x600000000000, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)`. */
export function printStep(step: Step): string {
  const [at = 0, value = 1] = step.args;
  // Touches, as C writes them.
  if (step.call === "read") return `(void)*(volatile char *)${plain(at)}`;
  if (step.call === "write") return `*(volatile char *)${plain(at)} = ${plain(value)}`;
  const prints = PRINTS[step.call] ?? [];
  return `${step.call}(${step.args.map((argument, i) => (prints[i] ?? plain)(argument)).join(", ")})`;
}

/** A program, one numbered line per step, with results where they are known. */
export function printListing(program: Program, outcomes: readonly Outcome[] = []): string[] {
  const several = program.steps.some((step) => step.process !== 0);
  const calls = program.steps.map((step) => `${several ? `[${step.process}] ` : ""}${printStep(step)};`);
  const width = Math.min(110, Math.max(0, ...calls.map((call) => call.length)));
  return calls.map((call, i) => {
    const outcome = outcomes[i];
    const number = String(i + 1).padStart(3);
    const step = program.steps[i] as Step;
    if (outcome === undefined || LOOKS.includes(step.call)) return `${number}  ${call}`;
    return `${number}  ${call.padEnd(width)}  // ${said(step, outcome)}`;
  });
}

/** A program with its results, and what each call that failed left behind: the areas before and after it. */
export function printTold(program: Program, outcomes: readonly Outcome[]): string[] {
  const lines = printListing(program, outcomes);
  const limit = splitStart(program.steps) ?? Number.POSITIVE_INFINITY;
  const last = new Map<number, readonly string[]>();
  for (const [i, { process }] of program.steps.entries()) {
    const outcome = outcomes[i];
    if (outcome?.maps === undefined) continue;
    const [before, after] = [last.get(process) ?? [], linesBelow(outcome.maps, limit)];
    last.set(process, after);
    if (outcome.result >= 0 || before.join("\n") === after.join("\n")) continue;
    lines.push(
      "",
      `step ${i + 1} failed, and changed this:`,
      "",
      ...sideBySide(before, after, ["before", "after"]),
    );
  }
  return lines;
}

/** A difference: the program up to it, both answers, both maps side by side with `*` where they differ. */
export function printMismatch(
  program: Program,
  mismatch: Mismatch,
  live: readonly Outcome[],
  model: string,
  other: string = "live kernel",
): string[] {
  const { at, what } = mismatch;
  const step = program.steps[at] as Step;
  const upTo = { seq: program.seq, steps: program.steps.slice(0, at + 1) };
  const lines = [...printListing(upTo, live), ""];
  const where = `step ${at + 1}, ${printStep(step)}, in process ${step.process}`;
  if (what === "end") return [...lines, `${where}: ${model} gave no answer`];
  const told: Record<string, string> = {
    result: "the results",
    maps: "the areas",
    flags: "VmFlags",
    byte: "the bytes read",
    pages: "the page tables",
    resident: "the pages in memory",
    counters: "the counters",
  };
  lines.push(`${where}: ${told[what]} differ.`);
  if (!["maps", "flags"].includes(what)) {
    lines.push(`    ${other}: ${said(step, mismatch.live)}`, `    ${model}: ${said(step, mismatch.model)}`);
  }
  const sides = sideBySide(mismatch.live?.maps ?? [], mismatch.model?.maps ?? [], [other, model]);
  return [...lines, "", ...sides];
}

function said(step: Step, outcome: Outcome | undefined): string {
  if (outcome === undefined) return "nothing";
  const isTouch = step.call === "read" || step.call === "write";
  if (isTouch && outcome.result < 0) return "faults";
  if (outcome.pages !== undefined) return outcome.pages;
  if (outcome.counters !== undefined) return outcome.counters;
  if (outcome.resident !== undefined) return `0, in memory ${outcome.resident}`;
  return outcome.byte === undefined ? resultName(outcome.result) : `reads ${outcome.byte}`;
}

/** Two lists of lines in columns; lines that only one side has are marked. */
export function sideBySide(
  left: readonly string[],
  right: readonly string[],
  heads: readonly [string, string],
): string[] {
  const rows: [string, string][] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i];
    const b = right[j];
    // Both in ascending order of addresses: what begins lower comes first.
    const first =
      (a === undefined ? Number.POSITIVE_INFINITY : startOf(a)) -
      (b === undefined ? Number.POSITIVE_INFINITY : startOf(b));
    rows.push([
      first <= 0 || b === undefined ? (a ?? "") : "",
      first >= 0 || a === undefined ? (b ?? "") : "",
    ]);
    if (first <= 0 || b === undefined) i++;
    if (first >= 0 || a === undefined) j++;
  }
  const width = Math.max(heads[0].length, ...rows.map(([a]) => a.length));
  return [
    `  ${heads[0].padEnd(width)}  | ${heads[1]}`,
    ...rows.map(([a, b]) => `${a === b ? " " : "*"} ${a.padEnd(width)}  | ${b}`.trimEnd()),
  ];
}

function startOf(line: string): number {
  return Number.parseInt(line, 16);
}

/** Small numbers in decimal, the others in hex. */
function plain(argument: Argument): string {
  if (typeof argument === "string") return argument.slice("fd:".length);
  return argument > -4096 && argument < 10
    ? String(argument)
    : `0x${BigInt.asUintN(64, BigInt(argument)).toString(16)}`;
}
