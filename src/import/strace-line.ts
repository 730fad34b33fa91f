/**
 * One line of an strace log, cut into its parts.
 *
 *     [pid  8360] 12:34:56.789 [00007f12..] mmap(NULL, 8192, ... -1, 0) = 0x7feca505f000 <0.000012>
 *     who         when          where        name arguments               result            took
 *
 * Everything before the name is optional, and depends on the options strace was started with: -f and -o give a pid, -t, -tt,
 * -ttt and -r a time, -i and -n something in brackets, -Y the name of the program behind the pid.
 *
 * One object is filled again for every line: a log has millions. What it says of a line holds until the next one.
 *
 * Counterpart: print_pid, tprints, printleader and syscall_exiting_print in strace 4.20 to 6.12.
 */
import type { Damage } from "./maps-line.ts";

/** What a line is. */
export type LineKind =
  /** `name(args) = result` */
  | "call"
  /** `name(args <unfinished ...>` */
  | "unfinished"
  /** `<... name resumed>args) = result` */
  | "resumed"
  /** `--- SIGCHLD {...} ---` */
  | "signal"
  /** `+++ exited with 0 +++`, `+++ killed by SIGKILL +++` */
  | "exit"
  /** `+++ superseded by execve in pid 12 +++` */
  | "superseded"
  /** What strace says of itself, stack traces of -k, blank lines. */
  | "remark";

const SPACE = 32;
const QUOTE = 34;
const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;
const SLASH = 47;
const LESS = 60;
const BRACKET = 91;
const BACKSLASH = 92;
const UNFINISHED = "<unfinished ...>";

/** A line, cut. */
export class StraceLine {
  text = "";
  kind: LineKind = "remark";
  /** -1 where the line names no process. */
  pid = -1;
  /** Seconds; what clock they count on is the log's own. NaN where the line has none. */
  seconds: number = Number.NaN;
  /** The time is what passed since the line before (-r). */
  isRelative = false;
  /** Name of the call, of `call`, `unfinished` and `resumed`. */
  name = "";
  /** Arguments: `text[argsAt, argsEnd)`. Of `call` and `resumed` they end at the closing parenthesis. */
  argsAt = 0;
  argsEnd = 0;
  /** Where the result begins; of `call` and `resumed`. */
  resultAt = 0;

  /** Cuts a line (without its line end). @returns what is wrong with it, if anything is */
  cut(text: string): Damage | undefined {
    this.text = text;
    this.kind = "remark";
    let at = this.#pid(0);
    at = this.#time(at);
    at = this.#brackets(at);
    const first = text.charCodeAt(at);
    if (isNameStart(first)) return this.#call(at);
    if (first === LESS && text.startsWith("<... ", at)) return this.#resumed(at + 5);
    return this.#mark(at);
  }

  /** `1234  `, `1234<bash> `, `[pid  1234] `. */
  #pid(start: number): number {
    const { text } = this;
    this.pid = -1;
    if (text.charCodeAt(start) === BRACKET && text.startsWith("[pid ", start)) {
      let at = skipSpaces(text, start + 5);
      const from = at;
      while (isDigit(text.charCodeAt(at))) at++;
      const after = skipProgramName(text, at);
      if (at === from || text[after] !== "]") return start;
      this.pid = wholeNumber(text, from, at);
      return skipSpaces(text, after + 1);
    }
    let at = skipSpaces(text, start);
    const from = at;
    while (isDigit(text.charCodeAt(at))) at++;
    // A time is no pid: behind it stands a dot, a colon, or nothing that a line could begin with.
    if (at === from || at - from > 9) return start;
    const after = skipProgramName(text, at);
    if (text.charCodeAt(after) !== SPACE) return start;
    this.pid = wholeNumber(text, from, at);
    return skipSpaces(text, after);
  }

  /** `1795217753.980558 `, `12:34:56.123456 `, `     0.000123 `, `1795217753.9 (+     0.000123) `. */
  #time(start: number): number {
    const { text } = this;
    this.seconds = Number.NaN;
    this.isRelative = false;
    let at = skipSpaces(text, start);
    const from = at;
    let code = text.charCodeAt(at);
    let parts = 0;
    let whole = 0;
    let part = 0;
    while (isDigit(code) || code === 58) {
      if (code === 58) {
        parts++;
        whole = (whole + part) * 60;
        part = 0;
      } else part = part * 10 + code - 48;
      code = text.charCodeAt(++at);
    }
    if (at === from) return start;
    whole += part;
    if (code === 46) {
      let scale = 0.1;
      for (code = text.charCodeAt(++at); isDigit(code); code = text.charCodeAt(++at)) {
        whole += (code - 48) * scale;
        scale /= 10;
      }
    }
    if (code !== SPACE) return start;
    this.seconds = whole;
    // -r right-aligns a small number; a time of day has colons, an epoch many digits.
    this.isRelative = parts === 0 && whole < 1e8;
    at = skipSpaces(text, at);
    if (text.startsWith("(+", at)) {
      const end = text.indexOf(")", at);
      if (end >= 0) at = skipSpaces(text, end + 1);
    }
    return at;
  }

  /** `[00007f1234567890] ` of -i, `[   9] ` of -n. */
  #brackets(start: number): number {
    const { text } = this;
    let at = start;
    while (text.charCodeAt(at) === BRACKET) {
      const end = text.indexOf("] ", at);
      if (end < 0 || !/^[ 0-9a-f?]+$/.test(text.slice(at + 1, end))) break;
      at = skipSpaces(text, end + 1);
    }
    return at;
  }

  #call(at: number): Damage | undefined {
    const { text } = this;
    let end = at;
    while (isNamePart(text.charCodeAt(end))) end++;
    if (text.charCodeAt(end) !== OPEN) {
      if (text.startsWith("strace: ", at)) return undefined;
      return { index: end, expected: `"(" behind the name of a call` };
    }
    this.name = text.slice(at, end);
    this.argsAt = end + 1;
    if (text.endsWith(UNFINISHED)) {
      this.kind = "unfinished";
      this.argsEnd = text.length - UNFINISHED.length;
      return undefined;
    }
    this.kind = "call";
    return this.#ending();
  }

  /** Behind `<... `. */
  #resumed(at: number): Damage | undefined {
    const { text } = this;
    const end = text.indexOf(" resumed>", at);
    if (end < 0) return { index: at, expected: 'a name and " resumed>"' };
    this.name = text.slice(at, end);
    this.argsAt = end + " resumed>".length;
    if (text.endsWith(UNFINISHED)) {
      this.kind = "unfinished";
      this.argsEnd = text.length - UNFINISHED.length;
      return undefined;
    }
    this.kind = "resumed";
    return this.#ending();
  }

  /**
   * `) = result`: the last closing parenthesis that is followed by it. Behind the result stand no such signs, and before
   * it arguments may hold any.
   */
  #ending(): Damage | undefined {
    const { text } = this;
    for (let equals = text.lastIndexOf(" = "); equals > 0; equals = text.lastIndexOf(" = ", equals - 1)) {
      let at = equals;
      while (at > this.argsAt && text.charCodeAt(at - 1) === SPACE) at--;
      if (at <= this.argsAt - 1 || text.charCodeAt(at - 1) !== CLOSE) continue;
      this.argsEnd = at - 1;
      this.resultAt = equals + 3;
      if (this.resultAt < text.length) return undefined;
      break;
    }
    return {
      index: text.length,
      expected: `") = " and a result, or "${UNFINISHED}"`,
      found: "the end of the line: the log was cut here",
    };
  }

  #mark(start: number): Damage | undefined {
    const { text } = this;
    const at = skipSpaces(text, start);
    if (text.startsWith("--- ", at)) {
      if (!text.endsWith(" ---")) return { index: text.length, expected: '" ---" behind a signal' };
      this.kind = "signal";
      return undefined;
    }
    if (text.startsWith("+++ ", at)) {
      if (!text.endsWith(" +++"))
        return { index: text.length, expected: '" +++" behind the end of a process' };
      this.kind = text.startsWith("+++ superseded", at) ? "superseded" : "exit";
      return undefined;
    }
    // `> /lib/libc.so(brk+0x12) [0x...]` of -k; `strace: Process 12 attached` begins like a name and was seen above.
    if (at >= text.length || text.startsWith("> ", at) || text.startsWith("<detached", at)) return undefined;
    if (text.startsWith("[ Process PID=", at)) {
      const found = text.includes("x32") || text.includes("32 bit") ? "a process of 32 bits" : "a process";
      return text.includes("64 bit")
        ? undefined
        : {
            index: at,
            expected: "calls of 64-bit processes",
            found: `${found}: its address space is not modelled`,
          };
    }
    return {
      index: at,
      expected: 'the name of a call, "<... NAME resumed>", "--- SIGNAL ---" or "+++ ... +++"',
    };
  }
}

/**
 * Ends of the arguments in `text[from, to)`: `ends[i]` is the index of the comma behind argument i, the last one is `to`.
 * Strings, structs, comments and the paths of -y are passed over whole. @returns how many there are
 */
export function argumentEnds(text: string, from: number, to: number, ends: number[]): number {
  if (skipSpaces(text, from) >= to) return 0;
  let count = 0;
  let depth = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA) {
      if (depth === 0) ends[count++] = at;
    } else if (code === QUOTE) at = stringEnd(text, at, to);
    else if (code === OPEN || code === BRACKET || code === 123) depth++;
    else if (code === CLOSE || code === 93 || code === 125) depth--;
    else if (code === SLASH && text.charCodeAt(at + 1) === 42) {
      const end = text.indexOf("*/", at + 2);
      at = end < 0 || end >= to ? to : end + 1;
    } else if (code === LESS) {
      if (text.charCodeAt(at + 1) === LESS) at++;
      else at = pathEnd(text, at, to);
    }
  }
  ends[count++] = to;
  return count;
}

/** Index of the quote that ends the string at `at`; `to` where there is none. */
function stringEnd(text: string, at: number, to: number): number {
  for (let i = at + 1; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i;
  }
  return to;
}

/** Index of the `>` that ends what -y tells of a descriptor: the first with something behind it that may stand there. */
export function pathEnd(text: string, at: number, to: number): number {
  for (let i = text.indexOf(">", at + 1); i >= 0 && i < to; i = text.indexOf(">", i + 1)) {
    if (i + 1 >= to || ",)]}| ".includes(text[i + 1]!)) return i;
  }
  return to;
}

function skipProgramName(text: string, at: number): number {
  if (text.charCodeAt(at) !== LESS) return at;
  const end = text.indexOf(">", at);
  return end < 0 ? at : end + 1;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isNameStart(code: number): boolean {
  return (code >= 97 && code <= 122) || code === 95;
}

function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code) || (code >= 65 && code <= 90);
}

function wholeNumber(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}
