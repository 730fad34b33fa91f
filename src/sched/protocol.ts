/**
 * The words in which tasks, drivers and the machine talk to each other, and what they say when the protocol is broken.
 *
 * A task is a generator. Every access to a lock, an atomic or a flag is one *announced step* followed by plain code:
 *
 *     if (k.lock(account.lock, "withdraw")) yield;
 *     account.balance -= 10;                        // plain code: runs alone until the next announcement
 *     if (k.unlock(account.lock, "withdraw")) yield;
 */
import type { Machine } from "./machine.ts";

declare const announced: unique symbol;
/**
 * What an announcement returns: true when the task must let others run. It may stand only as
 * `if (k.step(...)) yield;`: a repository check holds that form.
 */
export type Suspend = boolean & { readonly [announced]?: true };
/** A path: a function of several steps. Called with `yield*`. */
export type Path<T = void> = Generator<void, T, void>;

/** A task to run. */
export interface TaskSpec {
  /** Name for reports, unique among the tasks of a run. */
  readonly name: string;
  readonly run: () => Path<unknown>;
  /** A service that may wait for ever at the end without being stuck. */
  readonly daemon?: boolean;
  /** Its end is a step of its own, so that others can `join` it. */
  readonly joinable?: boolean;
}

/** Who decides. Asked only beyond the part of a run that is replayed. */
export interface Driver {
  /** The enabled task that takes the next step, or -1 to end the run here. `enabled` is a bit mask, never 0. */
  pick(machine: Machine, enabled: number): number;
  /** Outcome 0 .. count-1 of a choice. 0 is the ordinary outcome. */
  choose(machine: Machine, site: string, count: number): number;
}

/** How a run ended. */
export type RunEnd =
  /** Every task but daemons came to its end. */
  | "done"
  /** Some task waits for ever. */
  | "blocked"
  /** The driver ended it. */
  | "stopped"
  /** More steps than the machine's limit. */
  | "limit";

/** Most tasks a machine can have: sets of tasks are bit masks. */
export const MAX_TASKS = 31;

/** A step announced by sequential code would have to wait, and there is nobody to wait for. */
export class WouldWait extends Error {
  override readonly name: string = "WouldWait";
}
/** A fatal finding in sequential code (set-up, tear-down): it is the last of `machine.findings`. */
export class SequentialFinding extends Error {
  override readonly name: string = "SequentialFinding";
}
/** The program under test breaks the protocol; the message says where and what to write instead. */
export class ProtocolError extends Error {
  override readonly name: string = "ProtocolError";
}
/** The same prefix did not do the same again: something outside the machine leaks in. */
export class HiddenNondeterminism extends Error {
  override readonly name: string = "HiddenNondeterminism";
  /** Log entry at which the runs differ. */
  readonly entry: number;
  constructor(message: string, entry: number) {
    super(message);
    this.entry = entry;
  }
}

/**
 * Runs a path in sequential code (set-up, tear-down, libraries) and returns what it returns.
 *
 * Throws `WouldWait` where the path would have to wait for somebody else.
 */
export function sequentially<T>(path: Path<T>): T {
  const result = path.next();
  if (!result.done)
    throw new ProtocolError(
      "a path yielded in sequential code: it may do so only where an announcement told it to",
    );
  return result.value;
}

const TRUE_AT_ONCE: IteratorReturnResult<true> = Object.freeze({ done: true, value: true });

/**
 * The path of no steps that returns true, for any number of callers at once: for what nearly always has nothing to do, where
 * a generator would cost more than finding that out.
 */
export const ENDS_AT_ONCE: Path<true> = Object.freeze({
  next: () => TRUE_AT_ONCE,
  return: () => TRUE_AT_ONCE,
  throw(error: unknown): never {
    throw error;
  },
  [Symbol.iterator]: () => ENDS_AT_ONCE,
});
