/**
 * What history says each scenario must come to, per kernel: written down, with its source, before the first run.
 *
 * This table decides nothing. It is shown next to verdicts and compared with them; a cell that disagrees is a mistake
 * in the model or in our reading of history, and either is corrected with its evidence, never this table alone.
 */
export interface Expectation {
  readonly scenario: string;
  readonly kernel: string;
  readonly verdict: "holds" | "fails";
  /** For `fails`: the code, and the function that must be the one to stumble. */
  readonly code?: string;
  readonly site?: string;
  /** Where this is known from. */
  readonly source: string;
}

const LIFE_CYCLE = "a half-copied mm is reachable through no task (dup_mm sets tsk->mm after success only)";

export const EXPECTATIONS: readonly Expectation[] = [
  ...["6.12", "6.14", "6.18", "7.0"].flatMap((kernel): Expectation[] => [
    {
      scenario: "fork-fails",
      kernel,
      verdict: "holds",
      source: "no report of a failing fork that harms anyone by itself",
    },
    { scenario: "fork-vs-reaper", kernel, verdict: "holds", source: LIFE_CYCLE },
    {
      scenario: "exit-vs-reaper",
      kernel,
      verdict: "holds",
      source: "bf3980c85212 (6.1): both zap under the read lock, MMF_OOM_SKIP before the write lock",
    },
    { scenario: "fork-vs-maps", kernel, verdict: "holds", source: LIFE_CYCLE },
    {
      scenario: "fork-vs-rmap",
      kernel,
      verdict: "holds",
      source: "rmap walkers go through vma->vm_mm; free_pgtables unlinks before it frees tables",
    },
  ]),
  {
    scenario: "fork-vs-swapoff",
    kernel: "6.12",
    verdict: "fails",
    code: "bad-pointer",
    site: "unuse_mm",
    source: "CVE-2025-39992: fault at 0x446 in unuse_mm",
  },
  {
    scenario: "fork-vs-swapoff",
    kernel: "6.14",
    verdict: "fails",
    code: "bad-pointer",
    site: "unuse_mm",
    source: "CVE-2025-39992: the flag is set, swapoff does not look",
  },
  {
    scenario: "fork-vs-swapoff",
    kernel: "6.18",
    verdict: "holds",
    source: "1367da7eb875: unuse_mm skips an unstable mm",
  },
  {
    scenario: "fork-vs-swapoff",
    kernel: "7.0",
    verdict: "holds",
    source: "43873af772f8: the tree is empty before it is unlocked",
  },
  ...["6.12", "6.14", "6.18"].map(
    (kernel): Expectation => ({
      scenario: "fork-vs-probe",
      kernel,
      verdict: "fails",
      code: "bad-pointer",
      site: "probe",
      source: "the window itself: marker and stale VMAs in a tree that can be locked (6.8 to 6.19)",
    }),
  ),
  {
    scenario: "fork-vs-probe",
    kernel: "7.0",
    verdict: "holds",
    source: "43873af772f8: the tree is empty before it is unlocked",
  },
];

/** What is expected of a scenario on a kernel, if history says. */
export function expectationFor(scenario: string, kernel: string): Expectation | undefined {
  return EXPECTATIONS.find((e) => e.scenario === scenario && e.kernel === kernel);
}
