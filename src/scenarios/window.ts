/**
 * The class behind several bugs: between unlocking a half-copied child and tearing it down, others can lock it.
 *
 *     window-real    the visitors that exist and look into the tree: swapoff, and registration of uprobes
 *     window-probe   one that no kernel has, with no check at all
 */
import { type Kernel, swapoff } from "../mm/index.ts";
import { forking } from "./fork-fails.ts";
import { forkVsProbe } from "./fork-vs-probe.ts";
import { registering } from "./fork-vs-uprobe.ts";
import type { Scenario } from "./scenario.ts";
import { describeLayout, type ForkLayout, type ForkWorld, forkWorld, kernelFor, settle } from "./world.ts";

const LAYOUT: ForkLayout = {
  text: true,
  swapped: true,
  dataUntouched: true,
  signalsFromOutside: true,
  others: ["visitors"],
};

/** All visitors that exist. */
export const windowReal: Scenario = {
  id: "window-real",
  title: "everybody who can get into a half-copied child and looks into its tree",
  story:
    "A fork fails, or is killed, behind the first swap entry and the first mapped file. swapoff comes to the child through the " +
    "list of mms, registration of a uprobe through the file, and both look into its tree. From 6.18 on each of them is " +
    "kept out by a check of its own or by the fork; from 7.0 on there is nothing left to meet.",
  seed: "001",
  catalogue: "16",
  faults: 1,
  failures: "realistic",
  witnesses: ["a fork failed", "swapoff walks child", "uprobe registration reaches child"],
  program: (input) => ({
    name: "window-real",
    machine: () => kernelFor(input),
    setup: (k) => {
      k.uprobesPossible = true;
      return forkWorld(k, input, LAYOUT);
    },
    tasks: (k, state) => {
      const world = state as ForkWorld;
      return [
        { name: "fork", run: () => forking(k, world) },
        { name: "visitors", run: () => visiting(k, world) },
      ];
    },
    after: (k, state) => settle(k, state as ForkWorld),
    leaks: true,
    witnesses: windowReal.witnesses,
  }),
  layout: (input) => describeLayout(input, LAYOUT),
};

/** One after the other: what they do to each other is not the question. */
function* visiting(k: Kernel, world: ForkWorld): Generator<void, void, void> {
  yield* registering(k, world);
  yield* swapoff(k);
}

/** The same visitor as in `fork-vs-probe`: the row of the catalogue by its own name. */
export const windowProbe: Scenario = {
  ...forkVsProbe,
  id: "window-probe",
  title: "a visitor without any check: is the window closed, or only avoided?",
  catalogue: "16",
  program: (input) => ({ ...forkVsProbe.program(input), name: "window-probe" }),
};
