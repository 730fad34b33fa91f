/**
 * Waiting: for conditions, wake-ups, completions, and for a writer to leave a sequence counter. See `machine.ts`.
 */
import { NO_SITE } from "./execution.ts";
import { type Atomic, type Lock } from "./fields.ts";
import {
  AWAIT,
  COMPLETE,
  COMPLETED_FOR_ALL,
  type Condition,
  PREPARE_TO_WAIT,
  SEQ_READ_BEGIN,
  SEQ_READ_RETRY,
  SEQ_WRITE_BEGIN,
  SEQ_WRITE_END,
  STORE,
  WAIT_FOR_COMPLETION,
  WAKE,
} from "./kind.ts";
import { LockSteps } from "./lock-steps.ts";
import { type Suspend } from "./protocol.ts";

/** The part of `Machine` that speaks of waiting. */
export abstract class WaitingSteps extends LockSteps {
  /** Waits until `condition` holds for the values of the cells (wait_event). Never spin: wait. */
  await(condition: Condition, cells: readonly (Atomic | Lock)[], site: string = NO_SITE): Suspend {
    if (this.mayNotSleep) {
      this.checkMaySleep(`${this.taskNames[this.current]} waits for "${condition.name}"`, site);
    }
    const words = cells.map((cell) => cell.word);
    return this.announceSeveral(AWAIT, words, 0, site, condition);
  }

  /** Announces that the task is about to sleep in the queue; `result` is the ticket for `schedule`. Then check again. */
  prepareToWait(queue: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(PREPARE_TO_WAIT, queue.word, 0, site);
  }
  /** Sleeps until the queue was woken after the ticket was drawn. */
  schedule(queue: Atomic, ticket: number, site: string = NO_SITE): Suspend {
    return this.await(
      { name: `woken after wake-up ${ticket}`, holds: (wakes) => wakes !== ticket },
      [queue],
      site,
    );
  }
  /** Wakes everybody who sleeps in the queue. Simplified: there are no exclusive waiters. */
  wakeUp(queue: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(WAKE, queue.word, 0, site);
  }

  /** It is done: lets one waiter go on. */
  complete(completion: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(COMPLETE, completion.word, 0, site);
  }
  /** It is done, for all waiters, present and future. */
  completeAll(completion: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(STORE, completion.word, COMPLETED_FOR_ALL, site);
  }
  waitForCompletion(completion: Atomic, site: string = NO_SITE): Suspend {
    if (this.mayNotSleep) {
      this.checkMaySleep(`${this.taskNames[this.current]} waits for ${this.nameOf(completion.word)}`, site);
    }
    return this.announce(WAIT_FOR_COMPLETION, completion.word, 0, site);
  }

  // ---- sequence counters

  /** A writer goes in. Writers must exclude each other by a lock. */
  seqWriteBegin(count: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(SEQ_WRITE_BEGIN, count.word, 0, site);
  }
  seqWriteEnd(count: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(SEQ_WRITE_END, count.word, 0, site);
  }
  /** A reader starts, once no writer is inside: `result` is what `seqReadRetry` takes. Read atomics in between. */
  seqReadBegin(count: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(SEQ_READ_BEGIN, count.word, 0, site);
  }
  /** `result` is 1 when a writer was inside since `start`: read again. */
  seqReadRetry(count: Atomic, start: number, site: string = NO_SITE): Suspend {
    return this.announce(SEQ_READ_RETRY, count.word, start, site);
  }
}
