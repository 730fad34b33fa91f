import { type Kernel, type Mapping, mmgetNotZero, mmput, probe } from "../mm/index.ts";
import { forking } from "./fork-fails.ts";
import { kill } from "./fork-vs-reaper.ts";
import type { Scenario } from "./scenario.ts";
import { describeLayout, type ForkLayout, type ForkWorld, forkWorld, kernelFor, settle } from "./world.ts";

const LAYOUT: ForkLayout = { file: "first", others: ["probe", "kill"] };

/** A failing fork against a visitor no kernel has: what the next such visitor would meet. */
export const forkVsProbe: Scenario = {
  id: "fork-vs-probe",
  title: "a hypothetical visitor walks whatever it can lock",
  story:
    "A visitor finds the child's first VMA through its file, takes a user of its mm if it can, locks the mm for " +
    "reading and walks the tree, without looking at any flag. No kernel has exactly this visitor; uprobe registration " +
    "and swapoff came close. It shows whether the window of a failed fork is closed or only avoided.",
  seed: "001",
  catalogue: "16",
  hypothetical: true,
  faults: 1,
  failures: "any",
  witnesses: ["a fork failed", "the probe walks child"],
  program: (input) => ({
    name: "fork-vs-probe",
    machine: () => kernelFor(input),
    setup: (k) => forkWorld(k, input, LAYOUT),
    tasks: (k, state) => {
      const world = state as ForkWorld;
      return [
        { name: "fork", run: () => forking(k, world) },
        { name: "probe", run: () => probing(k, world) },
        { name: "kill", run: () => kill(k, 0) },
      ];
    },
    after: (k, state) => settle(k, state as ForkWorld),
    leaks: true,
    witnesses: forkVsProbe.witnesses,
  }),
  layout: (input) => describeLayout(input, LAYOUT),
};

/** From the file to the mm of the newest VMA that is not the parent's, as uprobe registration finds its mms. */
function* probing(k: Kernel, world: ForkWorld): Generator<void, void, void> {
  const mapping: Mapping = k.aside(() => world.mm.tree.find(world.areas[0]!.start)!.file!.mapping);
  if (k.readLock(mapping.rwsem, "probe")) yield;
  const vma = mapping.vmas.items().find((candidate) => candidate.mm !== world.mm);
  if (vma === undefined) {
    if (k.readUnlock(mapping.rwsem, "probe")) yield;
    return;
  }
  const mm = vma.mm;
  if (mmgetNotZero(k, mm, "probe")) yield;
  const got = k.result !== 0;
  if (k.readUnlock(mapping.rwsem, "probe")) yield;
  if (!got) return;
  yield* probe(k, mm);
  yield* mmput(k, mm, "probe");
}
