import { describe, expect, test } from "vitest";
import { type ExplorationResult, explore } from "../../src/check/index.ts";
import { designsFor, isDesignProblem, type KernelDesigns } from "../../src/mm/index.ts";
import { exitVsReaper } from "../../src/scenarios/exit-vs-reaper.ts";

/** A kernel without VMA locks and without a marker, with this rule between exit_mmap() and the reaper. */
function withRule(rule: string): KernelDesigns {
  const designs = designsFor("7.0", [
    "vma.lock=none",
    "exit.marker=unknown",
    "mrelease.ref=absent",
    `exit.reaperSync=${rule}`,
  ]);
  if (isDesignProblem(designs)) throw new Error(designs.problem);
  return designs;
}

function run(rule: string, larger: boolean): ExplorationResult {
  const exploration = explore(
    exitVsReaper.program({ designs: withRule(rule), failures: exitVsReaper.failures, larger }),
    { faults: exitVsReaper.faults },
  );
  while (exploration.slice(1000));
  return exploration.result();
}

describe.each([false, true])("exit-vs-reaper, larger: %s", (larger) => {
  test.each(["users", "mmVictim", "selfReap", "selfReapWriteLock", "readThenSkipThenWrite", "twoFlags"])(
    "under %s nothing is freed under the reaper, whoever was the last user",
    (rule) => {
      const result = run(rule, larger);
      expect(result.verdict).toBe("holds");
      expect(result.redundant).toBe(0);
    },
  );

  test("under currentVictim a reader of /proc frees VMAs and page tables under the reaper", () => {
    const result = run("currentVictim", larger);
    expect(result.verdict).toBe("fails");
    for (const { finding, faults } of result.findings) {
      expect(faults).toBe(0);
      expect(["use-after-free", "lock-misuse"]).toContain(finding.code);
      // The reader tears the mm down; where the victim itself does, it waits for the reaper.
      if (finding.other !== undefined)
        expect([finding.at.task, finding.other.task].sort()).toEqual(["maps", "reaper"]);
    }
    const freed = new Set(result.findings.map((f) => f.finding.at.site));
    expect(freed).toContain("vm_area_free");
    expect(freed).toContain("free_pte_range");
  });
});

test("the rules of kernels without VMA locks are refused where there are VMA locks", () => {
  expect(designsFor("7.0", ["exit.reaperSync=mmVictim"])).toEqual({
    problem: "exit.reaperSync=mmVictim requires vma.lock=none, but it is embedded",
  });
});
