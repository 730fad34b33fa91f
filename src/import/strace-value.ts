/**
 * Values in an strace log: numbers, names of flags, descriptors, results.
 *
 *     NULL   4096   0x7f2a...   8192*1024   PROT_READ|PROT_WRITE   21<<MAP_HUGE_SHIFT
 *     3</usr/lib/libc.so.6>     AT_FDCWD    -1
 *
 * Addresses are 64 bits wide: what a double does not hold exactly is a bigint.
 */
import type { Bytes } from "../mm/index.ts";
import { flagValue } from "./strace-flags.ts";
import { pathEnd } from "./strace-line.ts";

/** Hex digits that always fit a double. */
const SAFE_HEX_DIGITS = 13;

/** The number in `text[from, to)`, as 64 unsigned bits; undefined where there is none. */
export function numberIn(text: string, from: number, to: number): Bytes | undefined {
  let at = from;
  while (at < to && text.charCodeAt(at) === 32) at++;
  const first = text.charCodeAt(at);
  if (first === 48 && text.charCodeAt(at + 1) === 120) return hexIn(text, at + 2, to);
  if (first >= 48 && first <= 57) return decimalIn(text, at, to);
  if (first === 45) {
    const value = decimalIn(text, at + 1, to);
    return value === undefined ? undefined : BigInt.asUintN(64, -BigInt(value));
  }
  if (text.startsWith("NULL", at)) return 0;
  return undefined;
}

function hexIn(text: string, from: number, to: number): Bytes | undefined {
  let value = 0;
  let at = from;
  for (; at < to; at++) {
    const digit = hexDigit(text.charCodeAt(at));
    if (digit < 0) break;
    value = value * 16 + digit;
  }
  if (at === from || at - from > 16) return undefined;
  if (at - from > SAFE_HEX_DIGITS && value > Number.MAX_SAFE_INTEGER) {
    return BigInt(`0x${text.slice(from, at)}`);
  }
  return isEndOfNumber(text, at, to) ? value : undefined;
}

function decimalIn(text: string, from: number, to: number): Bytes | undefined {
  let value = 0;
  let at = from;
  for (; at < to; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === from) return undefined;
  if (text.charCodeAt(at) === 42) {
    // rlim_cur=8192*1024
    const factor = decimalIn(text, at + 1, to);
    return typeof factor === "number" ? value * factor : undefined;
  }
  if (value > Number.MAX_SAFE_INTEGER) return BigInt(text.slice(from, at));
  return isEndOfNumber(text, at, to) ? value : undefined;
}

/** Behind a number may stand a space, a comment, what -y tells, or a sign that ends it; no letter or digit. */
function isEndOfNumber(text: string, at: number, to: number): boolean {
  if (at >= to) return true;
  const code = text.charCodeAt(at);
  const isWord = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return !isWord && code !== 95 && code !== 34;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}

/**
 * The flags in `text[from, to)`: names and numbers joined by `|`. undefined where a name is not known. `known` keeps the
 * values of texts that were seen: a log has few different ones.
 */
export function flagsIn(
  text: string,
  from: number,
  to: number,
  known: Map<string, number>,
): number | undefined {
  let start = from;
  while (text.charCodeAt(start) === 32) start++;
  const key = text.slice(start, to);
  const seen = known.get(key);
  if (seen !== undefined) return seen;
  const value = flagsOf(key);
  if (value !== undefined && known.size < MOST_FLAG_TEXTS) known.set(key, value);
  return value;
}

const MOST_FLAG_TEXTS = 4096;

function flagsOf(text: string): number | undefined {
  let value = 0;
  for (const raw of text.replace(/\/\*.*?\*\//g, "").split("|")) {
    const part = raw.trim();
    const shifted = /^(\d+)<<(\w+)$/.exec(part);
    const one =
      shifted === null
        ? part === "NULL"
          ? 0
          : /^[\d-]/.test(part)
            ? numberIn(part, 0, part.length)
            : flagValue(part)
        : Number(shifted[1]) * 2 ** (flagValue(shifted[2]!) ?? Number.NaN);
    if (one === undefined || Number.isNaN(Number(one))) return undefined;
    value |= Number(BigInt.asIntN(32, BigInt(one)));
  }
  return value;
}

/** A descriptor as a log shows it: -1 where there is none, and what it stands for where -y tells. */
export interface Descriptor {
  readonly number: number;
  readonly path: string | undefined;
}

/** The descriptor in `text[from, to)`. */
export function descriptorIn(text: string, from: number, to: number): Descriptor | undefined {
  let at = from;
  while (text.charCodeAt(at) === 32) at++;
  const negative = text.charCodeAt(at) === 45;
  if (negative) at++;
  let number = 0;
  const start = at;
  for (; at < to; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  if (at === start) return undefined;
  if (negative || number >= 0x8000_0000) return { number: -1, path: undefined };
  if (text.charCodeAt(at) !== 60) return { number, path: undefined };
  return { number, path: pathIn(text, at, to) };
}

/** What -y and -yy tell of a descriptor, with `text[at]` the `<`: the path alone, without the device of a special file. */
function pathIn(text: string, at: number, to: number): string {
  const inside = text.slice(at + 1, pathEnd(text, at, to));
  const device = inside.startsWith("/") ? inside.search(/<(char|block) \d/) : -1;
  return unescape(device < 0 ? inside : inside.slice(0, device));
}

/** The text of the string that begins with the quote at `at`; what strace has cut off it is missing. */
export function stringIn(text: string, at: number, to: number): string | undefined {
  let start = at;
  while (text.charCodeAt(start) === 32) start++;
  if (text.charCodeAt(start) !== 34) return undefined;
  let end = start + 1;
  while (end < to && text.charCodeAt(end) !== 34) end += text.charCodeAt(end) === 92 ? 2 : 1;
  return unescape(text.slice(start + 1, Math.min(end, to)));
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  v: "\v",
  f: "\f",
  a: "\u0007",
  b: "\b",
};

/** Takes back what strace escapes: `\"`, `\\`, `\n`, `\303` and `\x5c`. Each number is one byte, as one character. */
function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(x[0-9a-f]{2}|[0-7]{1,3}|.)/g, (_all, what: string) => {
    if (what.length > 1 && what[0] === "x") return String.fromCharCode(Number.parseInt(what.slice(1), 16));
    if (/^[0-7]/.test(what)) return String.fromCharCode(Number.parseInt(what, 8));
    return ESCAPES[what] ?? what;
  });
}

/**
 * A call's result: the number, the name of an error, or nothing (`?`: the call never came back).
 *
 *     0x7feca505f000    8361    -1 ENOMEM (Cannot allocate memory)    ? ERESTARTSYS (To be restarted ...)    ?
 */
export interface CallResult {
  /** 64 bits, unsigned; undefined where the call failed or did not come back. */
  readonly value: Bytes | undefined;
  /** `ENOMEM`; undefined where there is none. */
  readonly error: string | undefined;
}

/** A call that never came back. */
const NO_RESULT: CallResult = { value: undefined, error: undefined };
const ZERO: CallResult = { value: 0, error: undefined };

/** The result that begins at `at`; undefined where it is none. */
export function resultIn(text: string, at: number): CallResult | undefined {
  const first = text.charCodeAt(at);
  if (first === 48 && at + 1 >= text.length) return ZERO;
  if (first === 63) {
    const error = /^\? (ERESTART\w*)/.exec(text.slice(at, at + 40))?.[1];
    return error === undefined ? NO_RESULT : { value: undefined, error };
  }
  if (first === 45) {
    const error = /^-1 (E[A-Z0-9]+)/.exec(text.slice(at, at + 40))?.[1];
    if (error !== undefined) return { value: undefined, error };
  }
  const value = numberIn(text, at, text.length);
  return value === undefined ? undefined : { value, error: undefined };
}
