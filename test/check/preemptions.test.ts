/** Distinct traces with an interleaving of at most k preemptions: brute-forced numbers. */
import { expect, test } from "vitest";
import { explore, OptimalSearch, preemptionsOf, replay } from "../../src/check/index.ts";
import { WITHIN_PREEMPTIONS } from "./preemption-table.ts";
import * as P from "./programs.ts";
import { prepared, program } from "./world.ts";

test.each(WITHIN_PREEMPTIONS)("traces within 0, 1, 2, 3 preemptions: %#", (program, within, all) => {
  const { k, specs } = prepared(program);
  const search = new OptimalSearch(k, specs, { faults: 0 });
  const costs: number[] = [];
  while (search.next()) costs.push(preemptionsOf(k, search.order));
  expect(costs).toHaveLength(all);
  expect([0, 1, 2, 3].map((bound) => costs.filter((cost) => cost <= bound).length)).toEqual(within);
});

test("an exploration with a bound judges the traces within it, and says what it left out", () => {
  const bounded = (preemptions: number): object => {
    const exploration = explore(P.counterRacy(3), { preemptions });
    while (exploration.slice(100));
    return exploration.result();
  };
  expect(bounded(0)).toMatchObject({ verdict: "incomplete", executions: 6, beyondBound: 30 });
  expect(bounded(1)).toMatchObject({ verdict: "incomplete", executions: 24, beyondBound: 12 });
  expect(bounded(2)).toMatchObject({ verdict: "holds", executions: 36, beyondBound: 0 });
});

test("`exists` stops at the first execution that shows the witness, with its trace", () => {
  const p = program("seen", (w, k) => {
    const x = w.cell("x");
    return () => [
      function* () {
        if (k.read(x, "look")) yield;
        if (k.result === 1) k.witness("one");
      },
      function* () {
        if (k.write(x, "poke")) yield;
        x.value = 1;
      },
    ];
  });
  const exploration = explore(p, { exists: "one" });
  while (exploration.slice(100));
  const { example, executions } = exploration.result();
  expect(executions).toBe(2);
  expect(example?.steps).toEqual(["t1: write cell#1+2 in poke", "t0: read cell#1+2 in look"]);
  expect(replay(p, example!).divergence).toBeUndefined();
  const never = explore(p, { exists: "two" });
  while (never.slice(100));
  expect(never.result().example).toBeUndefined();
});
