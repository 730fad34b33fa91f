import { exitMm, type Kernel, mmput, oomKill, oomReaper, putTaskStruct } from "../mm/index.ts";
import { forking } from "./fork-fails.ts";
import type { Scenario } from "./scenario.ts";
import { describeLayout, type ForkLayout, type ForkWorld, forkWorld, kernelFor, settle } from "./world.ts";

const LAYOUT: ForkLayout = { others: ["oom", "reaper"] };

/** A failing fork against the OOM killer: they meet the parent only. */
export const forkVsReaper: Scenario = {
  id: "fork-vs-reaper",
  title: "the OOM reaper meets a forking victim",
  story:
    "The OOM killer picks the forking process while it forks; the reaper then zaps its memory. The half-copied child " +
    "is reachable through no task, so killer and reaper only ever meet the parent. The fork fails or is cut short by " +
    "the signal, and the victim exits.",
  seed: "000",
  faults: 1,
  failures: "any",
  witnesses: ["a fork failed", "the reaper reaps parent"],
  program: (input) => ({
    name: "fork-vs-reaper",
    machine: () => kernelFor(input),
    setup: (k) => {
      k.oomPossible = true;
      return forkWorld(k, input, LAYOUT);
    },
    tasks: (k, state) => {
      const world = state as ForkWorld;
      return [
        { name: "fork", run: () => forkThenDie(k, world) },
        { name: "oom", run: () => oomKill(k, world.parent) },
        { name: "reaper", run: () => oomReaper(k), daemon: true },
      ];
    },
    after: (k, state) => {
      neverReached(k, "the reaper reaps child");
      settle(k, state as ForkWorld);
    },
    leaks: true,
    witnesses: forkVsReaper.witnesses,
  }),
  layout: (input) => describeLayout(input, LAYOUT),
};

/** The victim forks, returns to user space, takes the signal and exits. */
function* forkThenDie(k: Kernel, world: ForkWorld): Generator<void, void, void> {
  yield* forking(k, world);
  if (k.signalPending("get_signal")) yield;
  if (k.result === 0) return;
  const mm = yield* exitMm(k, world.parent);
  if (mm !== null) yield* mmput(k, mm, "exit_mm");
  yield* putTaskStruct(k, world.parent);
}

/** kill -9 of a task, at any time. */
export function* kill(k: Kernel, task: number): Generator<void, void, void> {
  if (k.signal(task, "kill")) yield;
}

/** States that a visitor never got to a half-copied child. */
export function neverReached(k: Kernel, witness: string): void {
  k.assert(
    !k.witnessed.has(witness),
    `${witness}: a child that is not finished must not be reachable this way`,
  );
}
