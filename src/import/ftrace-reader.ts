/**
 * Reading a stream of tracefs: system calls with raw numbers, and page faults.
 *
 *     python3-22531 4373.183241: sys_enter: NR 9 (0, 2000, 3, 22, ffffffff, 0)
 *     python3-22531 4373.183245: sys_exit: NR 9 = 140163609694208
 *     python3-22531 4373.183246: page_fault_user: address=0x7f7a622a9008 ip=0x7f7a622b923e error_code=0x6
 *
 * It tells the faults that an strace log lacks, and no names: neither of files nor of programs. `trace_pipe` puts a CPU and
 * flags behind the process; they may be there. Events: raw_syscalls:sys_enter, raw_syscalls:sys_exit,
 * exceptions:page_fault_user, exceptions:page_fault_kernel; x86-64.
 * Simplified: clone3 passes its flags in memory, which the stream does not show: it is not followed.
 */
import { errnoName } from "../mm/index.ts";
import type { Chunk, LineEnd } from "./lines.ts";
import { LineSplitter, MAX_LINE_CHARS } from "./lines.ts";
import type { Damage } from "./maps-line.ts";
import { excerpt, type ImportProblem } from "./problem.ts";
import { CLONE_VM } from "./strace-flags.ts";
import type { LogResult, ReadLogOptions } from "./strace-reader.ts";
import type { EventSink, TracedCall } from "./trace-event.ts";

const LINE = /^\s*(.+)-(\d+)\s+(?:\(\s*[\d-]+\)\s+)?(?:\[\d+\]\s+)?(?:\S{4,6}\s+)?(\d+\.\d+): (\w+): (.*)$/;
const ENTER = /^NR (\d+) \(([0-9a-f, ]*)\)$/;
const EXIT = /^NR (-?\d+) = (-?\d+)$/;
const FAULT = /^address=(?:0x)?([0-9a-f]+) .*error_code=(?:0x)?([0-9a-f]+)$/;

/** Bit of the error code: the access was a write. */
const WRITE = 2;
const KEPT_PROBLEMS = 100;
const EXECVE = 59;
/** clone, fork, vfork, clone3. */
const FORKS: ReadonlySet<number> = new Set([56, 57, 58, 435]);
/** exit() and exit_group(): nothing comes back of them. */
const EXITS: ReadonlySet<number> = new Set([60, 231]);

const A_LINE = "a line of tracefs, like cat-812 12.345678: sys_exit: NR 12 = 94000000";

/** Does a file that begins so look like such a stream? */
export function isFtrace(beginning: string): boolean {
  for (const line of beginning.split("\n", 50)) {
    if (line.startsWith("#") || line.trim() === "") continue;
    return LINE.test(line);
  }
  return false;
}

interface Pending {
  readonly number: number;
  readonly args: readonly bigint[];
  /** Faults inside exec: they are those of the new program. */
  readonly faults: { readonly at: number; readonly write: boolean }[];
}

/** Reads such a stream piece by piece; has the form of `StraceReader`. */
export class FtraceReader {
  readonly #file: string;
  readonly #keepGoing: boolean;
  readonly #sink: EventSink;
  readonly #splitter: LineSplitter = new LineSplitter((text, end) => this.#take(text, end));
  readonly #pending: Map<number, Pending> = new Map();
  readonly #others: Map<string, number> = new Map();
  readonly #problems: ImportProblem[] = [];
  #skipped = 0;
  #lines = 0;
  #calls = 0;
  #modelled = 0;
  #refusal: ImportProblem | undefined;

  constructor(sink: EventSink, options: ReadLogOptions = {}) {
    this.#sink = sink;
    this.#file = options.file ?? "ftrace.log";
    this.#keepGoing = options.keepGoing ?? false;
  }

  /** Lines so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Takes the next piece. Returns false when the stream is refused. */
  push(chunk: Chunk): boolean {
    if (this.#refusal === undefined) this.#splitter.push(chunk);
    return this.#refusal === undefined;
  }

  /** Says that the stream is over. To be called once. */
  end(): LogResult {
    if (this.#refusal === undefined) this.#splitter.end();
    if (this.#refusal === undefined && this.#calls === 0) {
      const found = "no call: was the raw_syscalls event switched on?";
      this.#refusal = this.#problems[0] ?? { file: this.#file, line: 1, column: 1, expected: A_LINE, found };
    }
    if (this.#refusal !== undefined) return { ok: false, problem: this.#refusal };
    const halves = [...this.#pending.values()].filter(({ number }) => !EXITS.has(number)).length;
    return {
      ok: true,
      summary: {
        file: this.#file,
        lines: this.#lines,
        calls: this.#calls + halves,
        modelled: this.#modelled,
        halves,
        unmodelled: [...this.#others]
          .map(([name, count]) => ({ name, count }))
          .sort((a, b) => b.count - a.count),
        skipped: { count: this.#skipped, problems: this.#problems },
        notes: [],
      },
    };
  }

  #take(text: string, end: LineEnd): void {
    if (this.#refusal !== undefined) return;
    this.#lines++;
    if (text.startsWith("#") || text.trim() === "") return;
    const damage: Damage | undefined =
      end === "tooLong"
        ? { index: MAX_LINE_CHARS, expected: `lines of at most ${MAX_LINE_CHARS} characters` }
        : this.#line(text);
    if (damage === undefined) return;
    const { index, expected, found = excerpt(text, index) } = damage;
    const problem = { file: this.#file, line: this.#lines, column: index + 1, expected, found };
    if (!this.#keepGoing) {
      this.#refusal = problem;
      return;
    }
    this.#skipped++;
    if (this.#problems.length < KEPT_PROBLEMS) this.#problems.push(problem);
  }

  #line(text: string): Damage | undefined {
    const parts = LINE.exec(text);
    if (parts === null) return { index: 0, expected: A_LINE };
    const pid = Number(parts[2]);
    const seconds = Number(parts[3]);
    const what = parts[4]!;
    const rest = parts[5]!;
    const index = text.length - rest.length;
    if (what === "sys_enter") {
      const enter = ENTER.exec(rest);
      if (enter === null) return { index, expected: '"NR", a number and arguments in hex' };
      this.#enter(pid, seconds, Number(enter[1]), enter[2]!);
      return undefined;
    }
    if (what === "sys_exit") {
      const exit = EXIT.exec(rest);
      if (exit === null) return { index, expected: '"NR", a number, "=" and a result' };
      this.#exit(pid, seconds, Number(exit[1]), BigInt(exit[2]!));
      return undefined;
    }
    if (what === "page_fault_user" || what === "page_fault_kernel") {
      const fault = FAULT.exec(rest);
      if (fault === null) return { index, expected: '"address=", "ip=" and "error_code="' };
      const at = Number.parseInt(fault[1]!, 16);
      const write = (Number.parseInt(fault[2]!, 16) & WRITE) !== 0;
      const pending = this.#pending.get(pid);
      if (pending?.number === EXECVE) pending.faults.push({ at, write });
      else this.#sink({ kind: "fault", line: this.#lines, pid, seconds, at, write });
      return undefined;
    }
    this.#others.set(what, (this.#others.get(what) ?? 0) + 1);
    return undefined;
  }

  #enter(pid: number, seconds: number, number: number, text: string): void {
    const args = text.split(",").map((part) => BigInt(`0x${part.trim() || "0"}`));
    this.#pending.set(pid, { number, args, faults: [] });
    const call = callOf(number, args);
    if (call?.op === "exit" || call?.op === "fork") {
      this.#sink({ kind: "begun", line: this.#lines, pid, seconds, call });
    }
    if (call?.op === "exit") this.#calls++;
    // exit() never returns, and nothing else tells that the thread is gone.
    if (call?.op === "exit" && !call.group) this.#sink({ kind: "ended", line: this.#lines, pid, seconds });
  }

  #exit(pid: number, seconds: number, number: number, result: bigint): void {
    const pending = this.#pending.get(pid);
    this.#pending.delete(pid);
    // What a new process sees first is the end of the call that made it.
    if (pending === undefined && result === 0n && FORKS.has(number)) return;
    this.#calls++;
    const call = pending?.number === number ? callOf(number, pending.args) : undefined;
    if (call === undefined || pending === undefined) {
      const name = `call ${number}`;
      this.#others.set(name, (this.#others.get(name) ?? 0) + 1);
      return;
    }
    this.#modelled++;
    const failed = result < 0n && result > -4096n;
    const error = failed ? errnoName(Number(result)).slice(1) : undefined;
    const value = failed ? undefined : exact(BigInt.asUintN(64, result));
    this.#sink({ kind: "call", line: this.#lines, pid, seconds, call, value, error });
    for (const { at, write } of pending.faults) {
      this.#sink({ kind: "fault", line: this.#lines, pid, seconds, at, write });
    }
  }
}

function exact(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** The call of this number on x86-64; undefined for one that a replay does not need. */
function callOf(number: number, args: readonly bigint[]): TracedCall | undefined {
  const word = (i: number): number | bigint => exact(args[i] ?? 0n);
  const int = (i: number): number => Number(BigInt.asIntN(32, args[i] ?? 0n));
  switch (number) {
    case 9:
      return {
        op: "mmap",
        at: word(0),
        length: word(1),
        prot: int(2),
        flags: int(3),
        fd: int(4),
        path: undefined,
        offset: word(5),
      };
    case 10:
      return { op: "mprotect", at: word(0), length: word(1), prot: int(2) };
    case 11:
      return { op: "munmap", at: word(0), length: word(1) };
    case 12:
      return { op: "brk", at: word(0) };
    case 25:
      return {
        op: "mremap",
        at: word(0),
        oldLength: word(1),
        newLength: word(2),
        flags: int(3),
        newAt: word(4),
      };
    case 26:
      return { op: "msync", at: word(0), length: word(1), flags: int(2) };
    case 28:
      return { op: "madvise", at: word(0), length: word(1), advice: int(2) };
    case 56:
      return { op: "fork", name: "clone", flags: int(0) };
    case 57:
      return { op: "fork", name: "fork", flags: 0 };
    case 58:
      return { op: "fork", name: "vfork", flags: CLONE_VM };
    case EXECVE:
      return { op: "exec", path: undefined };
    case 60:
      return { op: "exit", group: false };
    case 231:
      return { op: "exit", group: true };
    case 149:
      return { op: "mlock", at: word(0), length: word(1), flags: 0 };
    case 325:
      return { op: "mlock", at: word(0), length: word(1), flags: int(2) };
    case 150:
      return { op: "munlock", at: word(0), length: word(1) };
    case 151:
      return { op: "mlockall", flags: int(0) };
    case 152:
      return { op: "munlockall" };
    case 462:
      return { op: "mseal", at: word(0), length: word(1), flags: int(2) };
    default:
      return undefined;
  }
}
