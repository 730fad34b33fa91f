/**
 * Who waits for whom when nobody can go on: judging the end of a run.
 *
 *   A waits for m, held by B        B waits for "flag", which nobody is left to raise
 *
 * What a task waits for because another was ended by a finding, holding a lock or owing a wake-up, is a consequence
 * of that finding and is not reported again. A service (daemon) may wait for ever, unless it holds what others need.
 */

/** A task that waits. */
export interface Waiting {
  readonly task: number;
  /** Tasks that hold what it waits for; empty when it waits for a condition. */
  readonly holders: readonly number[];
}

/** What is wrong, and which of the waiting tasks are part of it. */
export interface Stuck {
  readonly code: "deadlock" | "lost-wakeup";
  readonly tasks: readonly number[];
}

/**
 * Judges the tasks that wait at the end of a run.
 * @param waiting tasks that wait and are no daemons
 * @param excused bit mask of tasks that were ended by a finding, or whose waiting is reported already
 * @param conditionsExcused somebody was ended by a finding who could have made any condition true
 */
export function judge(
  waiting: readonly Waiting[],
  excused: number,
  conditionsExcused: boolean,
): Stuck | undefined {
  let excuse = excused;
  for (let before = -1; before !== excuse; ) {
    before = excuse;
    for (const { task, holders } of waiting) {
      const byCondition = holders.length === 0 && conditionsExcused;
      if (byCondition || holders.some((holder) => (excuse & (1 << holder)) !== 0)) excuse |= 1 << task;
    }
  }
  const left = waiting.filter(({ task }) => (excuse & (1 << task)) === 0);
  if (left.length === 0) return undefined;
  const onLock = left.some(({ holders }) => holders.length > 0);
  return { code: onLock ? "deadlock" : "lost-wakeup", tasks: left.map(({ task }) => task) };
}
