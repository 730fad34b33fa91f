import { type Kernel, type Page, pageAt, swapOut, unmapMappingRange } from "../mm/index.ts";
import { forking } from "./fork-fails.ts";
import type { Scenario } from "./scenario.ts";
import { describeLayout, type ForkLayout, type ForkWorld, forkWorld, kernelFor, settle } from "./world.ts";

const LAYOUT: ForkLayout = { file: "last", others: ["reclaim", "truncate"] };

interface RmapWorld extends ForkWorld {
  /** The parent's heap page, which reclaim swaps out. */
  readonly page: Page;
}

/** A failing fork against the walkers that reach child VMAs through rmap: legal, and safe. */
export const forkVsRmap: Scenario = {
  id: "fork-vs-rmap",
  title: "reclaim and truncate reach a half-copied child through rmap",
  story:
    "As soon as a VMA of the child is linked, reclaim (through the page's anon_vma) and truncation (through the file) " +
    "reach it, although the fork is not finished and may fail. They go through vma->vm_mm to the page tables and never " +
    "look at the child's tree; links go before tables at the teardown.",
  seed: "000",
  faults: 1,
  failures: "any",
  witnesses: ["a fork failed", "rmap walks child", "truncate walks child"],
  program: (input) => ({
    name: "fork-vs-rmap",
    machine: () => kernelFor(input),
    setup: (k): RmapWorld => {
      const world = forkWorld(k, input, LAYOUT);
      return { ...world, page: pageAt(k, world.mm, world.written[0]!)! };
    },
    tasks: (k, state) => {
      const world = state as RmapWorld;
      return [
        { name: "fork", run: () => forking(k, world) },
        { name: "reclaim", run: () => swapOut(k, world.page) },
        { name: "truncate", run: () => truncating(k, world) },
      ];
    },
    after: (k, state) => settle(k, state as ForkWorld),
    leaks: true,
    witnesses: forkVsRmap.witnesses,
  }),
  layout: (input) => describeLayout(input, LAYOUT),
};

function* truncating(k: Kernel, world: RmapWorld): Generator<void, void, void> {
  const file = k.aside(
    () => world.mm.tree.find(world.areas.find((area) => area.file !== undefined)!.start)!.file!,
  );
  yield* unmapMappingRange(k, file.mapping);
}
