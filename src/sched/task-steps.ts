/**
 * Tasks, signals, timers and work items: see `machine.ts`.
 */
import { NO, NO_SITE } from "./execution.ts";
import { type Atomic } from "./fields.ts";
import {
  type Condition,
  FETCH_AND_NOT,
  FETCH_OR,
  MAX_DEADLINE,
  READ,
  SIGNAL,
  SPAWN,
  TIMER_ARM,
  TIMER_FIRE,
  TIMER_RUNNING,
  WORK_PENDING,
  WORK_RUNNING,
  WORK_TAKE,
} from "./kind.ts";
import { type Path, ProtocolError, type Suspend, type TaskSpec } from "./protocol.ts";
import { RcuSteps } from "./rcu-steps.ts";

const HAS_ENDED: Condition = { name: "has ended", holds: (end) => end !== 0 };
const WORK_IDLE: Condition = { name: "neither pending nor running", holds: (work) => work === 0 };
const TIMER_QUIET: Condition = { name: "its handler does not run", holds: (timer) => timer % 2 === 0 };

/** The part of `Machine` that speaks of tasks, timers and work items. */
export abstract class TaskSteps extends RcuSteps {
  /** Starts another task. Everything done so far happened before its first step. */
  spawn(spec: TaskSpec, site: string = NO_SITE): Suspend {
    if (!this.exploring) {
      throw new ProtocolError(
        `spawn("${spec.name}") outside an exploration: sequential code calls the path with yield*`,
      );
    }
    const child = this.nextChild();
    this.payload[this.creator] = spec;
    return this.announce(SPAWN, this.birthWord[child], child, site);
  }
  /** Waits for the end of a task that was made `joinable`. @param task its number, see `taskNumber` */
  join(task: number, site: string = NO_SITE): Suspend {
    if (!(task >= 0 && task < this.tasks))
      throw new ProtocolError(`join: there is no task ${task} in this run`);
    if ((this.joinable & (1 << task)) === 0) {
      throw new ProtocolError(
        `join: the end of ${this.taskNames[task]} is no step: give its task \`joinable: true\``,
      );
    }
    return this.await(HAS_ENDED, [{ word: this.endWord[task] }], site);
  }

  /** Sends a task of this run a fatal signal. @param task its number, see `taskNumber` */
  signal(task: number, site: string = NO_SITE): Suspend {
    if (!this.exploring) return NO;
    if (!(task >= 0 && this.signalWord[task] > 0))
      throw new ProtocolError(`signal: there is no task ${task}`);
    return this.announce(SIGNAL, this.signalWord[task], 0, site);
  }
  /** Looks whether a fatal signal is pending for the running task: `result` is 1 when it is. */
  signalPending(site: string = NO_SITE): Suspend {
    if (!this.exploring) {
      this.result = 0;
      return NO;
    }
    return this.announce(READ, this.signalWord[this.current], 0, site);
  }

  /** Arms a timer or moves it; `result` is 1 when it was armed. @param deadline in ticks of its clock */
  armTimer(timer: Atomic, deadline: number, site: string = NO_SITE): Suspend {
    if (!(Number.isInteger(deadline) && deadline >= 0 && deadline < MAX_DEADLINE)) {
      throw new ProtocolError(`a deadline is an integer from 0 to ${MAX_DEADLINE - 1}, not ${deadline}`);
    }
    return this.announce(TIMER_ARM, timer.word, deadline + 1, site);
  }
  /** Disarms a timer; `result` is 1 when it was armed. Its handler may still be running. */
  cancelTimer(timer: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(TIMER_ARM, timer.word, 0, site);
  }
  /** Disarms a timer and waits for its handler (timer_delete_sync). */
  *cancelTimerSync(timer: Atomic, site: string = NO_SITE): Path {
    if (this.cancelTimer(timer, site)) yield;
    if (this.await(TIMER_QUIET, [timer], site)) yield;
  }
  /**
   * The task of a timer: fires when the timer is armed and no timer on the same clock is due earlier. Virtual time
   * orders timers with each other and nothing else: any task may be as slow or as fast as it likes.
   * @param clock all timers on the clock
   */
  timerTask(name: string, timer: Atomic, clock: readonly Atomic[], handler: () => Path): TaskSpec {
    const words = [
      timer.word,
      ...clock.filter((other) => other.word !== timer.word).map((other) => other.word),
    ];
    return { name, daemon: true, run: () => this.serveTimer(name, words, handler) };
  }
  protected *serveTimer(site: string, words: readonly number[], handler: () => Path): Path {
    for (;;) {
      if (this.announceSeveral(TIMER_FIRE, words, 0, site)) yield;
      yield* handler();
      if (this.announce(FETCH_AND_NOT, words[0], TIMER_RUNNING, site)) yield;
    }
  }

  /** Queues a work item; `result` is 0 when it was pending already. */
  *queueWork(work: Atomic, site: string = NO_SITE): Path {
    if (this.announce(FETCH_OR, work.word, WORK_PENDING, site)) yield;
    this.result = (this.result & WORK_PENDING) === 0 ? 1 : 0;
  }
  /** Takes back a pending work item; `result` is 1 when it was pending. It may still be running. */
  cancelWork(work: Atomic, site: string = NO_SITE): Suspend {
    return this.announce(FETCH_AND_NOT, work.word, WORK_PENDING, site);
  }
  /** Waits until the work item is neither pending nor running (flush_work). */
  flushWork(work: Atomic, site: string = NO_SITE): Suspend {
    return this.await(WORK_IDLE, [work], site);
  }
  /** The task of a work item. Simplified: every item has a worker of its own. */
  workTask(name: string, work: Atomic, run: () => Path): TaskSpec {
    return { name, daemon: true, run: () => this.serveWork(name, work, run) };
  }
  protected *serveWork(site: string, work: Atomic, run: () => Path): Path {
    for (;;) {
      if (this.announce(WORK_TAKE, work.word, 0, site)) yield;
      yield* run();
      if (this.announce(FETCH_AND_NOT, work.word, WORK_RUNNING, site)) yield;
    }
  }
}
