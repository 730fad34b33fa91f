import { type Kernel, registerForEachVma } from "../mm/index.ts";
import { forking } from "./fork-fails.ts";
import type { Scenario } from "./scenario.ts";
import { describeLayout, type ForkLayout, type ForkWorld, forkWorld, kernelFor, settle } from "./world.ts";

const LAYOUT: ForkLayout = { text: true, others: ["uprobe"] };

/** A failing fork against the first visitor that met the marker. */
export const forkVsUprobe: Scenario = {
  id: "fork-vs-uprobe",
  title: "a uprobe is registered while a fork of its program fails",
  story:
    "Somebody registers a uprobe in a program. The registration goes from the file to every address space that maps it, " +
    "a half-copied child included, and installs a breakpoint: a private copy of the page, for which the VMA needs an " +
    "anon_vma, perhaps its neighbour's. Forks keep registrations out while they copy. The question is for how long.",
  seed: "001",
  catalogue: "14, 15",
  faults: 1,
  failures: "any",
  witnesses: [
    "a fork failed",
    "a fork succeeded",
    "uprobe registration reaches child",
    "a breakpoint is installed",
  ],
  program: (input) => ({
    name: "fork-vs-uprobe",
    machine: () => kernelFor(input),
    setup: (k) => {
      k.uprobesPossible = true;
      return forkWorld(k, input, LAYOUT);
    },
    tasks: (k, state) => {
      const world = state as ForkWorld;
      return [
        { name: "fork", run: () => forking(k, world) },
        { name: "uprobe", run: () => registering(k, world) },
      ];
    },
    after: (k, state) => settle(k, state as ForkWorld),
    leaks: true,
    witnesses: forkVsUprobe.witnesses,
  }),
  layout: (input) => describeLayout(input, LAYOUT),
};

/** Registers a uprobe in the program that the process runs. */
export function* registering(k: Kernel, world: ForkWorld): Generator<void, void, void> {
  const mapping = k.aside(
    () => world.mm.tree.find(world.areas.find((area) => area.name === "text")!.start)!.file!.mapping,
  );
  yield* registerForEachVma(k, mapping, 0);
}
