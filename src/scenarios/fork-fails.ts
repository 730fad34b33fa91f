import { copyProcess, type Kernel } from "../mm/index.ts";
import type { Scenario } from "./scenario.ts";
import { describeLayout, type ForkLayout, type ForkWorld, forkWorld, kernelFor, settle } from "./world.ts";

const LAYOUT: ForkLayout = { file: "last", dontCopy: true, signalsFromOutside: true };

/** fork() alone: any of its allocations may fail. */
export const forkFails: Scenario = {
  id: "fork-fails",
  title: "a failing fork cleans up after itself",
  story:
    "A process forks and one of the allocations of the fork fails, any one, or a fatal signal comes. Nobody else is there. The half-copied " +
    "address space must be given up without a leak, without touching what was never set up, and the parent must be as " +
    "it was.",
  seed: "000",
  faults: 1,
  failures: "any",
  takesImage: true,
  witnesses: ["a fork succeeded", "a fork failed"],
  program: (input) => ({
    name: "fork-fails",
    machine: () => kernelFor(input),
    setup: (k) => forkWorld(k, input, LAYOUT),
    tasks: (k, state) => {
      const world = state as ForkWorld;
      return [{ name: "fork", run: () => forking(k, world) }];
    },
    after: (k, state) => settle(k, state as ForkWorld),
    leaks: true,
    witnesses: forkFails.witnesses,
  }),
  layout: (input) => describeLayout(input, LAYOUT),
};

/** The forking task of most scenarios. */
export function* forking(k: Kernel, world: ForkWorld): Generator<void, number, void> {
  const error = yield* copyProcess(k, world.parent, world.child, "child");
  k.witness(error === 0 ? "a fork succeeded" : "a fork failed");
  return error;
}
