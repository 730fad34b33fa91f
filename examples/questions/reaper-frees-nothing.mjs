// How often does the OOM reaper free nothing, under each way of keeping it out of exit_mmap()?
//
//     node examples/questions/reaper-frees-nothing.mjs
//
// Explores `exit-vs-reaper` with each variant of `exit.reaperSync` and counts, among the executions (each stands for all orders
// that differ in nothing that matters), those in which the reaper dropped no page at all. That is no probability: an
// execution that is rare on a real machine counts as much as a common one. It compares designs on the same set of stories.

import { explore } from "interleaf/check";
import { designsFor, isDesignProblem } from "interleaf/mm";
import { scenarioById } from "interleaf/scenarios";

/**
 * Kernel, what is replaced, and what the design is known as.
 * @type {readonly (readonly [string, readonly string[], string])[]}
 */
const DESIGNS = [
  ["4.13", [], "users: the reaper holds a user of the mm"],
  ["4.14", [], "currentVictim: exit waits if the exiting task is a victim"],
  ["4.14", ["exit.reaperSync=twoFlags"], "twoFlags: the proposal of December 2017"],
  ["4.15", [], "mmVictim: the merged fix"],
  ["4.19", [], "selfReap: exit reaps first"],
  ["6.0", [], "selfReapWriteLock"],
  ["6.1", [], "readThenSkipThenWrite: exit and reaper side by side"],
];

/** In this run, pages that this task dropped behind the flush of a zap. */
const dropped = (machine, name) => {
  const task = machine.taskNames.indexOf(name);
  let pages = 0;
  for (let i = 0; i < machine.log.length; i++)
    if (machine.log.task[i] === task && machine.log.site[i] === "tlb_finish_mmu") pages++;
  return pages;
};

const scenario = scenarioById("exit-vs-reaper");
console.log("kernel  executions  reaper came  freed nothing  design");
for (const [kernel, replacing, name] of DESIGNS) {
  const designs = designsFor(kernel, replacing);
  if (isDesignProblem(designs)) throw new Error(designs.problem);
  const program = scenario.program({ designs, failures: scenario.failures });
  let came = 0;
  let nothing = 0;
  const exploration = explore(
    {
      ...program,
      after(machine, state) {
        const reaper = machine.taskNames.indexOf("reaper");
        if (machine.log.task.subarray(0, machine.log.length).includes(reaper)) {
          came++;
          if (dropped(machine, "reaper") === 0) nothing++;
        }
        program.after(machine, state);
      },
    },
    { faults: scenario.faults },
  );
  while (exploration.slice(1000));
  const { executions, verdict } = exploration.result();
  const share = came === 0 ? "" : ` (${Math.round((100 * nothing) / came)} %)`;
  const columns = [kernel.padEnd(6), String(executions).padStart(10), String(came).padStart(11)];
  console.log(
    `${columns.join("  ")}  ${`${nothing}${share}`.padStart(13)}  ${name}${verdict === "holds" ? "" : `; ${verdict}`}`,
  );
}
