/** The search with a bound on preemptions: exactly the traces within it, bound by bound, and what that proves. */
import { describe, expect, test } from "vitest";
import {
  type ExplorationResult,
  type ExploreOptions,
  explore,
  OptimalSearch,
  type Program,
  preemptionsOf,
  replay,
} from "../../src/check/index.ts";
import { WITHIN_PREEMPTIONS } from "./preemption-table.ts";
import * as P from "./programs.ts";
import { draw, realise } from "./random-programs.ts";
import { prepared, program, type Run } from "./world.ts";

function explored<S>(p: Program<S>, options: ExploreOptions = {}): ExplorationResult {
  const exploration = explore(p, options);
  while (exploration.slice(1000));
  return exploration.result();
}

const bounded = <S>(p: Program<S>, preemptions: number, options: ExploreOptions = {}): ExplorationResult =>
  explored(p, { explorer: "bounded", preemptions, faults: 0, all: true, ...options });

test.each(WITHIN_PREEMPTIONS)(
  "traces within 0, 1, 2, 3 preemptions are explored, and no others: %#",
  (p, within, all) => {
    for (const [bound, traces] of within.entries()) {
      const result = bounded(p, bound);
      expect([bound, result.executions]).toEqual([bound, traces]);
      if (traces < all) expect(result.verdict).not.toBe("holds");
    }
    const { keyHash } = explored(p, { faults: 0, all: true });
    expect(bounded(p, 9).keyHash).toBe(keyHash);
  },
);

test("on random programs it finds the traces that the optimal search finds and judges to be within the bound", {
  timeout: 60_000,
}, () => {
  let compared = 0;
  for (let seed = 0; compared < 150; seed++) {
    const sketch = draw(seed);
    const p = realise(sketch);
    for (const bound of [0, 1, 2]) {
      const { k, specs } = prepared(p);
      const search = new OptimalSearch(k, specs, { faults: sketch.faults });
      let a = 0;
      let b = 0;
      let traces = 0;
      while (search.next() && traces < 2000) {
        if (preemptionsOf(k, search.order) > bound) continue;
        traces++;
        const key = search.order.keyAt(k.log.length);
        a = (a + key[0]) | 0;
        b = (b + key[1]) | 0;
      }
      if (traces >= 2000) continue;
      const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, "0");
      const result = bounded(p, bound, { faults: sketch.faults, raceDetection: false });
      expect([seed, bound, result.executions, result.keyHash]).toEqual([
        seed,
        bound,
        traces,
        hex(a) + hex(b),
      ]);
    }
    compared++;
  }
});

test("a small bound costs little where traces are many", () => {
  const result = bounded(P.private60(3, 60, 5), 1); // 756,756 traces
  expect(result).toMatchObject({ verdict: "incomplete", preemptionBound: 1 });
  expect(result.reason).toBe("every trace within 1 preemptions was explored; there are others");
  expect(result.executions + result.redundant).toBeLessThan(20_000);
});

describe("what is minimal by proof", () => {
  /** Three steps of one task, each of which must fall between two of the other: needs three preemptions. */
  const interleaved: Program<() => Run[]> = program("interleaved", (w, k) => {
    const [x, y] = [w.cell("x"), w.cell("y")];
    return () => [
      function* () {
        if (k.writeOnce(x, 1, "up")) yield;
        if (k.writeOnce(x, 2, "up")) yield;
        if (k.writeOnce(x, 3, "up")) yield;
      },
      function* () {
        if (k.read(x, "look")) yield;
        const first: number = k.result;
        if (first !== 1) return;
        if (k.read(y, "look")) yield;
        if (k.read(x, "look")) yield;
        k.assert(k.result !== 2, "1 and then 2");
      },
    ];
  });

  test("an exhausted search proves faults and switches", () => {
    const { findings } = explored(interleaved, { faults: 0 });
    expect(findings).toMatchObject([{ switches: 3, faults: 0, proof: { faults: true, switches: true } }]);
  });

  test("bounds are explored from 0 upwards, and the first that shows it is the fewest preemptions it needs", () => {
    const result = explored(interleaved, { explorer: "bounded", faults: 0, preemptions: 5 });
    expect(result).toMatchObject({ verdict: "fails", preemptionBound: 3 });
    expect(result.findings).toMatchObject([
      { preemptions: 3, switches: 3, proof: { faults: true, switches: true } },
    ]);
    expect(replay(interleaved, result.findings[0]!.trace).finding).toBeDefined();
    expect(explored(interleaved, { explorer: "bounded", faults: 0, preemptions: 2 })).toMatchObject({
      verdict: "incomplete",
      findings: [],
    });
  });

  test("a sample or a search cut short proves nothing of switches", () => {
    const cut = explored(interleaved, { faults: 0, executions: 4 });
    const drawn = explored(interleaved, { explorer: "random", executions: 300, faults: 0 });
    for (const { findings } of [cut, drawn]) {
      for (const found of findings) expect(found.proof).toEqual({ faults: true, switches: false });
    }
    expect(drawn.findings).toHaveLength(1);
  });

  test("fewer faults are ruled out when every smaller budget was exhausted", () => {
    const p = program("second failure", (w, k) => {
      const x = w.cell("x");
      return () => [
        function* () {
          if (k.write(x, "try")) yield;
          if (k.fails("one")) k.assert(!k.fails("two"), "not both");
        },
      ];
    });
    expect(explored(p, { faults: 3 }).findings).toMatchObject([
      { faults: 2, proof: { faults: true, switches: true } },
    ]);
    expect(explored(p, { explorer: "random", faults: 3, executions: 200 }).findings).toMatchObject([
      { faults: 2, proof: { faults: false, switches: false } },
    ]);
  });

  test("a finding that a cut run meets first is not lost by the runs that repeat it", () => {
    const wide = program("race on the way", (w, k) => {
      const [x, y] = [w.cell("x"), w.cell("y")];
      return () =>
        [0, 1, 2].map(
          () =>
            function* () {
              if (k.read(x, "look")) yield;
              if (k.rmw(y, "count")) yield;
              y.value += 1;
            },
        );
    });
    expect(bounded(wide, 9).keyHash).toBe(explored(wide, { faults: 0 }).keyHash);
  });
});

test("a bounded search is not stopped and resumed, and says so", () => {
  const exploration = explore(P.abba(), { explorer: "bounded" });
  expect(() => exploration.checkpoint()).toThrow(/a bounded search starts again/);
});
