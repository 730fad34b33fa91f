/**
 * Programs: what processes do to their address spaces, as plain data, and the recordings of what a kernel answered.
 *
 * A recording is a text of JSON lines. The first line says where and on what it was made; every other line is one
 * program with, at each step, what the kernel returned and the maps of the process after it:
 *
 *     {"format":1,"kernel":"6.18.44 x86_64","mmap_base":"0x7ffff7fff000", ... ,"layout":[...]}
 *     {"seq":7,"steps":[{"p":0,"c":"mmap","a":["0x0","0x1000","0x3","0x22","-1","0x0"],"r":"0x7ffff7ff6000","m":[...]}]}
 *
 * `p` process (0 is there from the start; each fork or share adds the next number), `c` call, `a` arguments (hex; `fd:NAME` is a
 * file of the header), `r` result (hex, or a negative errno), `m` the process' maps without the lines of the layout and
 * of the stack, left out when they are as after that process' last step, `b` the byte that a `read` saw,
 * `g` what `pagemap` saw, `v` what `mincore` wrote, `k` what `status` saw. Programs that were not run have no `r`, `m`, `b`, `g`, `v`, `k`.
 */
import type { Word } from "./batch.ts";
import type { Machine } from "./machine.ts";

/** Calls a program can hold; arguments are those of the system call unless said otherwise. */
// biome-ignore format: a list
export const CALLS = [
  "mmap", "munmap", "mprotect", "mremap", "brk", "madvise", "process_madvise", "mlock", "mlock2", "munlock", "mlockall",
  "munlockall", "mseal", "msync", "mincore", "remap_file_pages",
  /** Address, length, mode, nodes as bits; without flags. */
  "mbind",
  /**
   * Opens one for the process' memory; `uffd_register` and `uffd_unregister` use the one that the process opened last, since
   * its program started: one that was inherited speaks of memory that may just be going.
   */
  "userfaultfd",
  /** Address, length, modes. */
  "uffd_register", "uffd_unregister",
  /** Reads or writes one byte at args[0]; args[1] is the byte to write (1 if missing). */
  "read", "write",
  "fork",
  /** As fork, but parent and child have one address space: clone(CLONE_VM), what vfork() and threads do. */
  "share",
  /** The caller does nothing until the child has ended or has another program. */
  "vfork",
  "exit", "exit_group",
  /** Waits for a child that has ended: one made by vfork(), or by a child of vfork(). The others are nobody's here. */
  "wait",
  /** Starts the executor anew: an address space as at the start of a program. */
  "exec",
  /** Resource, soft limit, hard limit. */
  "setrlimit",
  /** File, length: sets the file's size. */
  "truncate",
  /** Drops all capabilities, for good: what follows is done by an ordinary user. */
  "dropcaps",
  /**
   * Address, n: maps 2n + 1 pages of no access there, without reserve, and makes every other one readable: as many areas,
   * of which looks after the steps show the first ones only. Comes near the map-count limit in one step.
   */
  "split",
  /** Looks at the areas' VmFlags. */
  "final",
  /** Address, pages (at most 512): looks at the page table. */
  "pagemap",
  /** Looks at the counters of the address space. */
  "status",
] as const;
/** A call's name. */
export type CallName = (typeof CALLS)[number];

/** Whether the step only looks, and changes nothing. */
export function isLook(call: CallName): boolean {
  return call === "final" || call === "pagemap" || call === "status";
}

/** Whether the call makes the next process. */
export function makesProcess(call: CallName): boolean {
  return call === "fork" || call === "share" || call === "vfork";
}

/** An argument: a 64-bit word, or a file of the header, `fd:NAME`. */
export type Argument = Word | string;

/** One step. */
export interface Step {
  readonly process: number;
  readonly call: CallName;
  readonly args: readonly Argument[];
}

/** A step with what a kernel answered. */
export interface RecordedStep extends Step {
  /** Address or 0, or a negative errno; for `read` and `write` of recordings with signals -11001, -11002, -7002. */
  readonly result: number;
  /** Lines of maps after the step, for `final` with VmFlags after `#`; undefined when unchanged. */
  readonly maps?: readonly string[];
  /** The byte that a successful `read` saw. */
  readonly byte?: number;
  /** What `pagemap` saw, one letter per page. */
  readonly pages?: string;
  /** What `mincore` wrote where it succeeded: `0` or `1` per page. */
  readonly resident?: string;
  /** What `status` saw: see `Outcome`. */
  readonly counters?: string;
}

/** A program. */
export interface Program<S extends Step = Step> {
  /** Names the program: the seed it was made from. */
  readonly seq: number;
  readonly steps: readonly S[];
}

/** First line of a recording. */
export interface RecordingHeader {
  readonly format: 1;
  readonly kernel: string;
  readonly mmapBase: number;
  readonly startBrk: number;
  readonly taskSize: number;
  readonly uid: number;
  readonly thp: string;
  /** Sizes in bytes. */
  readonly files: Readonly<Record<string, number>>;
  /** Areas that every program finds, as lines of maps with VmFlags after `#`. */
  readonly layout: readonly string[];
  /** Further facts of the machine, as text. */
  readonly machine?: Readonly<Record<string, string>>;
  /** The facts themselves, and the files: a model can be set up from them. */
  readonly facts?: RecordedFacts;
}

/** What a model of the machine must know besides the layout. */
export interface RecordedFacts {
  readonly machine: Machine;
  readonly files: readonly ProgramFile[];
}

/** A file that programs can map. */
export interface ProgramFile {
  readonly name: string;
  readonly bytes: number;
  /** `memfd` is memory, `regular` a file of the file system that temporary files live on. */
  readonly kind: "memfd" | "regular";
  /** It is that other file, opened once more, for reading only. */
  readonly readOnlyOf?: string;
}

/** What a damaged recording says about itself. */
export class RecordingError extends Error {
  override readonly name: string = "RecordingError";
}

/** Reads a recording; throws RecordingError with line and reason. */
export function readRecording(
  text: string,
  source: string,
): {
  header: RecordingHeader;
  programs: Program<RecordedStep>[];
} {
  const lines = text.split("\n");
  const header = readHeader(parseLine(lines[0] ?? "", source, 1), source);
  const programs: Program<RecordedStep>[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (line.trim() === "") continue;
    programs.push(readProgram(parseLine(line, source, i + 1), `${source}:${i + 1}`, header.files));
  }
  return { header, programs };
}

function parseLine(line: string, source: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new RecordingError(`${source}:${number}: not a line of JSON: ${(error as Error).message}`);
  }
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new RecordingError(`${source}:${number}: expected an object`);
}

function readHeader(line: Record<string, unknown>, source: string): RecordingHeader {
  if (line["format"] !== 1) {
    throw new RecordingError(`${source}:1: expected the first line of a recording, {"format":1, ...}`);
  }
  const text = (name: string): string => {
    const value = line[name];
    if (typeof value !== "string") throw new RecordingError(`${source}:1: "${name}" must be text`);
    return value;
  };
  const files = line["files"] as Record<string, number>;
  const layout = line["layout"];
  if (typeof files !== "object" || files === null)
    throw new RecordingError(`${source}:1: "files" must be an object`);
  if (!Array.isArray(layout)) throw new RecordingError(`${source}:1: "layout" must be a list`);
  return {
    format: 1,
    kernel: text("kernel"),
    mmapBase: Number(text("mmap_base")),
    startBrk: Number(text("start_brk")),
    taskSize: Number(text("task_size")),
    uid: Number(line["uid"] ?? 0),
    thp: text("thp"),
    files,
    layout: layout.map(String),
    ...(line["machine"] === undefined ? {} : { machine: line["machine"] as Record<string, string> }),
    ...(line["facts"] === undefined ? {} : { facts: readFacts(line["facts"], source) }),
  };
}

function readFacts(value: unknown, source: string): RecordedFacts {
  const facts = value as RecordedFacts | null;
  if (typeof facts?.machine?.kernel !== "string" || !Array.isArray(facts.files))
    throw new RecordingError(`${source}:1: "facts" must hold a machine and its files`);
  return facts;
}

function readProgram(
  line: Record<string, unknown>,
  where: string,
  files: Readonly<Record<string, number>>,
): Program<RecordedStep> {
  const { seq, steps } = line;
  if (typeof seq !== "number" || !Array.isArray(steps)) {
    throw new RecordingError(`${where}: expected {"seq": number, "steps": [...]}`);
  }
  const read = steps.map((step: Record<string, unknown>, index) => {
    const bad = (what: string): RecordingError => new RecordingError(`${where}: step ${index + 1}: ${what}`);
    const { p, c, a, r, m, b, g, v, k } = step;
    if (typeof p !== "number" || !Number.isInteger(p) || p < 0) throw bad('"p" must be a process number');
    if (!CALLS.includes(c as CallName)) throw bad(`"${String(c)}" is no call that programs can hold`);
    if (!Array.isArray(a)) throw bad('"a" must be a list');
    const args = a.map((text) => readArgument(String(text), files, bad));
    const result = r === undefined ? 0 : Number(r);
    if (!Number.isSafeInteger(result)) throw bad(`result "${String(r)}" is no number`);
    const maps = Array.isArray(m) ? { maps: m.map(String) } : {};
    const byte = typeof b === "number" ? { byte: b } : {};
    const pages = typeof g === "string" ? { pages: g } : {};
    const counters = typeof k === "string" ? { counters: k } : {};
    const resident = typeof v === "string" ? { resident: v } : {};
    return {
      process: p,
      call: c as CallName,
      args,
      result,
      ...maps,
      ...byte,
      ...pages,
      ...resident,
      ...counters,
    };
  });
  const wrong = checkProgram(read);
  if (wrong !== undefined) throw new RecordingError(`${where}: ${wrong}`);
  return { seq, steps: read };
}

function readArgument(
  text: string,
  files: Readonly<Record<string, number>>,
  bad: (what: string) => Error,
): Argument {
  if (text.startsWith("fd:")) {
    if (files[text.slice(3)] === undefined) throw bad(`file "${text.slice(3)}" is not in the header`);
    return text;
  }
  let value: bigint;
  try {
    value = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  } catch {
    throw bad(`argument "${text}" is no number`);
  }
  return narrow(value);
}

/** The number when it is exact, else the bigint. */
export function narrow(value: bigint): Word {
  return value >= -0x20_0000_0000_0000n && value <= 0x1f_ffff_ffff_ffffn ? Number(value) : value;
}

/** Which processes there are and which of them can act, step by step. */
export class Processes {
  readonly #parents: (number | undefined)[] = [undefined];
  readonly #gone: Set<number> = new Set();
  /** Waiting in vfork(), by child. */
  readonly #suspended: Map<number, number> = new Map();
  /** Children that have ended and were not waited for, and those that have not, of each process. */
  readonly #ended: Map<number, number> = new Map();
  readonly #running: Map<number, number> = new Map();

  /** Says why the step is not possible, or takes it. */
  take(step: Step): string | undefined {
    const { process, call } = step;
    if (process >= this.#parents.length) return `process ${process} was never forked`;
    if (this.#gone.has(process)) return `process ${process} has exited`;
    if (this.isSuspended(process)) return `process ${process} waits for its child of vfork()`;
    if (makesProcess(call)) {
      const child = this.#parents.length;
      // The others get their maker's own parent (CLONE_PARENT), which is mostly the driver.
      const parent = call === "vfork" ? process : this.#parents[process];
      this.#parents.push(parent);
      if (call === "vfork") this.#suspended.set(child, process);
      if (parent !== undefined) count(this.#running, parent, 1);
    }
    if (isExit(call)) {
      this.#gone.add(process);
      const parent = this.#parents[process];
      if (parent !== undefined) {
        count(this.#running, parent, -1);
        count(this.#ended, parent, 1);
      }
    }
    if (isExit(call) || call === "exec") this.#suspended.delete(process);
    if (call === "wait") {
      if (!this.allows(step)) return `process ${process} would wait for a child that does not end`;
      if (this.#hasEnded(process)) count(this.#ended, process, -1);
    }
    return undefined;
  }

  /** Whether the process waits in vfork(). */
  isSuspended(process: number): boolean {
    return [...this.#suspended.values()].includes(process);
  }

  /** Whether `take` would take it. */
  allows(step: Step): boolean {
    const { process, call } = step;
    if (process >= this.#parents.length || this.#gone.has(process) || this.isSuspended(process)) return false;
    return call !== "wait" || this.#hasEnded(process) || (this.#running.get(process) ?? 0) === 0;
  }

  #hasEnded(process: number): boolean {
    return (this.#ended.get(process) ?? 0) > 0;
  }

  /** Processes that can act and have children to wait for that have ended. */
  endedChildren(): number[] {
    return this.able().filter((process) => this.#hasEnded(process));
  }

  /** Processes that can act now. */
  able(): number[] {
    return this.#parents.flatMap((_, process) =>
      this.#gone.has(process) || this.isSuspended(process) ? [] : [process],
    );
  }
}

function count(counts: Map<number, number>, key: number, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Whether the process is gone after the call. */
export function isExit(call: CallName): boolean {
  return call === "exit" || call === "exit_group";
}

/** Processes must exist when they act and be alive; says what is wrong, or undefined. */
export function checkProgram(steps: readonly Step[]): string | undefined {
  const processes = new Processes();
  for (const [index, step] of steps.entries()) {
    const wrong = processes.take(step);
    if (wrong !== undefined) return `step ${index + 1}: ${wrong}`;
  }
  return undefined;
}

/** One line of a recording. */
export function printProgram(program: Program<Step | RecordedStep>): string {
  const steps = program.steps.map((step) => ({
    p: step.process,
    c: step.call,
    a: step.args.map(printArgument),
    ...("result" in step ? { r: printResult(step) } : {}),
    ...("maps" in step && step.maps !== undefined ? { m: step.maps } : {}),
    ...("byte" in step && step.byte !== undefined ? { b: step.byte } : {}),
    ...("pages" in step && step.pages !== undefined ? { g: step.pages } : {}),
    ...("resident" in step && step.resident !== undefined ? { v: step.resident } : {}),
    ...("counters" in step && step.counters !== undefined ? { k: step.counters } : {}),
  }));
  return JSON.stringify({ seq: program.seq, steps });
}

/** An argument as recordings write it. */
function printArgument(argument: Argument): string {
  if (typeof argument === "string") return argument;
  return argument < 0 ? String(argument) : `0x${argument.toString(16)}`;
}

function printResult(step: RecordedStep): string {
  return step.result < 0 ? String(step.result) : `0x${step.result.toString(16)}`;
}

/** First line of a recording. */
export function printHeader(header: RecordingHeader): string {
  return JSON.stringify({
    format: 1,
    kernel: header.kernel,
    mmap_base: `0x${header.mmapBase.toString(16)}`,
    start_brk: `0x${header.startBrk.toString(16)}`,
    task_size: `0x${header.taskSize.toString(16)}`,
    uid: header.uid,
    thp: header.thp,
    files: header.files,
    layout: header.layout,
    ...(header.machine === undefined ? {} : { machine: header.machine }),
    ...(header.facts === undefined ? {} : { facts: header.facts }),
  });
}
