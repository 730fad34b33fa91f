/** The gallery: what each scenario comes to, under other failure models, in a larger layout, and whatever anybody expects. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EXPECTATIONS } from "../../src/scenarios/index.ts";
import { type Asked, outcome, scenario, told } from "./world.ts";

const CRASH = "fails bad-pointer in unuse_mm";

/** `outcome`, explored once per cell: several tests look at the same ones. */
const explored = new Map<string, ReturnType<typeof outcome>>();
function once(id: string, kernel: string, asked: Asked = {}): ReturnType<typeof outcome> {
  const key = JSON.stringify([id, kernel, asked]);
  const known = explored.get(key) ?? outcome(id, kernel, asked);
  explored.set(key, known);
  return known;
}

describe.each(["realistic", "any", "memcg"] as const)(
  "fork against swapoff when allocations fail as %s",
  (failures) => {
    test.each([
      ["neither flag nor guard", "marker", "none", CRASH],
      ["the flag alone: nobody looks", "marker+flags", "none", CRASH],
      ["the guard alone: nobody sets the flag", "marker", "unstable", CRASH],
      ["flag and guard", "marker+flags", "unstable", "holds"],
      ["teardown without the guard", "teardown", "none", "holds"],
      ["teardown with the guard", "teardown", "unstable", "holds"],
    ])("%s", (_story, recovery, guard, expected) => {
      const replacing = [`fork.recovery=${recovery}`, `swapoff.guard=${guard}`];
      expect(told(once("fork-vs-swapoff", "6.12", { replacing, failures }))).toBe(expected);
    });
  },
);

test("the crash of 2025 takes at most 60 steps, 2 switches and one fault or signal", () => {
  const [crash] = once("fork-vs-swapoff", "6.12").findings;
  expect(crash.finding.at.task).toBe("swapoff");
  expect(crash.finding.objects).toEqual(["XA_ZERO_ENTRY.anonVma"]);
  expect(crash.steps).toBeLessThanOrEqual(60);
  expect(crash.switches).toBeLessThanOrEqual(2);
  expect(crash.faults).toBeLessThanOrEqual(1);
});

test("without any fault or signal swapoff and fork get on", () => {
  expect(told(once("fork-vs-swapoff", "6.12", { faults: 0 }))).toBe("vacuous");
  expect(once("fork-vs-swapoff", "6.12", { faults: 0 }).findings).toEqual([]);
});

describe("one more of each role does not change the verdict", () => {
  const cells = ["fork-fails", "fork-vs-swapoff", "fork-vs-maps", "fork-vs-rmap", "fork-vs-probe"].flatMap(
    (id) => ["6.12", "6.18", "7.0"].map((kernel) => [id, kernel] as const),
  );
  test.each(cells)("%s on %s", (id, kernel) => {
    expect(told(once(id, kernel, { larger: true }))).toBe(told(once(id, kernel)));
  });

  test("fork-vs-reaper on 7.0", { timeout: 120_000 }, () => {
    expect(told(once("fork-vs-reaper", "7.0", { larger: true }))).toBe("holds");
  });
});

test("a verdict that holds has seen every witness, and no execution twice", () => {
  for (const id of ["fork-fails", "fork-vs-swapoff", "fork-vs-maps", "fork-vs-rmap", "fork-vs-probe"]) {
    const result = once(id, "7.0");
    expect(result.verdict, id).toBe("holds");
    expect(Object.keys(result.witnesses).sort(), id).toEqual([...scenario(id).witnesses].sort());
    expect(Object.values(result.witnesses).every(Boolean), id).toBe(true);
    expect(result.redundant, id).toBe(0);
    expect(result.faultsExhausted, id).toBe(scenario(id).faults);
  }
});

test("a recovery that leaves a marker fails with an exit_mmap that does not know it", () => {
  for (const recovery of ["marker", "marker+flags"]) {
    const replacing = [`fork.recovery=${recovery}`, "exit.marker=unknown"];
    expect(told(once("fork-fails", "6.12", { replacing })), recovery).toMatch(/^fails bad-pointer/);
  }
  expect(
    told(once("fork-fails", "6.12", { replacing: ["fork.recovery=teardown", "exit.marker=unknown"] })),
  ).toBe("holds");
});

describe("expectations decide nothing", () => {
  test("no scenario imports them", () => {
    const folder = new URL("../../src/scenarios/", import.meta.url);
    const importers = readdirSync(folder)
      .filter((file) => file.endsWith(".ts"))
      .filter((file) =>
        /from "\.\/(design-)?expectations\.ts"/.test(readFileSync(new URL(file, folder), "utf8")),
      );
    expect(importers).toEqual(["index.ts"]);
  });

  test("with the opposite of each expectation in the table the verdicts are the same", () => {
    const cells = ["fork-fails", "fork-vs-swapoff", "fork-vs-probe"].flatMap((id) =>
      ["6.12", "7.0"].map((kernel) => [id, kernel] as const),
    );
    const before = cells.map(([id, kernel]) => told(once(id, kernel)));
    const table = EXPECTATIONS as readonly { verdict: string }[];
    const truth = table.map(({ verdict }) => verdict);
    for (const row of table) row.verdict = row.verdict === "holds" ? "fails" : "holds";
    const after = cells.map(([id, kernel]) => told(outcome(id, kernel)));
    for (const [n, row] of table.entries()) row.verdict = truth[n];
    expect(after).toEqual(before);
  });
});
