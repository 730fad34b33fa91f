/**
 * Moves a recording to another layout, so that what was recorded on one machine can be run or compared on another.
 *
 * Two windows follow the layout: addresses near mmap_base and those of the heap. Address-space and data limits follow
 * the size of the areas that every program finds. Everything else stays as it is.
 */
import type { Argument, Program, RecordedStep, RecordingHeader } from "./program.ts";
import { narrow } from "./program.ts";

/** How far an address may be from mmap_base or start_brk and still move with it. */
const WINDOW_BYTES = 2 ** 30;
const RLIMIT_DATA = 2;
const RLIMIT_AS = 9;
const LIMIT_RESOURCES: readonly Argument[] = [RLIMIT_DATA, RLIMIT_AS];

/** The parts of a header that decide where things are. */
export type Layout = Pick<RecordingHeader, "mmapBase" | "startBrk" | "layout">;

/** The program as it would have been recorded with layout `to`. */
export function rebase(program: Program<RecordedStep>, from: Layout, to: Layout): Program<RecordedStep> {
  const move = mover(from, to);
  const byLimit = new Map<Argument, number>([
    [RLIMIT_AS, bytesOf(to.layout, isAny) - bytesOf(from.layout, isAny)],
    [RLIMIT_DATA, bytesOf(to.layout, isData) - bytesOf(from.layout, isData)],
  ]);
  return {
    seq: program.seq,
    steps: program.steps.map((step) => {
      const resource = step.args[0] as Argument;
      const args =
        step.call === "setrlimit" && LIMIT_RESOURCES.includes(resource)
          ? [resource, ...step.args.slice(1).map((limit) => moveLimit(limit, byLimit.get(resource) ?? 0))]
          : step.args.map((argument) =>
              typeof argument === "string"
                ? argument
                : narrow(BigInt(move(Number(argument)) - Number(argument)) + BigInt(argument)),
            );
      return {
        ...step,
        args,
        result: move(step.result),
        ...(step.maps === undefined ? {} : { maps: step.maps.map((line) => moveLine(line, move)) }),
      };
    }),
  };
}

/** Lines of maps that programs made: without the areas of the layout, and without the stack. */
export function ownLines(maps: readonly string[], layout: readonly string[]): string[] {
  const base = new Set(layout.map(withoutFlags));
  return maps.filter((line) => !base.has(withoutFlags(line)) && !line.includes(" [stack]"));
}

function withoutFlags(line: string): string {
  const at = line.indexOf(" #");
  return at < 0 ? line : line.slice(0, at);
}

function mover(from: Layout, to: Layout): (address: number) => number {
  const high = to.mmapBase - from.mmapBase;
  const heap = to.startBrk - from.startBrk;
  return (address) => {
    if (Math.abs(address - from.mmapBase) <= WINDOW_BYTES) return address + high;
    if (address >= from.startBrk && address < from.startBrk + WINDOW_BYTES) return address + heap;
    return address;
  };
}

/** A limit that is none stays none. */
function moveLimit(limit: Argument, by: number): Argument {
  return typeof limit === "number" ? limit + by : limit;
}

function moveLine(line: string, move: (address: number) => number): string {
  const [, start, end, rest] = /^([0-9a-f]+)-([0-9a-f]+)(.*)$/.exec(line) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const moved = (text: string): string => move(Number.parseInt(text, 16)).toString(16).padStart(8, "0");
  return `${moved(start)}-${moved(end)}${rest}`;
}

function bytesOf(lines: readonly string[], counts: (line: string) => boolean): number {
  return lines.filter(counts).reduce((bytes, line) => {
    const [start, end] = (line.split(" ")[0] as string).split("-").map((text) => Number.parseInt(text, 16));
    return bytes + (end as number) - (start as number);
  }, 0);
}

function isAny(): boolean {
  return true;
}

/** What counts for RLIMIT_DATA: private, writable, not a stack. */
function isData(line: string): boolean {
  return /^\S+ .w.p /.test(line) && !line.includes("[stack]");
}
