import { describe, expect, it } from "vitest";
import { explore } from "../../src/check/index.ts";
import {
  concludeJob,
  exploreJob,
  exploreUnit,
  type Job,
  Plan,
  type SavedPlan,
  subjectOf,
  type UnitAnswer,
} from "../../src/farm/index.ts";

/** 698 executions in two rounds; the second is divided in these tests. */
const JOB: Job = { scenario: "fork-vs-rmap", kernel: "7.1", replacements: [], faults: 1 };
const DIVIDE_AT = 5_000;

const shipped = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Works a plan off on one thread. `order` chooses among the pieces that may be in hand at once. */
function work(
  job: Job,
  inHand: number,
  order: (n: number) => number = () => 0,
  limits: { readonly divideAt?: number; readonly enough?: number } = {},
): ReturnType<typeof concludeJob> {
  const plan = new Plan(job.all ?? false, undefined, limits.divideAt ?? DIVIDE_AT, limits.enough);
  const waiting: NonNullable<ReturnType<Plan["next"]>>[] = [];
  for (;;) {
    for (let next = plan.next(); next && waiting.push(next) < inHand; ) next = plan.next();
    if (waiting.length === 0) break;
    const [{ id, unit }] = waiting.splice(order(waiting.length), 1);
    plan.done(id, shipped(exploreUnit(job, unit, undefined, {}, "test", () => {})));
    if (plan.enough) break;
  }
  return concludeJob(job, plan.sums, plan.enough ? "enough" : undefined, {}, "test");
}

describe("a divided exploration", () => {
  const one = work(JOB, 1);

  it("has the totals and the key hash of one search in one piece", () => {
    const { executions, blocked, keyHash, verdict, witnesses, sites, tasks } = exploreJob(
      JOB,
      {},
      "test",
      () => {},
    ).result;
    expect(one.result).toMatchObject({ executions, blocked, keyHash, verdict, witnesses, sites, tasks });
    expect(one.result.redundant).toBe(0);
    expect(one.result.cut).toBeGreaterThan(0); // it was divided
  });

  it.each([2, 3, 7])("is the same, byte for byte, with %i pieces in hand, whichever ends first", (inHand) => {
    let last = 1;
    const other = work(JOB, inHand, (n) => (last = (last * 7 + 3) % 101) % n);
    expect(JSON.stringify(other.result)).toBe(JSON.stringify(one.result));
  });

  it("finds the same, and tells the same story", () => {
    const job: Job = { ...JOB, scenario: "fork-vs-probe", kernel: "6.12" };
    const { result } = exploreJob(job, {}, "test", () => {});
    const parts = work(job, 3).result;
    expect(parts.verdict).toBe("fails");
    expect(
      parts.findings.map((f) => [f.finding.code, f.finding.at.site, f.count, f.steps, f.switches]),
    ).toEqual(result.findings.map((f) => [f.finding.code, f.finding.at.site, f.count, f.steps, f.switches]));
    expect(JSON.stringify(work(job, 1).result)).toBe(JSON.stringify(parts));
  });
});

describe("a search that has found something and goes on for too long is given up", () => {
  const job: Job = { ...JOB, scenario: "fork-vs-probe", kernel: "6.12" };
  const whole = work(job, 1).result;

  it.each([
    ["in one piece", { divideAt: 1_000_000, enough: 300 }],
    ["in parts", { divideAt: 100, enough: 50 }],
  ] as const)("%s: it fails all the same, and does not claim what it did not see", (_how, limits) => {
    const { result } = work(job, 1, () => 0, limits);
    expect(result.verdict).toBe("fails");
    expect(result.executions).toBeLessThan(whole.executions);
    expect(result.faultsExhausted).toBe(whole.faultsExhausted - 1);
    expect(result.findings[0].proof).toEqual({ faults: true, switches: false });
    expect(result.reason).toContain("--all");
    let last = 1;
    for (const inHand of [2, 7]) {
      const other = work(job, inHand, (n) => (last = (last * 7 + 3) % 101) % n, limits).result;
      expect(JSON.stringify(other)).toBe(JSON.stringify(result));
    }
  });

  it("not when everything is asked for", () => {
    const all = { ...job, all: true };
    expect(JSON.stringify(work(all, 1, () => 0, { enough: 100 }))).toBe(JSON.stringify(work(all, 1)));
  });

  it("nor before it has found something", () => {
    expect(work(JOB, 1, () => 0, { enough: 100 }).result.verdict).toBe("holds");
  });
});

it("killed at any point and taken up from its last file, it ends with the identical result", () => {
  const whole = work(JOB, 1).result;
  let saved: SavedPlan | undefined;
  let kills = 0;
  for (let seed = 1; ; seed++) {
    const plan = new Plan(false, saved, DIVIDE_AT);
    // A run of some pieces that is killed in the middle of one, at a random execution of it.
    let left = 1 + ((seed * 13) % 5);
    let next = plan.next();
    for (; next && left > 0; left--, next = plan.next()) {
      const { id, unit } = next;
      if (left === 1 && unit.kind === "part") {
        const most = 1 + ((seed * 7919) % 1_500);
        const { at } = exploreUnit(JOB, { ...unit, most }, undefined, {}, "test", () => {}) as UnitAnswer & {
          kind: "part";
        };
        plan.reached(id, at);
        kills++;
      } else
        plan.done(
          id,
          exploreUnit(JOB, unit, undefined, {}, "test", () => {}),
        );
    }
    saved = shipped(plan.save());
    if (plan.over) break;
  }
  expect(kills).toBeGreaterThan(10);
  const { result } = concludeJob(JOB, new Plan(false, saved, DIVIDE_AT).sums, undefined, {}, "test");
  expect(JSON.stringify(result)).toBe(JSON.stringify(whole));
});

it("a bound on preemptions counts the same in parts", () => {
  const job: Job = { ...JOB, preemptions: 0 };
  const { scenario, input, faults } = subjectOf(job);
  const plain = explore(scenario.program(input), { faults, preemptions: 0, stepsPerExecution: 5_000 });
  while (plain.slice(1_000));
  const { executions, beyondBound, keyHash } = plain.result();
  expect(work(job, 2).result).toMatchObject({ executions, beyondBound, keyHash, verdict: "incomplete" });
});
