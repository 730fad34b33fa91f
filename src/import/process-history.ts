/**
 * What a replay keeps of one process: how its areas grew and which calls did it. Plain data, of bounded size.
 */
import { type Image, MAP_ANONYMOUS, MAP_FIXED } from "../mm/index.ts";
import type { Layout } from "./replay-memory.ts";
import { type Point, Series } from "./series.ts";
import { adviceName, protectionLetters } from "./strace-flags.ts";
import type { MemoryCall } from "./trace-event.ts";

/** How many kinds of failed calls and how many disagreements are kept with their place, per process; all are counted. */
const KEPT = 50;
/** How many kinds of calls are told apart. */
const KEPT_KINDS = 500;

/** Calls of one kind, such as `mprotect r--`, and what they did to the number of areas. */
export interface CallKind {
  readonly name: string;
  count: number;
  /** Areas that these calls added by splitting others. */
  split: number;
  /** Areas that became one with a neighbour: of a mapping, itself. */
  merged: number;
}

/** Calls of one kind that failed for one reason; line, call and reason are the first one's. */
export interface FailedCall {
  count: number;
  readonly line: number;
  readonly call: MemoryCall;
  readonly error: string;
  /** Does the model fail alike? undefined = not asked. */
  readonly agrees: boolean | undefined;
  /** Why, as far as the model sees. */
  readonly reason: string;
}

/** A fork, as far as memory goes: the parent at that moment. */
export interface ForkMade {
  readonly line: number;
  readonly name: string;
  /** Pid of the child; undefined where the fork failed. */
  readonly child: number | undefined;
  readonly error: string | undefined;
  /** Areas of the parent then. */
  readonly image: Image;
  /** Does the model let it pass? */
  readonly modelAgrees: boolean;
}

/** A place where recording and model do not agree, or where the recording cannot be right. */
export interface Disagreement {
  readonly line: number;
  readonly what: string;
}

/** A merge that happens or not depending on faults that were not recorded. */
export interface FaultDependence {
  readonly line: number;
  readonly call: string;
  /** Areas more (or fewer) if private memory is written at once than if it is never written. */
  readonly difference: number;
}

/** One process, from its first line to its last. */
export class ProcessHistory {
  readonly pid: number;
  /** Pid of the process that forked it, where the recording shows it. */
  readonly parent: number | undefined;
  /** First line of the recording that names it. */
  readonly firstLine: number;
  lastLine: number;
  ended = false;
  /** What it ran, in order; empty for a process whose exec is not in the recording. */
  readonly programs: string[] = [];
  layout: Layout;
  inferred = 0;
  calls = 0;
  /** Areas: at first, at most, now. */
  startCount = 0;
  peak = 0;
  peakLine = 0;
  count = 0;
  startBytes = 0;
  peakBytes = 0;
  bytes = 0;
  readonly series: Series = new Series();
  readonly kinds: Map<string, CallKind> = new Map();
  /** The same kinds by number: a text for every call would cost more than the call. */
  readonly #byNumber: Map<number, CallKind> = new Map();
  failedCount = 0;
  readonly failed: FailedCall[] = [];
  readonly #failures: Map<string, FailedCall> = new Map();
  forkCount = 0;
  readonly forks: ForkMade[] = [];
  disagreementCount = 0;
  readonly disagreements: Disagreement[] = [];
  dependenceCount = 0;
  readonly dependences: FaultDependence[] = [];
  /** Its areas when it ended, or when the recording did. */
  final: Image | undefined;

  constructor(pid: number, parent: number | undefined, line: number, layout: Layout) {
    this.pid = pid;
    this.parent = parent;
    this.firstLine = line;
    this.lastLine = line;
    this.layout = layout;
  }

  /** A new address space: exec, or the beginning. */
  begin(count: number, bytes: number, seconds: number): void {
    this.startCount = count;
    this.startBytes = bytes;
    this.moved(count, bytes, this.firstLine, seconds);
  }

  /** The number of areas and bytes after a call. */
  moved(count: number, bytes: number, line: number, seconds: number): void {
    this.count = count;
    this.bytes = bytes;
    this.lastLine = line;
    if (count > this.peak) {
      this.peak = count;
      this.peakLine = line;
    }
    if (bytes > this.peakBytes) this.peakBytes = bytes;
    this.series.add(count, seconds);
  }

  /** Counts a call that succeeded under its kind. `delta` is by how much the number of areas changed. */
  counted(call: MemoryCall, delta: number): void {
    this.calls++;
    const key = kindNumber(call);
    let kind = this.#byNumber.get(key);
    if (kind === undefined) {
      const name = this.kinds.size < KEPT_KINDS ? kindOf(call) : "(others)";
      kind = this.kinds.get(name) ?? { name, count: 0, split: 0, merged: 0 };
      this.kinds.set(name, kind);
      if (this.#byNumber.size < KEPT_KINDS) this.#byNumber.set(key, kind);
    }
    kind.count++;
    // A mapping and a growing heap may bring one area; whatever else the number did is splitting and joining.
    const own = call.op === "mmap" || call.op === "brk" ? 1 : 0;
    if (delta > own) kind.split += delta - own;
    else if (call.op === "mmap") kind.merged += delta === 0 && (call.flags & MAP_FIXED) === 0 ? 1 : 0;
    else if (delta < 0 && (call.op === "mprotect" || call.op === "madvise" || call.op.endsWith("lock")))
      kind.merged -= delta;
  }

  /** Keeps a failed call, with others of its kind that failed for the same reason: numbers in the reason aside. */
  fail(failed: Omit<FailedCall, "count">): void {
    this.calls++;
    this.failedCount++;
    const key = `${kindOf(failed.call)} ${failed.error} ${failed.reason.replace(/0x[0-9a-f]+|\d+/g, "")}`;
    const same = this.#failures.get(key);
    if (same !== undefined) same.count++;
    else if (this.failed.length < KEPT) {
      const first = { count: 1, ...failed };
      this.failed.push(first);
      this.#failures.set(key, first);
    }
  }

  /** Keeps a fork: of many, the first and the last ones. */
  fork(fork: ForkMade): void {
    this.forkCount++;
    if (this.forks.length === KEPT_FORKS) this.forks.splice(1, 1);
    this.forks.push(fork);
  }

  /** Keeps a disagreement. */
  disagree(line: number, what: string): void {
    this.disagreementCount++;
    if (this.disagreements.length < KEPT) this.disagreements.push({ line, what });
  }

  /** Keeps a call whose merge depends on faults. */
  depends(dependence: FaultDependence): void {
    this.dependenceCount++;
    if (this.dependences.length < KEPT) this.dependences.push(dependence);
  }

  /** The number of areas over time. */
  points(): Point[] {
    return this.series.points();
  }
}

/** Forks keep an image each. */
const KEPT_FORKS = 4;

const OPS: readonly MemoryCall["op"][] = [
  "mmap",
  "munmap",
  "mprotect",
  "mremap",
  "brk",
  "madvise",
  "mlock",
  "munlock",
  "mlockall",
  "munlockall",
  "mseal",
  "msync",
];

/** A number that calls of one kind share: as much of the arguments as the kind's name tells. */
function kindNumber(call: MemoryCall): number {
  const op = OPS.indexOf(call.op);
  if (call.op === "mmap") {
    return op + 16 * (call.prot & 7) + 128 * ((call.flags & MAP_ANONYMOUS) | (call.flags & MAP_FIXED));
  }
  if (call.op === "mprotect") return op + 16 * (call.prot & 7);
  return call.op === "madvise" ? op + 16 * (call.advice & 0xffff) : op;
}

/** A call without its addresses: what calls of one kind have in common. */
function kindOf(call: MemoryCall): string {
  switch (call.op) {
    case "mmap": {
      const what = (call.flags & MAP_ANONYMOUS) !== 0 ? "anonymous" : "of a file";
      const fixed = (call.flags & MAP_FIXED) !== 0 ? " fixed" : "";
      return `mmap ${protectionLetters(call.prot)}${fixed} ${what}`;
    }
    case "mprotect":
      return `mprotect ${protectionLetters(call.prot)}`;
    case "madvise":
      return `madvise ${adviceName(call.advice)}`;
    default:
      return call.op;
  }
}

/** A call as C would write it, with page-rounded numbers in hex. */
export function callText(call: MemoryCall, path?: string): string {
  const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
  switch (call.op) {
    case "mmap": {
      const what = (call.flags & MAP_ANONYMOUS) !== 0 ? "anonymous" : (path ?? `descriptor ${call.fd}`);
      return `mmap(${hex(call.at)}, ${call.length}, ${protectionLetters(call.prot)}, ${what})`;
    }
    case "mremap":
      return `mremap(${hex(call.at)}, ${call.oldLength}, ${call.newLength})`;
    case "mprotect":
      return `mprotect(${hex(call.at)}, ${call.length}, ${protectionLetters(call.prot)})`;
    case "madvise":
      return `madvise(${hex(call.at)}, ${call.length}, ${adviceName(call.advice)})`;
    case "brk":
      return `brk(${hex(call.at)})`;
    case "mlockall":
      return `mlockall(${call.flags})`;
    case "munlockall":
      return "munlockall()";
    default:
      return `${call.op}(${hex(call.at)}, ${call.length})`;
  }
}
