/**
 * A trace as a word that fits into a mail: what to run and in which order, without the story.
 *
 *     il1.BASE64URL = check sum (4 bytes), fingerprint (4), end state (4),
 *                     texts, separated by line feeds: model, scenario, tasks, then a letter and a value per parameter
 *                     0
 *                     schedule: how many pairs, then task and length of each       (numbers: 7 bits a byte, low first)
 *                     choices:  how many, then for each that is not 0 the gap before it and its outcome
 *
 * The fingerprint tells whether the program still does the same; only a trace file can say at which step it departs.
 */
import { createHash } from "node:crypto";
import { isTraceProblem, readTrace, type Trace, writeTrace } from "../check/index.ts";
import { InputProblem } from "./job.ts";

const PREFIX = "il1.";

/** Parameters that are worth their room, by letter; the others can be had from these. */
const LETTERS: Readonly<Record<string, string>> = {
  k: "kernel",
  f: "failures",
  w: "with",
  d: "design",
  s: "scenario",
};

/** Is this a token rather than the name of a file? */
export function isToken(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The trace as a token; undefined where a mail has no room for it: an image, detectors switched off. */
export function tokenOf(trace: Trace): string | undefined {
  const { parameters } = trace;
  if (parameters["image"] !== undefined || trace.off !== undefined) return undefined;
  const texts = [trace.model, trace.program, trace.tasks.join("\t")];
  for (const [letter, name] of Object.entries(LETTERS)) {
    const value = parameters[name];
    if (value !== undefined && value !== "") texts.push(letter + value);
  }
  const numbers: number[] = [];
  numbers.push(trace.schedule.length, ...trace.schedule.flat(), trace.choices.length);
  let gap = 0;
  for (const outcome of trace.choices) {
    if (outcome === 0) gap++;
    else {
      numbers.push(gap, outcome);
      gap = 0;
    }
  }
  const head = Buffer.alloc(8);
  head.writeUInt32BE(trace.fingerprint, 0);
  head.writeUInt32BE(trace.endState >>> 0, 4);
  const body = Buffer.concat([
    head,
    Buffer.from(texts.join("\n"), "utf8"),
    Buffer.from([0, ...numbers.flatMap(sevenBits)]),
  ]);
  return PREFIX + Buffer.concat([checkSum(body), body]).toString("base64url");
}

/** The trace in a token. Throws an `InputProblem` for a damaged one, or one of another model version. */
export function traceOfToken(token: string, model: string): Trace {
  const text = token.replaceAll(/\s/g, "").slice(PREFIX.length);
  const bytes = Buffer.from(text, "base64url");
  const body = bytes.subarray(4);
  const damaged = new InputProblem(
    "the token is damaged: it was cut short or changed on its way; copy all of it, from il1. to its end",
  );
  if (
    bytes.length < 14 ||
    bytes.toString("base64url") !== text ||
    !checkSum(body).equals(bytes.subarray(0, 4))
  )
    throw damaged;
  const end = body.indexOf(0, 8);
  if (end < 0) throw damaged;
  const [madeBy = "", program = "", tasks = "", ...given] = body
    .subarray(8, end)
    .toString("utf8")
    .split("\n");
  if (madeBy !== model) {
    throw new InputProblem(
      `the token was written by version ${madeBy}, this is ${model}: run the check again to get one of this version`,
    );
  }
  const parameters: Record<string, string> = {};
  for (const one of given) {
    const name = LETTERS[one.slice(0, 1)];
    if (name === undefined) throw damaged;
    parameters[name] = one.slice(1);
  }
  const numbers = numbersIn(body.subarray(end + 1));
  const schedule: [number, number][] = [];
  const pairs = numbers.shift() ?? 0;
  for (let i = 0; i < pairs; i++) schedule.push([numbers.shift() ?? 0, numbers.shift() ?? 0]);
  const choices = new Array<number>(numbers.shift() ?? 0).fill(0);
  for (let at = 0; numbers.length > 0; at++) {
    at += numbers.shift() ?? 0;
    choices[at] = numbers.shift() ?? 0;
  }
  const trace: Trace = {
    v: 1,
    model,
    program,
    parameters,
    tasks: tasks.split("\t"),
    schedule,
    choices,
    steps: [],
    fingerprint: body.readUInt32BE(0),
    endState: body.readUInt32BE(4),
  };
  // What a file must be, a token must be too.
  const read = readTrace(writeTrace(trace), model);
  if (isTraceProblem(read)) throw damaged;
  return trace;
}

function checkSum(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest().subarray(0, 4);
}

function sevenBits(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return bytes;
}

function numbersIn(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let value = 0;
  let unit = 1;
  for (const byte of bytes) {
    value += (byte % 128) * unit;
    unit *= 128;
    if (byte > 127) continue;
    numbers.push(value);
    value = 0;
    unit = 1;
  }
  return numbers;
}
