/**
 * Reading an strace log: chunks of text in, events out, in bounded memory.
 *
 *     lines -> parts (strace-line.ts) -> a call whose end comes later waits, one per thread
 *                                     -> arguments (strace-calls.ts) -> an event
 *
 * A call takes effect where its result stands. Of calls that are cut in two (`<unfinished ...>`, `<... resumed>`), making
 * and ending a process are told when they begin, too.
 *
 * Promised: nothing is dropped in silence. The first damaged line refuses the log, unless `keepGoing`: then it is left out
 * and counted. Calls that a replay does not need are counted by name.
 */
import type { Chunk, LineEnd } from "./lines.ts";
import { LineSplitter, MAX_LINE_CHARS } from "./lines.ts";
import type { Damage } from "./maps-line.ts";
import { mistakenForLog } from "./mistaken.ts";
import { excerpt, type ImportProblem } from "./problem.ts";
import { Arguments, CALLS_OF_32_BITS, changesUnmodelled, DECODERS } from "./strace-calls.ts";
import { StraceLine } from "./strace-line.ts";
import { resultIn } from "./strace-value.ts";
import type { EventSink, TracedCall } from "./trace-event.ts";

/** How many damaged lines are kept with their place; all are counted. */
const KEPT_PROBLEMS = 100;
/** How many names of calls are told apart; further ones are counted together. */
const KEPT_NAMES = 1000;
/** Pid of a log that names none. */
const ONLY_PID = 0;
const DAY = 86_400;

const A_LINE =
  "a line of strace, like 812 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1200";

/** How to read a log. */
export interface ReadLogOptions {
  /** Name of the file, for messages. Default `strace.log`. */
  readonly file?: string;
  /** Leave out what is damaged and count it. Default false. */
  readonly keepGoing?: boolean;
}

/** What reading a log came to. */
export interface LogSummary {
  readonly file: string;
  /** Lines in all. */
  readonly lines: number;
  /** Calls in all, those that are not modelled and the halves among them. */
  readonly calls: number;
  /** Calls that were given on as events. */
  readonly modelled: number;
  /** Calls of which the log has only the beginning, or only the end. They were not followed. */
  readonly halves: number;
  /** How often each other call was seen, most frequent first. They were not followed. */
  readonly unmodelled: readonly { readonly name: string; readonly count: number }[];
  /** What `keepGoing` left out: in all, and the first hundred. */
  readonly skipped: { readonly count: number; readonly problems: readonly ImportProblem[] };
  /** Sentences about what is odd, with their place. */
  readonly notes: readonly string[];
}

/** A log that was read, or the problem for which it was refused. */
export type LogResult =
  | { readonly ok: true; readonly summary: LogSummary }
  | { readonly ok: false; readonly problem: ImportProblem };

/** A call whose result is yet to come. */
interface Pending {
  readonly name: string;
  readonly args: string;
  readonly line: number;
}

/** Reads a log that arrives piece by piece. */
export class StraceReader {
  readonly #file: string;
  readonly #keepGoing: boolean;
  readonly #sink: EventSink;
  readonly #splitter: LineSplitter = new LineSplitter((text, end) => this.#take(text, end));
  readonly #line: StraceLine = new StraceLine();
  readonly #args: Arguments = new Arguments();
  readonly #pending: Map<number, Pending> = new Map();
  readonly #names: Map<string, number> = new Map();
  readonly #problems: ImportProblem[] = [];
  readonly #notes: string[] = [];
  #skipped = 0;
  #lines = 0;
  #calls = 0;
  #modelled = 0;
  #content = 0;
  #seconds: number = Number.NaN;
  #day = 0;
  #backwards = 0;
  #firstBackwards = "";
  #lost = 0;
  #firstLost = 0;
  #open = 0;
  #firstOpen = 0;
  #refusal: ImportProblem | undefined;
  #ended = false;

  /** `sink` gets the events, in the order of the log. */
  constructor(sink: EventSink, options: ReadLogOptions = {}) {
    this.#sink = sink;
    this.#file = options.file ?? "strace.log";
    this.#keepGoing = options.keepGoing ?? false;
  }

  /** Lines so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Calls so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Takes the next piece of the log. Returns false when the log is refused and no more is wanted. */
  push(chunk: Chunk): boolean {
    if (this.#ended) throw new Error("push() after end(): use a new StraceReader for each log");
    if (this.#refusal === undefined) this.#splitter.push(chunk);
    return this.#refusal === undefined;
  }

  /** Says that the log is over. To be called once. */
  end(): LogResult {
    if (this.#ended) throw new Error("end() was called twice: use a new StraceReader for each log");
    this.#ended = true;
    if (this.#refusal === undefined) this.#splitter.end();
    if (this.#refusal === undefined && this.#content === 0 && this.#skipped === 0) {
      const found = this.#lines === 0 ? "an empty file" : "no such line, only blank lines and remarks";
      this.#refusal = { file: this.#file, line: 1, column: 1, expected: A_LINE, found };
    }
    if (this.#refusal === undefined && this.#content === 0) this.#refusal = this.#problems[0];
    if (this.#refusal !== undefined) return { ok: false, problem: this.#refusal };
    const unmodelled = [...this.#names]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
    if (this.#backwards > 0) {
      this.#note(
        `${this.#firstBackwards}: the clock goes back here${this.#backwards > 1 ? `, and ${this.#backwards - 1} times later` : ""}: the order of the lines counts, not the time`,
      );
    }
    for (const { line } of this.#pending.values()) this.#leftOpen(line);
    if (this.#open > 0) {
      this.#note(
        `${this.#file}:${this.#firstOpen}: ${this.#open} ${this.#open === 1 ? "call begins" : "calls begin"} whose end is not in the log: left out`,
      );
    }
    if (this.#lost > 0) {
      this.#note(
        `${this.#file}:${this.#firstLost}: ${this.#lost} ${this.#lost === 1 ? "call ends" : "calls end"} whose beginning is not in the log: left out`,
      );
    }
    return {
      ok: true,
      summary: {
        file: this.#file,
        lines: this.#lines,
        calls: this.#calls,
        modelled: this.#modelled,
        halves: this.#open + this.#lost,
        unmodelled,
        skipped: { count: this.#skipped, problems: this.#problems },
        notes: this.#notes,
      },
    };
  }

  #take(raw: string, end: LineEnd): void {
    if (this.#refusal !== undefined) return;
    this.#lines++;
    let text = raw;
    if (this.#lines === 1) text = text.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, "");
    if (text.endsWith("\r")) text = text.slice(0, -1);
    const line = this.#line;
    const damage = end === "tooLong" ? TOO_LONG : (line.cut(text) ?? this.#act(line));
    if (damage === undefined) {
      if (line.kind !== "remark") {
        this.#content++;
        if (end === "endOfFile") {
          this.#note(
            `${this.#file}:${this.#lines}: the last line has no line end: the log may have been cut here`,
          );
        }
      }
    } else this.#damaged(text, damage);
  }

  #act(line: StraceLine): Damage | undefined {
    if (line.kind === "remark") return undefined;
    const pid = line.pid < 0 ? ONLY_PID : line.pid;
    const seconds = this.#clock(line);
    switch (line.kind) {
      case "call":
        this.#calls++;
        return this.#call(line, pid, seconds, line.name, line.text, line.argsAt, line.argsEnd);
      case "unfinished":
        return this.#unfinished(line, pid, seconds);
      case "resumed":
        return this.#resumed(line, pid, seconds);
      case "exit":
        this.#killedIn(pid);
        this.#sink({ kind: "ended", line: this.#lines, pid, seconds });
        return undefined;
      case "superseded": {
        // The thread that ran exec takes the pid of this one; from here on it goes by it.
        const by = Number(/in pid (\d+)/.exec(line.text)?.[1] ?? pid);
        const waiting = this.#pending.get(by);
        this.#pending.delete(by);
        if (waiting !== undefined) this.#pending.set(pid, waiting);
        return undefined;
      }
      case "signal":
        return undefined;
    }
  }

  #unfinished(line: StraceLine, pid: number, seconds: number): Damage | undefined {
    const { name } = line;
    const args = line.text.slice(line.argsAt, line.argsEnd).trimEnd();
    const before = this.#pending.get(pid);
    // strace may cut one call several times.
    const goesOn = before !== undefined && before.name === name && line.text.includes(" resumed>");
    if (before !== undefined && !goesOn) this.#leftOpen(before.line);
    const decoder = DECODERS.get(name);
    this.#pending.set(pid, {
      name,
      args: decoder === undefined && name !== "prctl" ? "" : goesOn ? before.args + args : args,
      line: goesOn ? before.line : this.#lines,
    });
    if (goesOn || decoder === undefined) return undefined;
    if (name.startsWith("exit")) {
      this.#sink({
        kind: "begun",
        line: this.#lines,
        pid,
        seconds,
        call: { op: "exit", group: name === "exit_group" },
      });
    } else if (name === "fork" || name === "vfork" || name.startsWith("clone")) {
      this.#args.take(line.text, line.argsAt, line.argsEnd);
      const call = decoder(this.#args);
      if (call?.op === "fork") this.#sink({ kind: "begun", line: this.#lines, pid, seconds, call });
    }
    return undefined;
  }

  #resumed(line: StraceLine, pid: number, seconds: number): Damage | undefined {
    const pending = this.#pending.get(pid);
    this.#pending.delete(pid);
    this.#calls++;
    if (pending === undefined || pending.name !== line.name) {
      if (pending !== undefined) this.#leftOpen(pending.line);
      this.#lostOne(this.#lines);
      return undefined;
    }
    // strace 4 puts a space behind `resumed>`, and has a comma and a space before what follows otherwise.
    const rest = line.text.slice(line.argsAt, line.argsEnd);
    const args = pending.args + rest;
    const damage = this.#call(line, pid, seconds, line.name, args, 0, args.length);
    if (damage === undefined) return undefined;
    // The place is told on this line where it stands there, else at its beginning.
    const index = Math.max(0, damage.index - pending.args.length) + line.argsAt;
    return { ...damage, index: Math.min(index, line.text.length) };
  }

  /** A call with its result; its arguments are `text[from, to)`, the result stands on `line`. */
  #call(
    line: StraceLine,
    pid: number,
    seconds: number,
    name: string,
    text: string,
    from: number,
    to: number,
  ): Damage | undefined {
    const result = resultIn(line.text, line.resultAt);
    if (result === undefined)
      return { index: line.resultAt, expected: 'a result: a number, "-1 ERROR" or "?"' };
    const decoder = DECODERS.get(name);
    let call: TracedCall | undefined;
    if (decoder !== undefined) {
      const args = this.#args;
      args.take(text, from, to);
      call = decoder(args);
      // What failed has changed nothing: odd arguments, such as those of fuzzers, are no damage then.
      if (args.damage !== undefined && result.error === undefined) return args.damage;
      if (args.damage !== undefined) call = undefined;
    } else if (CALLS_OF_32_BITS.has(name)) {
      return {
        index: line.resultAt,
        expected: "calls of 64-bit processes",
        found: `${name}, a call of 32-bit ones: their address space is not modelled`,
      };
    }
    if (call === undefined) {
      this.#count(name);
      if (result.error === undefined && result.value !== undefined && changesUnmodelled(name, text, from)) {
        this.#sink({ kind: "unmodelled", line: this.#lines, pid, seconds, name });
      }
      return undefined;
    }
    this.#modelled++;
    const { value, error } = result;
    this.#sink({ kind: "call", line: this.#lines, pid, seconds, call, value, error });
    return undefined;
  }

  #count(name: string): void {
    const seen = this.#names.get(name);
    if (seen !== undefined) this.#names.set(name, seen + 1);
    else if (this.#names.size < KEPT_NAMES) this.#names.set(name, 1);
    else this.#names.set("(others)", (this.#names.get("(others)") ?? 0) + 1);
  }

  /** The time of a line on a clock that does not start again at midnight. */
  #clock(line: StraceLine): number {
    let { seconds } = line;
    if (Number.isNaN(seconds)) return seconds;
    const last = this.#seconds;
    if (line.isRelative) {
      seconds += Number.isNaN(last) ? 0 : last;
    } else {
      seconds += this.#day;
      if (seconds < last - DAY / 2 && seconds < 1e8) {
        this.#day += DAY;
        seconds += DAY;
      } else if (seconds < last - 1e-6) {
        if (this.#backwards++ === 0) this.#firstBackwards = `${this.#file}:${this.#lines}`;
      }
    }
    this.#seconds = seconds;
    return seconds;
  }

  /** A process ends inside a call: of exit() nothing else is to be expected. */
  #killedIn(pid: number): void {
    const pending = this.#pending.get(pid);
    this.#pending.delete(pid);
    if (pending !== undefined && !pending.name.startsWith("exit")) this.#leftOpen(pending.line);
  }

  #leftOpen(line: number): void {
    this.#calls++;
    if (this.#open++ === 0) this.#firstOpen = line;
  }

  #lostOne(line: number): void {
    if (this.#lost++ === 0) this.#firstLost = line;
  }

  #damaged(text: string, damage: Damage): void {
    const { index, expected, found = excerpt(text, damage.index) } = damage;
    const other = this.#content === 0 ? mistakenForLog(text) : undefined;
    const problem: ImportProblem =
      other === undefined
        ? { file: this.#file, line: this.#lines, column: index + 1, expected, found }
        : { file: this.#file, line: this.#lines, column: 1, expected: A_LINE, found: other };
    // Of a file of another kind no line means anything.
    if (!this.#keepGoing || other !== undefined) {
      this.#refusal = problem;
      return;
    }
    this.#skipped++;
    if (this.#problems.length < KEPT_PROBLEMS) this.#problems.push(problem);
  }

  #note(sentence: string): void {
    this.#notes.push(sentence);
  }
}

const TOO_LONG: Damage = {
  index: MAX_LINE_CHARS,
  expected: `lines of at most ${MAX_LINE_CHARS} characters`,
  found: "a longer one: this is no text, or all its line ends are lost",
};

/** Reads a whole log: its text, its bytes, or its chunks one after another. */
export function readLog(
  input: Chunk | Iterable<Chunk>,
  sink: EventSink,
  options: ReadLogOptions = {},
): LogResult {
  const reader = new StraceReader(sink, options);
  const chunks = typeof input === "string" || input instanceof Uint8Array ? [input] : input;
  for (const chunk of chunks) if (!reader.push(chunk)) break;
  return reader.end();
}

/** Does a file that begins so look like an strace log? */
export function isStrace(beginning: string): boolean {
  const line = new StraceLine();
  for (const text of beginning.split("\n", 50)) {
    const damage = line.cut(text.replace(/\r$/, ""));
    if (damage !== undefined) return false;
    if (line.kind !== "remark") return true;
  }
  return false;
}
