/**
 * What history says each scenario must come to, per kernel: written down, with its source, before the first run.
 *
 * This table decides nothing. It is shown next to verdicts and compared with them; a cell that disagrees is a mistake
 * in the model or in our reading of history, and either is corrected with its evidence, never this table alone.
 */
import { ALL, type Expectation, fails, holds, kernels } from "./expectation.ts";
import { LIFETIME_EXPECTATIONS } from "./lifetime-expectations.ts";
import { MAPPING_EXPECTATIONS } from "./mapping-expectations.ts";

const LIFE_CYCLE = "a half-copied mm is reachable through no task (dup_mm sets tsk->mm after success only)";
const OWN_VMAS = "a half-copied child holds nothing but finished VMAs of its own";
const EMPTY = "43873af772f8: the tree is empty before it is unlocked";

export const EXPECTATIONS: readonly Expectation[] = [
  ...holds("fork-fails", ALL, "no report of a failing fork that harms anyone by itself"),
  ...holds("fork-vs-reaper", ALL, LIFE_CYCLE),
  ...holds("fork-vs-maps", ALL, LIFE_CYCLE),
  ...holds(
    "fork-vs-rmap",
    ALL,
    "rmap walkers go through vma->vm_mm; free_pgtables unlinks before it frees tables",
  ),

  ...holds("fork-vs-swapoff", kernels("4.13", "6.6"), OWN_VMAS),
  ...fails(
    "fork-vs-swapoff",
    kernels("6.8", "6.12"),
    "bad-pointer",
    "unuse_mm",
    "CVE-2025-39992: fault at 0x446 in unuse_mm",
  ),
  ...fails(
    "fork-vs-swapoff",
    kernels("6.14", "6.17"),
    "bad-pointer",
    "unuse_mm",
    "CVE-2025-39992: the flag is set, swapoff does not look",
  ),
  ...holds("fork-vs-swapoff", kernels("6.18", "6.19"), "1367da7eb875: unuse_mm skips an unstable mm"),
  ...holds("fork-vs-swapoff", kernels("7.0", "7.1"), EMPTY),

  ...holds("fork-vs-probe", kernels("4.13", "6.6"), OWN_VMAS),
  ...fails(
    "fork-vs-probe",
    kernels("6.8", "6.19"),
    "bad-pointer",
    "probe",
    "the window itself: marker and stale VMAs in a tree that can be locked (6.8 to 6.19)",
  ),
  ...holds("fork-vs-probe", kernels("7.0", "7.1"), EMPTY),

  ...fails(
    "reaper-vs-swapoff",
    ["4.14"],
    "use-after-free",
    "vm_area_free",
    "4837fe37adff: swapoff, too, may do the last mmput() of a victim's mm",
  ),
  ...holds(
    "reaper-vs-swapoff",
    ["4.13", ...kernels("4.15", "6.17")],
    "called probably benign in 2025: entries change under the page-table lock only, and unuse_pte() compares",
  ),
  ...holds("reaper-vs-swapoff", kernels("6.18", "7.1"), "1367da7eb875: unuse_mm skips an unstable mm"),

  ...holds(
    "reaper-refused",
    kernels("4.19", "7.1"),
    "79cc81057eef finishes the gather; what was not reaped is left to the next attempt or to the exit",
  ),

  ...holds("exit-vs-reaper", ["4.13"], "the reaper holds a user of the mm while it reaps"),
  ...fails(
    "exit-vs-reaper",
    ["4.14"],
    "use-after-free",
    "vm_area_free",
    "4837fe37adff: the last mmput() is not the victim's, so VMAs and page tables go under the reaper",
  ),
  ...holds("exit-vs-reaper", ["4.15"], "4837fe37adff: the mm says whether it is a victim's"),
  ...holds("exit-vs-reaper", kernels("4.19", "5.15"), "27ae357fa82b: exit_mmap() reaps the mm itself first"),
  ...holds("exit-vs-reaper", ["6.0"], "64591e8605d6: exit_mmap() holds the lock for writing throughout"),
  ...holds(
    "exit-vs-reaper",
    kernels("6.1", "7.1"),
    "bf3980c85212: both zap under the read lock, MMF_OOM_SKIP before the write lock",
  ),

  ...LIFETIME_EXPECTATIONS,
  ...MAPPING_EXPECTATIONS,
];

/** What is expected of a scenario on a kernel, if history says. */
export function expectationFor(scenario: string, kernel: string): Expectation | undefined {
  return EXPECTATIONS.find((e) => e.scenario === scenario && e.kernel === kernel);
}
