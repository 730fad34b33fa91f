/**
 * A trace: one execution as a few numbers, enough to run it again anywhere.
 *
 * `schedule` is the list of tasks that took a step, run-length coded; `choices` the outcomes in order. It ends with
 * the step that the finding belongs to; a finding about the end of a run (deadlock, leak) needs the whole run.
 * Everything else lets a replay tell whether it is still the same program.
 */
import { DETECTORS, type Finding, hashText, KIND_NAMES, kinds, type Machine } from "../sched/index.ts";
import type { Order } from "./order.ts";

const { CHOICE } = kinds;

/** Version of this format. */
export const TRACE_VERSION = 1;

/** One execution, plain data, JSON-able. */
export interface Trace {
  readonly v: 1;
  /** Version of the model that wrote it. */
  readonly model: string;
  /** What was run: a scenario id or the name of a program, and its parameters (designs, layout, ...). */
  readonly program: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Detectors that were off: with them off, tasks go on where they would have ended. Absent when none was. */
  readonly off?: readonly string[];
  /** Task names, by number. */
  readonly tasks: readonly string[];
  /** Pairs: task number, how many steps it takes in a row. */
  readonly schedule: readonly (readonly [number, number])[];
  /** Outcomes of the choices, in order. */
  readonly choices: readonly number[];
  /** Every step and choice in words: says where a replay departs after a change of the program. */
  readonly steps: readonly string[];
  /** Fingerprint of every step (task, kind, objects, class, outcome) and their order, folded into one number. */
  readonly fingerprint: number;
  /** Hash of the state after the last step. */
  readonly endState: number;
  /** What it shows; absent for a trace kept for another reason. */
  readonly finding?: Finding;
}

/** Where and why a replay departs from its trace. */
export interface Divergence {
  /** Entry of the log, from 0: steps and choices. */
  readonly entry: number;
  readonly message: string;
}

/** A text that is not a usable trace: says where and why. */
export interface TraceProblem {
  readonly problem: string;
}

/** Entry `i` of the newest run in words that do not depend on the machine. */
export function stepText(machine: Machine, i: number): string {
  const log = machine.log;
  const task = machine.taskNames[log.task[i]];
  if (log.kind[i] === CHOICE) return `${task}: choice ${log.site[i]} = ${log.outcome[i]}`;
  const word = log.object[log.firstAccess[i]];
  return `${task}: ${KIND_NAMES[log.kind[i]]} ${machine.stableName(word)}${log.site[i] ? ` in ${log.site[i]}` : ""}`;
}

/** The fingerprint of the newest run: its key, and the order in which it took independent steps. */
export function foldFingerprint(order: Order, machine: Machine): number {
  const [a, b] = order.keyAt(machine.log.length);
  let h = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35);
  for (let i = 0; i < machine.log.length; i++)
    h = Math.imul(h ^ hashText(stepText(machine, i)), 0x01000193) ^ (h >>> 15);
  return h >>> 0;
}

/** The trace as text: JSON, the schedule on one line, one line per step. */
export function writeTrace(trace: Trace): string {
  const { steps, schedule, choices, ...rest } = trace;
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  const lines = steps.map((step) => `    ${JSON.stringify(step)}`).join(",\n");
  const body = `${head},\n  "schedule": ${JSON.stringify(schedule)},\n  "choices": ${JSON.stringify(choices)},\n  "steps": [\n${lines}\n  ]`;
  const unsigned = `${body}\n}`;
  return `${body},\n  "check": ${checkSum(JSON.parse(unsigned) as object)}\n}\n`;
}

/** Sum over the content: a trace that was edited or cut says so. */
function checkSum(content: object): number {
  return hashText(canonical(content)) >>> 0;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/**
 * Reads a trace. A text that is not one, is of another version, was cut or edited gives a problem, never an error.
 * @param model when given, a trace of another model version is refused
 */
export function readTrace(text: string, model?: string): Trace | TraceProblem {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      problem: text.trim() === "" ? "the file is empty" : `this is no JSON: ${why}. Was the file cut short?`,
    };
  }
  if (!isObject(content)) return { problem: "a trace is a JSON object, this is something else" };
  if (content.v === undefined) return { problem: 'there is no version ("v"): this is no trace' };
  if (content.v !== TRACE_VERSION) {
    return {
      problem: `trace format ${JSON.stringify(content.v)}; this version reads format ${TRACE_VERSION}`,
    };
  }
  const problem = shapeProblem(content);
  if (problem) return { problem };
  const { check, ...rest } = content;
  if (check !== checkSum(rest))
    return { problem: "the content does not fit its check sum: the trace was edited or damaged" };
  const trace = rest as unknown as Trace;
  if (model !== undefined && trace.model !== model) {
    return {
      problem: `written by model version ${trace.model}, this is ${model}: run the check again to get a trace of this version`,
    };
  }
  return trace;
}

/** Is this a problem rather than a trace? */
export function isTraceProblem(read: Trace | TraceProblem): read is TraceProblem {
  return "problem" in read;
}

type Content = Record<string, unknown>;

function isObject(value: unknown): value is Content {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isDetector = (name: string): boolean => DETECTORS.includes(name);
const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const listOf =
  <T>(test: (value: unknown) => value is T) =>
  (value: unknown): value is T[] =>
    Array.isArray(value) && value.every(test);

function shapeProblem(content: Content): string | undefined {
  if (!isText(content.model)) return '"model" must be a text';
  if (!isText(content.program)) return '"program" must be a text';
  if (!isObject(content.parameters) || !Object.values(content.parameters).every(isText)) {
    return '"parameters" must be an object of texts';
  }
  if (content.off !== undefined && !(listOf(isText)(content.off) && content.off.every(isDetector))) {
    return '"off" must be a list of names of detectors';
  }
  const { tasks } = content;
  if (!listOf(isText)(tasks) || tasks.length === 0) return '"tasks" must be a list of names';
  if (!Array.isArray(content.schedule)) return '"schedule" must be a list of pairs';
  for (const [i, pair] of content.schedule.entries()) {
    if (!listOf(isCount)(pair) || pair.length !== 2 || pair[0] >= tasks.length || pair[1] === 0) {
      return `"schedule"[${i}] must be a pair: a task number below ${tasks.length}, and how many steps it takes`;
    }
  }
  if (!listOf(isCount)(content.choices)) return '"choices" must be a list of outcomes';
  if (!listOf(isText)(content.steps)) return '"steps" must be a list of texts';
  if (!isCount(content.fingerprint)) return '"fingerprint" must be a number';
  if (!isCount(content.endState)) return '"endState" must be a number';
  if (content.finding !== undefined && !isFinding(content.finding)) return '"finding" is not a finding';
  return undefined;
}

function isPlace(value: unknown): boolean {
  return isObject(value) && isText(value.task) && isText(value.site) && Number.isSafeInteger(value.event);
}

function isFinding(value: unknown): boolean {
  return (
    isObject(value) &&
    isText(value.code) &&
    isText(value.message) &&
    isPlace(value.at) &&
    (value.other === undefined || isPlace(value.other)) &&
    listOf(isText)(value.objects) &&
    typeof value.fatal === "boolean"
  );
}
