import { swapoff } from "../mm/index.ts";
import { forking } from "./fork-fails.ts";
import type { Scenario } from "./scenario.ts";
import { describeLayout, type ForkLayout, type ForkWorld, forkWorld, kernelFor, settle } from "./world.ts";

const LAYOUT: ForkLayout = {
  swapped: true,
  dataUntouched: true,
  signalsFromOutside: true,
  others: ["swapoff"],
};

/** A failing fork against swapoff: the 2025 crash. */
export const forkVsSwapoff: Scenario = {
  id: "fork-vs-swapoff",
  title: "swapoff meets a half-copied child",
  story:
    "One page of the parent is in swap. fork() copies the swap entry, which puts the child on the list of mms that " +
    "swapoff walks; then an allocation fails or a fatal signal arrives. Between unlocking the child and tearing it " +
    "down, swapoff can take a user of the child and walk its tree.",
  seed: "001",
  catalogue: "13",
  faults: 1,
  failures: "realistic",
  takesImage: true,
  witnesses: ["a fork failed", "swapoff walks child"],
  program: (input) => ({
    name: "fork-vs-swapoff",
    machine: () => kernelFor(input),
    setup: (k) => forkWorld(k, input, LAYOUT),
    tasks: (k, state) => {
      const world = state as ForkWorld;
      return [
        { name: "fork", run: () => forking(k, world) },
        { name: "swapoff", run: () => swapoff(k) },
      ];
    },
    after: (k, state) => settle(k, state as ForkWorld),
    leaks: true,
    witnesses: forkVsSwapoff.witnesses,
  }),
  layout: (input) => describeLayout(input, LAYOUT),
};
