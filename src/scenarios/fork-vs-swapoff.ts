import { layOut, swapOutPage, swapoff } from "../mm/index.ts";
import { forking } from "./fork-fails.ts";
import type { Scenario } from "./scenario.ts";
import {
  describeLayout,
  type ForkLayout,
  type ForkWorld,
  forkWorld,
  kernelFor,
  settle,
  smallestAreas,
} from "./world.ts";

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

const TWO_DEVICES: ForkLayout = { ...LAYOUT, swapped: false };

/** The same where the parent has nothing on the device that goes, but on another one. */
export const forkVsSwapoffTwo: Scenario = {
  id: "fork-vs-swapoff-two",
  title: "swapoff of one device meets a half-copied child that is on its list because of another",
  story:
    "There are two swap devices. The parent has a page on one of them, a bystander on the other, and that one is taken out of use. The parent " +
    "has nothing there, so swapoff is done with it at once; then fork() puts the child on the list, behind it. swapoff " +
    "takes a user of the child and waits for its lock, which the fork holds until it has failed.",
  seed: "001",
  catalogue: "13",
  faults: 1,
  failures: "realistic",
  witnesses: ["a fork failed", "swapoff walks child"],
  program: (input) => ({
    name: "fork-vs-swapoff-two",
    machine: () => kernelFor(input),
    setup: (k): ForkWorld => {
      const other = layOut(k, "bystander", smallestAreas({}, false).slice(0, 1));
      swapOutPage(k, other, BYSTANDERS_PAGE);
      const world = forkWorld(k, input, TWO_DEVICES);
      swapOutPage(k, world.mm, world.written[0]!, k.otherSwap);
      return { ...world, bystanders: [k.newTask("bystander", other)] };
    },
    tasks: (k, state) => {
      const world = state as ForkWorld;
      return [
        { name: "fork", run: () => forking(k, world) },
        { name: "swapoff", run: () => swapoff(k) },
      ];
    },
    after: (k, state) => settle(k, state as ForkWorld),
    leaks: true,
    witnesses: forkVsSwapoffTwo.witnesses,
  }),
  layout: (input) =>
    `${describeLayout(input, TWO_DEVICES)}, the page of [heap] on another swap device; a bystander with a page on the one that goes`,
};

/** The one page of the bystander. */
const BYSTANDERS_PAGE = 0x10;
