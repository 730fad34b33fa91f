/** What an exploration went through, and what it says never happened. */
import { expect, test } from "vitest";
import {
  type Checkpoint,
  type Coverage,
  type ExploreOptions,
  explore,
  mergeCoverage,
  type NeverTaken,
  neverTaken,
  type Program,
  resume,
} from "../../src/check/index.ts";
import * as P from "./programs.ts";
import { program } from "./world.ts";

function covered<S>(p: Program<S>, options: ExploreOptions = {}): Coverage {
  const exploration = explore(p, { coverage: true, ...options });
  while (exploration.slice(1000));
  return exploration.result().coverage!;
}

function never<S>(p: Program<S>, options: ExploreOptions = {}): NeverTaken {
  return neverTaken([covered(p, options)], {
    faults: options.faults ?? 1,
    ...(p.assertions ? { assertions: p.assertions } : {}),
    after: p.after !== undefined,
  });
}

const NOTHING: NeverTaken = { steps: [], lockOrders: [], pairs: [], outcomes: [], warnings: [] };

test("nothing is collected unless asked for", () => {
  const exploration = explore(P.abba());
  while (exploration.slice(10));
  expect(exploration.result().coverage).toBeUndefined();
});

test("an exhausted exploration has met every racing pair in both orders", () => {
  const p = P.counterRacy(2);
  expect(covered(p).pairs.length).toBeGreaterThan(1);
  expect(never(p, { faults: 0 })).toEqual(NOTHING);
});

test("one cut short names the pairs it met in one order only", () => {
  expect(never(P.counterRacy(2), { faults: 0, executions: 1 }).pairs.length).toBeGreaterThan(0);
});

test("lock orders: both of a circle, one of an agreed order, with who took it", () => {
  expect(covered(P.abba(), { all: true }).orders).toEqual(["a.lock > b.lock: t0", "b.lock > a.lock: t1"]);
  expect(never(P.abba(), { all: true, faults: 0 }).lockOrders).toEqual([]);
  const ordered = program("ordered", (w, k) => {
    const [outer, inner] = [w.mutex("outer"), w.mutex("inner")];
    const both = function* () {
      if (k.lock(outer, "both")) yield;
      if (k.lock(inner, "both")) yield;
      if (k.unlock(outer, "both")) yield;
      if (k.lock(outer, "both")) yield;
      if (k.unlock(outer, "both")) yield;
      if (k.unlock(inner, "both")) yield;
    };
    const agreed = function* () {
      if (k.lock(outer, "agreed")) yield;
      if (k.tryLock(inner, "agreed")) yield;
      if (k.result === 1) if (k.unlock(inner, "agreed")) yield;
      if (k.unlock(outer, "agreed")) yield;
    };
    return () => [agreed, both];
  });
  expect(covered(ordered, { all: true }).orders).toEqual([
    "inner.lock > outer.lock: t1",
    "outer.lock > inner.lock: t1",
  ]);
  expect(never(P.philosophersOrdered(3), { faults: 0 }).lockOrders).toContainEqual({
    first: "utensil[0].lock",
    second: "utensil[1].lock",
    tasks: ["t0"],
  });
});

test("a step that no execution took is named", () => {
  const p = program("waiting", (w, k) => {
    const [x, y] = [w.cell("x"), w.cell("y")];
    return () => [
      function* () {
        if (k.write(y, "before")) yield;
        if (k.await({ name: "set", holds: (v) => v === 1 }, [x], "forEver")) yield;
        if (k.write(y, "behind")) yield;
      },
    ];
  });
  expect(never(p, { off: ["lost-wakeup"], faults: 0 }).steps).toEqual(["t0: await x.value in forEver"]);
});

test("outcomes and faults that never came, assertions and ends that were never reached", () => {
  const p: Program<unknown> = {
    ...program("failing", (w, k) => {
      const x = w.cell("x");
      return () => [
        function* () {
          if (k.write(x, "start")) yield;
          if (k.fails("first")) {
            k.assert(true, "reached");
            return;
          }
          if (k.choose("which", 3) === 2) k.assert(false, "unreached");
          if (k.await({ name: "never", holds: () => false }, [x], "wait")) yield;
        },
      ];
    }),
    assertions: ["reached", "unreached"],
    after: () => {},
  } as Program<unknown>;
  expect(never(p, { faults: 0, off: ["lost-wakeup"] })).toMatchObject({
    outcomes: [
      { site: "first", never: [1] },
      { site: "which", never: [1, 2] },
    ],
    warnings: [
      'the assertion "reached" was never reached',
      'the assertion "unreached" was never reached',
      "no execution came to its end: the final check never ran",
    ],
  });
  expect(never(p, { faults: 1, off: ["lost-wakeup"] }).warnings).toEqual([]);
  expect(never(p, { faults: 1, off: ["lost-wakeup"], executions: 1 }).warnings).toEqual([
    'the assertion "reached" was never reached',
    'the assertion "unreached" was never reached',
    "no execution came to its end: the final check never ran",
    'the fault "first" never happened',
  ]);
  expect(never(P.dekker(), { faults: 2 }).warnings).toEqual([
    "2 faults are allowed, but no place was reached where something may fail",
  ]);
});

test("stopped and resumed, or drawn in two samples and merged: the coverage is the union", () => {
  const whole = covered(P.allocFail(3), { faults: 3 });
  const first = explore(P.allocFail(3), { faults: 3, coverage: true });
  first.slice(7);
  const second = resume(P.allocFail(3), JSON.parse(JSON.stringify(first.checkpoint())) as Checkpoint);
  while (second.slice(5));
  expect(second.result().coverage).toEqual(whole);
  const drawn = [1, 2].map((seed) =>
    covered(P.allocFail(3), { explorer: "random", seed, executions: 3, faults: 3 }),
  );
  const merged = mergeCoverage(drawn);
  for (const one of drawn) expect(merged.executed).toEqual(expect.arrayContaining([...one.executed]));
  expect(merged.ended).toBe(6);
});
