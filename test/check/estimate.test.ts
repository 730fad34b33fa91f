/** How many executions there will be: an interval that can be relied on long before the end. */
import { expect, test } from "vitest";
import { estimateTraces, explore, resume } from "../../src/check/index.ts";
import * as P from "./programs.ts";
import { COUNTED } from "./rows.ts";
import { program } from "./world.ts";

const NO_LIMIT = 99;

test("at 10 % of the run the interval contains the count for at least 90 % of the benchmark programs", {
  timeout: 120_000,
}, () => {
  const missed: string[] = [];
  let widths = 0;
  for (const [p, traces, , faults = NO_LIMIT] of COUNTED) {
    const exploration = explore(p, { faults, executions: Math.ceil(traces / 10) });
    while (exploration.slice(10_000));
    const { low, high } = exploration.estimate();
    if (!(low <= traces && traces <= high)) missed.push(`${p.name}: ${traces} is not in ${low} to ${high}`);
    widths += Math.log(high / low);
  }
  const rows = COUNTED.length;
  const width = Math.exp(widths / rows);
  process.stdout.write(
    `at 10 % of the run: ${rows - missed.length} of ${rows} intervals contain the count, high/low ${width.toFixed(2)} on average${missed.map((m) => `\n  ${m}`).join("")}\n`,
  );
  expect(missed.length / rows, missed.join("\n")).toBeLessThanOrEqual(0.1);
  expect(width).toBeLessThan(2); // an interval that contains everything would say nothing
});

test("the interval depends on the number of executions alone, not on when it was asked for before", () => {
  const at = (...asked: readonly number[]): object => {
    const exploration = explore(P.lastzero(7));
    for (const executions of asked) {
      exploration.slice(executions);
      exploration.estimate();
    }
    return exploration.estimate();
  };
  expect(at(100)).toEqual(at(1, 20, 79));
  expect(estimateTraces(P.lastzero(7), { probes: 100 })).toEqual(at(100));
});

test("an incomplete result says how much there is; a finished one is exact", () => {
  const cut = explore(P.counterRacy(4), { executions: 58 });
  while (cut.slice(100));
  const { verdict, estimate } = cut.result();
  expect(verdict).toBe("incomplete");
  expect(estimate!.low).toBeLessThanOrEqual(576);
  expect(estimate!.high).toBeGreaterThanOrEqual(576);
  const rest = resume(P.counterRacy(4), cut.checkpoint(), { executions: 1e6 });
  while (rest.slice(100));
  expect(rest.estimate()).toEqual({ low: 576, high: 576 });
  expect(rest.result().estimate).toBeUndefined();
});

test("tasks that are spawned, wait for a signal or for a condition are counted right", () => {
  const p = program("spawning", (w, k) => {
    const [x, y] = [w.cell("x"), w.cell("y")];
    const child = function* () {
      if (k.write(x, "child")) yield;
      if (k.await({ name: "set", holds: (v) => v === 1 }, [y], "child")) yield;
      if (k.write(x, "child")) yield;
    };
    return () => [
      function* () {
        if (k.spawn({ name: "first", run: child }, "parent")) yield;
        if (k.spawn({ name: "second", run: child }, "parent")) yield;
        if (k.write(x, "parent")) yield;
        if (k.writeOnce(y, 1, "parent")) yield;
      },
    ];
  });
  const exploration = explore(p);
  while (exploration.slice(100));
  const { executions } = exploration.result();
  const { low, high } = estimateTraces(p, { probes: 1000 });
  expect(low).toBeLessThanOrEqual(executions);
  expect(high).toBeGreaterThanOrEqual(executions);
  expect(high / low).toBeLessThan(2);
});
