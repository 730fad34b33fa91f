/** interleaf/scenarios: who runs against whom, and what must hold. */
import { emptyVsMigrate, emptyVsNuma, emptyVsRollup } from "./empty.ts";
import { exitVsReaper } from "./exit-vs-reaper.ts";
import { faultVsFault } from "./fault-vs-fault.ts";
import { forkFails } from "./fork-fails.ts";
import { forkVsMaps } from "./fork-vs-maps.ts";
import { forkVsProbe } from "./fork-vs-probe.ts";
import { forkVsReaper } from "./fork-vs-reaper.ts";
import { forkVsRmap } from "./fork-vs-rmap.ts";
import { forkVsSwapoff, forkVsSwapoffTwo } from "./fork-vs-swapoff.ts";
import { forkVsUprobe } from "./fork-vs-uprobe.ts";
import { forkVsSibling, mapFixedHole, munmapVsFault } from "./lockless.ts";
import { mmdropLazy } from "./mmdrop-lazy.ts";
import { mreleaseVsExit } from "./mrelease-vs-exit.ts";
import { mremapAtLimit, mremapLateFailure, mremapMulti, mremapRace } from "./mremap.ts";
import { oomVsHolder, reaperVsNotifier } from "./oom-vs-holder.ts";
import { readInTwice } from "./read-in.ts";
import { reaperVsFault } from "./reaper-vs-fault.ts";
import { reaperRefused, reaperVsSwapoff } from "./reaper-vs-swapoff.ts";
import { reaperVsTlb } from "./reaper-vs-tlb.ts";
import type { Scenario } from "./scenario.ts";
import { swapinTwice, swapinVsSwapoff } from "./swap-in.ts";
import { truncateVsExit, truncateVsMunmap } from "./truncate.ts";
import {
  mmapAbort,
  mmapVsTruncate,
  munmapFails,
  munmapKilledMeanwhile,
  munmapVsStack,
  reaperVsMunlock,
} from "./unmapping.ts";
import { windowProbe, windowReal } from "./window.ts";

export { aboutProcess, type ProcessStory, type StoryTask } from "./about-process.ts";
export { DESIGN_EXPECTATIONS, type DesignExpectation } from "./design-expectations.ts";
export type { Expectation } from "./expectation.ts";
export { EXPECTATIONS, expectationFor } from "./expectations.ts";
export {
  type ChangeCounts,
  compareChecks,
  HALFWAY,
  type LimitRow,
  leftText,
  limitTable,
  MOVES,
  type Move,
  type MoveOutcome,
  moveAtLimit,
} from "./mremap-limit.ts";
export type { OwnScenario, Scenario, ScenarioInput } from "./scenario.ts";
export { type ForkLayout, type ForkWorld, forkWorld, settle } from "./world.ts";

/** The gallery, in the order in which it is listed. */
export const SCENARIOS: readonly Scenario[] = [
  forkFails,
  forkVsSwapoff,
  forkVsSwapoffTwo,
  forkVsReaper,
  forkVsMaps,
  forkVsRmap,
  forkVsProbe,
  forkVsUprobe,
  exitVsReaper,
  reaperVsSwapoff,
  reaperRefused,
  swapinVsSwapoff,
  swapinTwice,
  oomVsHolder,
  reaperVsNotifier,
  reaperVsMunlock,
  reaperVsFault,
  reaperVsTlb,
  mreleaseVsExit,
  emptyVsMigrate,
  emptyVsNuma,
  emptyVsRollup,
  munmapFails,
  munmapKilledMeanwhile,
  munmapVsStack,
  mmapAbort,
  mmapVsTruncate,
  mmdropLazy,
  mremapAtLimit,
  mremapLateFailure,
  mremapRace,
  mremapMulti,
  mapFixedHole,
  munmapVsFault,
  forkVsSibling,
  faultVsFault,
  readInTwice,
  truncateVsMunmap,
  truncateVsExit,
  windowReal,
  windowProbe,
];

/** The scenario with this id, if there is one. */
export function scenarioById(id: string): Scenario | undefined {
  return SCENARIOS.find((s) => s.id === id);
}
