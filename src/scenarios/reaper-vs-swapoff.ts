import type { Program } from "../check/index.ts";
import {
  doExit,
  type Kernel,
  layOut,
  type Mm,
  oomKill,
  oomReaper,
  swapOutPage,
  swapoff,
  type TaskStruct,
} from "../mm/index.ts";
import type { Scenario, ScenarioInput } from "./scenario.ts";
import { checkBooks, kernelFor, letGo, smallestAreas } from "./world.ts";

interface ReapedWorld {
  readonly victim: TaskStruct;
  readonly mm: Mm;
}

function areasOf(input: ScenarioInput) {
  const areas = smallestAreas({}, false);
  return input.larger ? areas : areas.slice(0, 1);
}

function layoutOf(input: ScenarioInput): string {
  const { length } = areasOf(input);
  return `a process with ${length === 1 ? "one area, its page swapped out" : `${length} areas, a page of each swapped out, the first still in the swap cache`}`;
}

function reapedWorld(k: Kernel, input: ScenarioInput): ReapedWorld {
  k.oomPossible = true;
  const areas = areasOf(input);
  const mm = layOut(k, "victim", areas);
  for (const [n, area] of areas.entries()) swapOutPage(k, mm, area.written![0]!, k.swap, n === 0);
  const victim = k.newTask("victim", mm);
  for (const name of ["oom", "reaper", "swapoff"]) k.newTask(name, null);
  return { victim, mm };
}

function reapedProgram(
  name: string,
  witnesses: readonly string[],
  input: ScenarioInput,
  notifiers: boolean,
): Program<unknown, Kernel> {
  return {
    name,
    machine: () => kernelFor(input),
    setup: (k) => {
      const world = reapedWorld(k, input);
      world.mm.hasNotifiers = notifiers;
      k.init(world.mm.notifiers, notifiers ? 1 : 0);
      return world;
    },
    tasks: (k, state) => {
      const { victim } = state as ReapedWorld;
      return [
        { name: "victim", run: () => doExit(k, victim) },
        { name: "oom", run: () => oomKill(k, victim) },
        { name: "reaper", run: () => oomReaper(k), daemon: true },
        { name: "swapoff", run: () => swapoff(k) },
      ];
    },
    after: (k, state) => {
      checkBooks(k, "all tasks have ended");
      letGo(k, [(state as ReapedWorld).victim]);
    },
    leaks: true,
    witnesses,
  };
}

/** The OOM reaper and swapoff in the same address space, both with the read lock. */
export const reaperVsSwapoff: Scenario = {
  id: "reaper-vs-swapoff",
  title: "swapoff walks an address space that is being reaped",
  story:
    "An OOM victim has a page in swap. The reaper zaps its memory under the read lock, and swapoff, under the same read " +
    "lock, brings its page back: the reaper may free the slot that swapoff has just looked at, or zap the page that " +
    "swapoff has just put in. Meanwhile the victim exits, and swapoff may be the last user of its mm.",
  seed: "000",
  faults: 0,
  failures: "realistic",
  witnesses: ["the reaper reaps victim", "swapoff walks victim", "swapoff tears victim down"],
  program: (input) => reapedProgram("reaper-vs-swapoff", reaperVsSwapoff.witnesses, input, false),
  layout: (input) => layoutOf(input),
};

/** The same where an mmu notifier may refuse the reaper. */
export const reaperRefused: Scenario = {
  id: "reaper-refused",
  title: "a notifier refuses the reaper, and swapoff walks what was not reaped",
  story:
    "Somebody subscribed to changes of the victim's address space (a virtual machine's page tables, say). The reaper must not " +
    "block, so the notifier may refuse it: the area is left as it is, in an address space already flagged as unstable, " +
    "and the attempt is repeated. Meanwhile swapoff may walk it, and the victim exits.",
  seed: "000",
  catalogue: "5",
  faults: 1,
  failures: "realistic",
  witnesses: ["a notifier refuses the reaper in victim", "swapoff walks victim"],
  notApplicable: (designs) =>
    designs.oomNotifier.asks ? undefined : "the reaper of this kernel asks no notifier",
  program: (input) => reapedProgram("reaper-refused", reaperRefused.witnesses, input, true),
  layout: (input) => `${layoutOf(input)}; one mmu notifier`,
};
