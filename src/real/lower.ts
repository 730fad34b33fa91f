/**
 * Programs to batches: which system calls a step stands for, and back from the results.
 *
 * A touch is a system call that moves one byte: pread() out of a file of all 256 bytes writes the program's memory,
 * pwrite() into a scratch file reads it; EFAULT says that the touch would have raised a signal. The scratch file is
 * read at the end, so reads also tell what they saw.
 */
import {
  type Batch,
  type BatchReply,
  type CallRecord,
  constantsAddress,
  putWord,
  type Word,
} from "./batch.ts";
import type { MapsText } from "./maps-text.ts";
import {
  type Argument,
  type CallName,
  isExit,
  isLook,
  makesProcess,
  Processes,
  type Program,
  type Step,
} from "./program.ts";
import { NR, resultName } from "./syscalls.ts";

/** Descriptors that the executor holds. */
export const DESCRIPTORS = {
  bytes: 100,
  scratch: 101,
  firstFile: 110,
  none: 199,
  firstUserfaultfd: 200,
} as const;

const EFAULT = -14;
const ENOSPC = -28;
/** CLONE_PARENT | SIGCHLD: every process is the driver's child, so none dies unnoticed. */
const FORK_FLAGS = 0x8000 | 17;
const CLONE_VM = 0x100;
/** CLONE_VM | CLONE_VFORK | SIGCHLD: the one kind of child that its parent can wait for. */
const VFORK_FLAGS = 0x4100 | 17;
/** Calls whose positive results are 0 in programs: a process id, a number of bytes, a descriptor. */
const ZERO_RESULTS: readonly CallName[] = [
  "fork",
  "share",
  "vfork",
  "wait",
  "process_madvise",
  "userfaultfd",
  "final",
  "pagemap",
  "status",
];
const PIDFD_SELF_THREAD_GROUP = -10001;
const PAGE = 4096;
const ALL_PIECES = 0x7fff_ffff;

const UFFD_USER_MODE_ONLY = 1;
const UFFD_FEATURE_SIGBUS = 0x80;
const UFFDIO = { api: 0xc018_aa3f, uffd_register: 0xc020_aa00, uffd_unregister: 0x8010_aa01 } as const;
const TWO_RECORDS: readonly CallName[] = ["split", "mincore", "userfaultfd"];

/** What the kernel answered to one step. */
export interface Outcome {
  /** Address or 0, or a negative errno. */
  readonly result: number;
  /** Maps of the process after the step; the same array as after its last step when nothing changed. */
  readonly maps?: readonly string[];
  /** The byte that a successful `read` saw. */
  readonly byte?: number;
  /** What `pagemap` saw, one letter per page: see PAGE_LETTERS. */
  readonly pages?: string;
  /** What `mincore` wrote where it succeeded: `0` or `1` per page, `?` where the model cannot say. */
  readonly resident?: string;
  /** What `status` saw, in KiB: `size 132 locked 0 data 132 stack 132 exec 12`. */
  readonly counters?: string;
}

/** Letters of pages: not present, anonymous (the page of zeros too), of a file or shared, swapped out, guarded. */
export const PAGE_LETTERS = { none: "-", anonymous: "a", file: "f", swapped: "s", guard: "g" } as const;

/** Turns steps into records. */
export class Lowering {
  readonly records: CallRecord[] = [];
  readonly #program: Program;
  readonly #files: ReadonlyMap<string, number>;
  readonly #constants: { bytes: Uint8Array; length: number } = { bytes: new Uint8Array(256), length: 0 };
  readonly #constantsAt: number;
  readonly #maps: number | "all" | undefined;
  /** Record of each step. */
  readonly #recordOf: number[] = [];
  #reads = 0;
  /** Bytes that `mincore` wrote, in the scratch file behind what reads saw: by step, where and how many. */
  readonly #vectors: Map<number, readonly [at: number, bytes: number]> = new Map();
  #scratchBytes: number;
  /** The descriptor that each process registers its areas with. */
  readonly #userfaultfds: number[] = [DESCRIPTORS.none];
  #nextUserfaultfd: number = DESCRIPTORS.firstUserfaultfd;
  readonly #scratchRecord: number;

  /**
   * @param files descriptor of each file
   * @param maps how much of maps to read after each step
   */
  constructor(program: Program, files: ReadonlyMap<string, number>, maps: number | "all" | undefined) {
    this.#program = program;
    this.#files = files;
    this.#maps = maps;
    const reads = program.steps.filter((step) => step.call === "read").length;
    this.#scratchBytes = reads;
    const looksAtScratch = reads > 0 || program.steps.some((step) => step.call === "mincore");
    const last = lastAlive(program.steps);
    const withScratch = looksAtScratch && last !== undefined;
    const opens = program.steps.some((step) => step.call === "userfaultfd");
    // One record per step, some have a second one, and one reads the scratch file.
    const seconds = program.steps.filter(({ call }) => TWO_RECORDS.includes(call) || (opens && isExit(call)));
    this.#constantsAt = constantsAddress(program.steps.length + seconds.length + (withScratch ? 1 : 0));
    let processes = 1;
    for (const [index, step] of program.steps.entries()) {
      if (step.call === "split") this.records.push(this.#splitArea(step));
      if (step.call === "userfaultfd") this.records.push(this.#openUserfaultfd(step));
      if (opens && isExit(step.call)) this.records.push(closeUserfaultfds(step));
      this.#recordOf.push(this.records.length);
      const record = this.#record(step, processes);
      this.records.push(record);
      if (step.call === "mincore") this.records.push(this.#saveVector(record, index));
      if (makesProcess(step.call)) {
        processes++;
        this.#userfaultfds.push(DESCRIPTORS.none);
      }
    }
    this.#scratchRecord = withScratch ? this.records.length : -1;
    if (withScratch) {
      const path = this.#text(`/proc/self/fd/${DESCRIPTORS.scratch}`);
      this.records.push({ kind: "dump", number: 0, process: last, args: [path, 0, ALL_PIECES] });
    }
  }

  /** The batch. */
  batch(seconds: number): Batch {
    const { bytes, length } = this.#constants;
    return { records: this.records, constants: bytes.subarray(0, length), seconds };
  }

  /** What the reply says about each step, as far as steps were made. */
  outcomes(reply: BatchReply, text: MapsText): Outcome[] {
    const outcomes: Outcome[] = [];
    const lastText = new Map<number, Buffer>();
    const lastMaps = new Map<number, readonly string[]>();
    const scratch = this.#scratchRecord < 0 ? undefined : reply.replies[this.#scratchRecord]?.text;
    let reads = 0;
    for (const [index, step] of this.#program.steps.entries()) {
      const got = reply.replies[this.#recordOf[index] as number];
      if (got === undefined) break;
      const outcome: { -readonly [K in keyof Outcome]: Outcome[K] } = {
        result: plain(step, got.result),
      };
      if (got.textError !== undefined) {
        throw new Error(unread(step, got.textError));
      }
      if (step.call === "read") {
        const byte = scratch?.[reads++];
        if (outcome.result === 0 && byte !== undefined) outcome.byte = byte;
      }
      if (step.call === "pagemap") {
        outcome.pages = letters(got.text ?? Buffer.alloc(0), Number(step.args[1]));
      } else if (step.call === "status") {
        outcome.counters = countersOf((got.text ?? "").toString());
      } else if (step.call === "final") {
        outcome.maps = text.flagLines(got.text ?? Buffer.alloc(0));
      } else if (got.text !== undefined) {
        const before = lastText.get(step.process);
        if (before === undefined || !before.equals(got.text)) {
          lastText.set(step.process, got.text);
          lastMaps.set(step.process, text.lines(got.text));
        }
        outcome.maps = lastMaps.get(step.process) as readonly string[];
      }
      const vector = this.#vectors.get(index);
      if (vector !== undefined && outcome.result === 0 && scratch !== undefined) {
        const [at, bytes] = vector;
        outcome.resident = Array.from(scratch.subarray(at, at + bytes), (byte) => byte & 1).join("");
      }
      outcomes.push(outcome);
    }
    return outcomes;
  }

  #record(step: Step, processes: number): CallRecord {
    const { process } = step;
    const maps = this.#maps === undefined ? {} : { maps: this.#maps };
    const call = (number: number, ...args: Word[]): CallRecord => ({ number, args, process, ...maps });
    const args = step.args.map((argument) => this.#word(argument));
    const [first = 0, second = 0, third = 0] = args;
    switch (step.call) {
      case "read":
        return call(NR.pwrite64, DESCRIPTORS.scratch, first, 1, this.#reads++);
      case "write":
        return call(NR.pread64, DESCRIPTORS.bytes, first, 1, args.length > 1 ? second : 1);
      case "share":
        return { ...call(NR.clone, FORK_FLAGS | CLONE_VM), forks: processes };
      case "fork":
        return { ...call(NR.clone, FORK_FLAGS), forks: processes };
      case "vfork":
        return { ...call(NR.clone, VFORK_FLAGS), forks: processes, vfork: true };
      case "exit":
      case "exit_group":
        return { kind: "exit", number: NR[step.call], process, args: [] };
      case "wait":
        return call(NR.wait4, -1, 0, 0, 0);
      case "exec": {
        // Two arguments tell the new program that it is not the first.
        this.#userfaultfds[process] = DESCRIPTORS.none;
        const path = this.#text("/proc/self/exe");
        return call(NR.execve, path, this.#words(path, path, 0), 0);
      }
      case "mbind":
        return call(NR.mbind, first, second, third, this.#words(args[3] ?? 0), 65, 0);
      case "userfaultfd":
        return call(
          NR.ioctl,
          this.#userfaultfds[process] as number,
          UFFDIO.api,
          this.#words(0xaa, UFFD_FEATURE_SIGBUS, 0),
        );
      case "uffd_register":
      case "uffd_unregister": {
        const words = this.#words(first, second, third, 0);
        return call(NR.ioctl, this.#userfaultfds[process] as number, UFFDIO[step.call], words);
      }
      case "final":
        return { kind: "dump", number: 0, process, args: [this.#text("/proc/self/smaps"), 0, ALL_PIECES] };
      case "status":
        return { kind: "dump", number: 0, process, args: [this.#text("/proc/self/status"), 0, ALL_PIECES] };
      case "pagemap":
        return {
          kind: "dump",
          number: 0,
          process,
          args: [this.#text("/proc/self/pagemap"), Math.floor(Number(first) / PAGE) * 8, 1],
        };
      case "setrlimit":
        return call(NR.prlimit64, 0, first, this.#words(second, third), 0);
      case "truncate":
        return call(NR.ftruncate, first, second);
      case "dropcaps":
        // Version 3 of the interface, this thread; six words of no capability.
        return call(NR.capset, this.#words(0x2008_0522n), this.#words(0, 0, 0));
      case "split":
        return {
          ...call(NR.mprotect, Number(first) + PAGE, PAGE, 1, 0, 0, 2 * PAGE),
          repeat: Number(second) - 1,
        };
      case "mincore":
        return call(NR.mincore, first, second, this.#room(vectorBytes(second)));
      case "process_madvise":
        return call(NR.process_madvise, PIDFD_SELF_THREAD_GROUP, this.#words(first, second), 1, third, 0);
      default:
        return call(NR[step.call], ...args);
    }
  }

  /** The mapping of a split; its result is not the step's: what fails here makes the step fail too. */
  #splitArea(step: Step): CallRecord {
    const [start = 0, count = 0] = step.args.map(Number);
    const args = [start, (2 * count + 1) * PAGE, 0, 0x4032, -1, 0];
    return { number: NR.mmap, args, process: step.process };
  }

  /** What mincore() wrote goes into the scratch file. */
  #saveVector({ args, process }: CallRecord, index: number): CallRecord {
    const bytes = vectorBytes(args[1] as Word);
    const at = this.#scratchBytes;
    this.#scratchBytes += bytes;
    this.#vectors.set(index, [at, bytes]);
    return { number: NR.pwrite64, args: [DESCRIPTORS.scratch, args[2] as Word, bytes, at], process };
  }

  /** For accesses of programs, not of the kernel: that needs no privilege. */
  #openUserfaultfd({ process }: Step): CallRecord {
    const descriptor = this.#nextUserfaultfd++;
    this.#userfaultfds[process] = descriptor;
    const args = [UFFD_USER_MODE_ONLY, 0, 0, 0, 0, descriptor];
    return { number: NR.userfaultfd, args, process, descriptor: true };
  }

  #word(argument: Argument): Word {
    if (typeof argument !== "string") return argument;
    const descriptor = this.#files.get(argument.slice("fd:".length));
    if (descriptor === undefined)
      throw new Error(`the program names the file "${argument}", which does not exist here`);
    return descriptor;
  }

  #words(...words: Word[]): number {
    const at = this.#room(words.length * 8);
    for (const [i, word] of words.entries())
      putWord(this.#constants.bytes, at - this.#constantsAt + i * 8, word);
    return at;
  }

  #text(text: string): number {
    const at = this.#room(text.length + 1);
    this.#constants.bytes.set(new TextEncoder().encode(text), at - this.#constantsAt);
    return at;
  }

  #room(bytes: number): number {
    const constants = this.#constants;
    const at = constants.length;
    constants.length += Math.ceil(bytes / 8) * 8;
    if (constants.length > constants.bytes.length) {
      const larger = new Uint8Array(constants.length * 2);
      larger.set(constants.bytes);
      constants.bytes = larger;
    }
    return this.#constantsAt + at;
  }
}

/** mincore() writes one byte per page: room for what can succeed; what is longer than all of memory never does. */
function vectorBytes(length: Word): number {
  const pages = (BigInt.asUintN(64, BigInt(length)) + 4095n) / 4096n;
  if (pages >= 1n << 35n) return 8;
  if (pages > 65_536n) throw new Error("mincore over more than 256 MiB cannot be run here");
  return Number(pages);
}

/** Sizes of an address space as /proc/PID/status tells them; code is what the text and the libraries are together. */
function countersOf(status: string): string {
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? -1);
  return (
    `size ${kib("VmSize")} locked ${kib("VmLck")} data ${kib("VmData")} stack ${kib("VmStk")} ` +
    `exec ${kib("VmExe") + kib("VmLib")}`
  );
}

/** Entries of pagemap as letters; see Documentation/admin-guide/mm/pagemap.rst for the bits. */
function letters(entries: Buffer, count: number): string {
  let text = "";
  for (let i = 0; i < count && i * 8 + 8 <= entries.length; i++) {
    const high = entries.readUInt32LE(i * 8 + 4);
    const is = (bit: number): boolean => ((high >>> (bit - 32)) & 1) === 1;
    if (is(63)) text += is(61) ? PAGE_LETTERS.file : PAGE_LETTERS.anonymous;
    // A guard is a special swap entry.
    else if (is(58)) text += PAGE_LETTERS.guard;
    else text += is(62) ? PAGE_LETTERS.swapped : PAGE_LETTERS.none;
  }
  return text;
}

function unread(step: Step, errno: number): string {
  const what = step.call === "final" ? "smaps" : isLook(step.call) ? step.call : "maps";
  if (errno === ENOSPC)
    return `${what} of this program do not fit into the window: give it more windowBytes, or fewer steps`;
  return `reading ${what} failed with ${resultName(errno)}`;
}

/** Touches succeed with the number of bytes, forks with a process id: both are 0 in programs. */
function plain(step: Step, result: number): number {
  if (step.call === "read" || step.call === "write") return result === 1 ? 0 : result === 0 ? EFAULT : result;
  return result > 0 && ZERO_RESULTS.includes(step.call) ? 0 : result;
}

function lastAlive(steps: readonly Step[]): number | undefined {
  const processes = new Processes();
  for (const step of steps) processes.take(step);
  return processes.able()[0];
}

/** Before the process ends: while it does, another one is on, and would see that at any time. */
function closeUserfaultfds({ process }: Step): CallRecord {
  return { number: NR.close_range, args: [DESCRIPTORS.firstUserfaultfd, 0xffff_ffff, 0], process };
}
