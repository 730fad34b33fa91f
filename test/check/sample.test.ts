import { describe, expect, test } from "vitest";
import {
  type ExplorationResult,
  type ExploreOptions,
  explore,
  type Program,
  replay,
} from "../../src/check/index.ts";
import * as P from "./programs.ts";

function explored<S>(p: Program<S>, options: ExploreOptions): ExplorationResult {
  const exploration = explore(p, options);
  while (exploration.slice(1000));
  return exploration.result();
}

describe.each(["random", "pct", "pos"] as const)("%s", (explorer) => {
  test("draws the same executions from the same seed, others from another", () => {
    const options = { explorer, executions: 40 };
    const first = explored(P.lastzero(7), { ...options, seed: 5 });
    expect(explored(P.lastzero(7), { ...options, seed: 5 })).toEqual(first);
    expect(explored(P.lastzero(7), { ...options, seed: 6 }).keyHash).not.toBe(first.keyHash);
  });

  test("never says that a program holds, and says how much it saw", () => {
    const result = explored(P.counterRacy(2), { explorer, executions: 200, seed: 3 });
    expect(result.verdict).toBe("incomplete");
    expect(result.reason).toContain(`200 executions drawn (${explorer}, seed 3)`);
    expect(result.executions - result.redundant).toBeLessThanOrEqual(4);
  });

  test("finds a deadlock of two, and its trace replays", () => {
    const p = P.abba();
    const [found] = explored(p, { explorer, executions: 500 }).findings;
    expect(found).toMatchObject({ switches: 1, steps: 2 });
    expect(replay(p, found.trace).finding).toEqual(found.finding);
  });

  test("draws faults within the budget", () => {
    const result = explored(P.allocFail(4), { explorer, executions: 300, faults: 2 });
    expect(result.sites).toEqual([{ site: "alloc", outcomes: [0, 1] }]);
    expect(explored(P.allocFail(4), { explorer, executions: 100, faults: 0 }).sites).toEqual([
      { site: "alloc", outcomes: [0] },
    ]);
  });
});
