/**
 * Steps in words: what a step of some kind did to its object, as a reader of kernel code would say it.
 */
import { KIND_NAMES, kinds } from "../sched/index.ts";
import type { ToldChoice } from "./told.ts";

/** What the words are made of. */
export interface StepFacts {
  readonly kind: number;
  readonly object: string;
  /** Amount of an addition, expected value of a compare-and-swap. */
  readonly operand: number;
  readonly outcome: number;
  /** Value of the object before. */
  readonly before: number;
  /** Value of the object when the plain code behind the step was through. */
  readonly after: number;
  /** Name of an await's condition. */
  readonly condition: string;
}

/** What a step does, without the name of its function: `write-locks child.mmapLock`. */
export function wordsOf(step: StepFacts): string {
  const { kind, object, outcome, before, after } = step;
  switch (kind) {
    case kinds.READ:
    case kinds.LOAD_ACQUIRE:
      return `reads ${object}${valueOf(before)}`;
    case kinds.WRITE:
    case kinds.STORE_RELEASE:
      return `sets ${object} to ${after}`;
    case kinds.RMW:
      return before === after ? `looks at ${object}` : `changes ${object}`;
    case kinds.ADD:
      return step.operand < 0 ? `takes ${-step.operand} off ${object}` : `adds ${step.operand} to ${object}`;
    case kinds.CAS:
      return outcome === 1
        ? `sets ${object} from ${before} to ${after}`
        : `finds ${object} changed to ${before}`;
    case kinds.LOCK:
      return `locks ${object}`;
    case kinds.UNLOCK:
      return `unlocks ${object}`;
    case kinds.TRYLOCK:
      return outcome === 1 ? `locks ${object} (trylock)` : `finds ${object} locked (trylock)`;
    case kinds.READ_LOCK:
      return `read-locks ${object}`;
    case kinds.READ_UNLOCK:
      return `read-unlocks ${object}`;
    case kinds.READ_TRYLOCK:
      return outcome === 1 ? `read-locks ${object} (trylock)` : `finds ${object} write-locked (trylock)`;
    case kinds.WRITE_LOCK:
      return `write-locks ${object}`;
    case kinds.WRITE_UNLOCK:
      return `write-unlocks ${object}`;
    case kinds.WRITE_TRYLOCK:
      return outcome === 1 ? `write-locks ${object} (trylock)` : `finds ${object} locked (trylock)`;
    case kinds.DOWNGRADE:
      return `downgrades ${object} to a read lock`;
    case kinds.READ_LOCK_KILLABLE:
      return outcome === 1 ? `read-locks ${object}` : `is killed while waiting for ${object}`;
    case kinds.WRITE_LOCK_KILLABLE:
      return outcome === 1 ? `write-locks ${object}` : `is killed while waiting for ${object}`;
    case kinds.LOCK_KILLABLE:
      return outcome === 1 ? `locks ${object}` : `is killed while waiting for ${object}`;
    case kinds.AWAIT:
      return `has waited until ${object} is ${step.condition}`;
    case kinds.FREE:
      return `frees ${object}`;
    case kinds.SPAWN:
      return `starts ${object.replace(/\.birth$/, "")}`;
    case kinds.DEC_AND_TEST:
      return `drops ${object} to ${before - 1}`;
    case kinds.INC_NOT_ZERO:
      return outcome === 1 ? `takes ${object}, now ${before + 1}` : `finds ${object} at 0`;
    case kinds.SIGNAL:
      return `sends ${object.replace(/\.signal$/, "")} a fatal signal`;
    default: {
      const name = KIND_NAMES[kind] ?? `kind ${kind}`;
      if (name === "timer arm") return `${step.operand === 0 ? "disarms" : "arms"} ${object}`;
      const verb = VERBS[name];
      return verb === undefined ? `${name}: ${object}` : `${verb} ${object}`;
    }
  }
}

/** What a choice that did not go the ordinary way was: a site that names a thing fails; one that tells an event happens. */
export function choiceText(choice: ToldChoice): string {
  return /\b(arrives|refuses|is|are)\b/.test(choice.site) ? choice.site : `${choice.site} fails`;
}

/** Kinds that need no more than a verb. */
const VERBS: Readonly<Record<string, string>> = {
  store: "sets",
  exchange: "exchanges",
  "read all": "reads all of",
  complete: "completes",
  "wait for completion": "has waited for",
  wake: "wakes who waits for",
  "prepare to wait": "prepares to wait for",
  "timer fire": "fires",
  "work take": "takes up",
  "rcu read lock": "enters a read section of",
  "rcu read unlock": "leaves the read section of",
  "rcu dereference": "follows",
  "seq write begin": "begins to write under",
  "seq write end": "ends writing under",
  "seq read begin": "begins to read under",
  "seq read retry": "looks whether to read again under",
};

/** Small values are worth reading; packed words are not. */
function valueOf(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 4096 ? ` = ${value}` : "";
}
