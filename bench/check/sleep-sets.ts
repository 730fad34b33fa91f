/** The search to compare with: depth-first over all enabled tasks, with sleep sets and nothing else. */
import type { Program } from "../../src/check/index.ts";
import { conflicts, type Driver, MAX_OBJECTS, type Machine } from "../../src/sched/index.ts";
import { prepared, type Run } from "../../test/check/world.ts";

/** A pending step: task, objects, classes, flat. */
type Pending = readonly [task: number, ...accesses: number[]];

function pendingOf(k: Machine, t: number): Pending {
  const step: [number, ...number[]] = [t];
  for (let i = 0; i < k.pendingCount[t]; i++)
    step.push(k.pendingObject[t * MAX_OBJECTS + i], k.pendingClass(t, i));
  return step;
}

function independent(a: Pending, b: Pending): boolean {
  if (a[0] === b[0]) return false;
  for (let i = 1; i < a.length; i += 2) {
    for (let j = 1; j < b.length; j += 2) if (a[i] === b[j] && conflicts(a[i + 1], b[j + 1])) return false;
  }
  return true;
}

/** Programs without choices only. */
export function sleepSetSearch(
  program: Program<() => Run[]>,
  mostMs: number,
): { runs: number; ms: number; finished: boolean } {
  const { k, specs } = prepared(program);
  const left: Pending[][] = [];
  const sleep: Pending[][] = [];
  const taken: Pending[] = [];
  let forced: Pending | undefined;
  const driver: Driver = {
    pick(machine, enabled) {
      const i = machine.log.length;
      if (forced && i < left.length) {
        taken[i] = forced;
        forced = undefined;
        left.length = i + 1;
        return taken[i][0];
      }
      sleep[i] = i === 0 ? [] : sleep[i - 1].filter((s) => independent(s, taken[i - 1]));
      const awake: Pending[] = [];
      for (let t = 0; t < machine.tasks; t++) {
        if (enabled & (1 << t) && !sleep[i].some((s) => s[0] === t)) awake.push(pendingOf(machine, t));
      }
      const first = awake.shift();
      if (!first) return -1;
      left[i] = awake;
      taken[i] = first;
      return first[0];
    },
    choose: () => 0,
  };
  const start = performance.now();
  let runs = 0;
  let keep = -1;
  for (;;) {
    k.run(specs(), driver, keep);
    runs++;
    left.length = k.log.length;
    let i = k.log.length - 1;
    while (i >= 0 && left[i].length === 0) i--;
    const ms = performance.now() - start;
    if (i < 0) return { runs, ms, finished: true };
    if (ms > mostMs) return { runs, ms, finished: false };
    sleep[i] = [...sleep[i], taken[i]];
    forced = left[i].shift();
    keep = i;
  }
}
