/**
 * What is said to a program that breaks the protocol: one sentence each, with what to write instead.
 */
import { KIND_NAMES } from "./kind.ts";
import type { Log } from "./log.ts";
import { HiddenNondeterminism, ProtocolError } from "./protocol.ts";

const FORM = "write `if (k.step(...)) yield;`";

/** A task announced, was told to yield, and went on. @param where function or kind of what it announced */
export function wentOn(name: string, where: string): ProtocolError {
  return new ProtocolError(
    `${name} went on after an announcement that returned true (at ${where}): ${FORM} and call paths with \`yield*\``,
  );
}

/** A task caught the throw that ends it. */
export function caughtItsEnd(name: string): ProtocolError {
  return new ProtocolError(
    `${name} went on after the finding that ended it: path code has no try, catch or finally`,
  );
}

/** A task yielded, or returned, other than at an announcement that told it to. */
export function wrongYield(name: string, result: IteratorResult<unknown, unknown>): ProtocolError {
  if (result.done === true) {
    return new ProtocolError(`${name} returned after an announcement that returned true: ${FORM}`);
  }
  if (result.value !== undefined) {
    return new ProtocolError(
      `${name} yielded a value: a yield takes none, and paths are called with \`yield*\``,
    );
  }
  return new ProtocolError(`${name} yielded without having announced a step: ${FORM}`);
}

/** An atomic is given something that two runs could not compare. @param where the atomic, or the step that carries it */
export function noNumber(where: string, value: unknown): ProtocolError {
  return new ProtocolError(`${where} is given ${String(value)}: an atomic holds a number`);
}

/** Throws when what a task's `run` returned is no generator. */
export function refuseNonGenerator(name: string, generator: unknown): void {
  const fix = "a task is a generator function: `run: function* () { ... }`";
  if (typeof generator !== "object" || generator === null) {
    throw new ProtocolError(`task "${name}" gave ${generator === null ? "null" : typeof generator}: ${fix}`);
  }
  if ("then" in generator || Symbol.asyncIterator in generator) {
    throw new ProtocolError(`task "${name}" gave a promise (is it an async function?): ${fix}`);
  }
  if (!("next" in generator) || typeof generator.next !== "function") {
    throw new ProtocolError(`task "${name}" gave an object that is no generator: ${fix}`);
  }
}

/** A replayed prefix did something else. @param now what the task does this time */
export function departed(
  log: Log,
  taskNames: readonly string[],
  entry: number,
  now: string,
): HiddenNondeterminism {
  const site = log.site[entry];
  const then = `${taskNames[log.task[entry]]}: ${KIND_NAMES[log.kind[entry]]}${site ? ` in ${site}` : ""}`;
  return new HiddenNondeterminism(
    `the same schedule did something else the second time, at entry ${entry}: first ${then}, now ${now}. ` +
      "A program under test may depend only on the machine: look for Date, Math.random, module state, Map or Set kept across runs",
    entry,
  );
}
