/** Two walkers in one tree: neither may lean on where the other stands. */
import { expect, test } from "vitest";
import { explore, type Program } from "../../src/check/index.ts";
import {
  type AreaSpec,
  designsFor,
  isDesignProblem,
  Kernel,
  layOut,
  readProcMaps,
  swapOutPage,
  swapoff,
  type TaskStruct,
} from "../../src/mm/index.ts";

const AREAS: readonly AreaSpec[] = [0x10, 0x20, 0x30].map((start) => ({
  start,
  end: start + 1,
  perms: "rw-p",
  name: `area ${start.toString(16)}`,
  written: [start],
}));

test("swapoff and a reader of /proc/PID/maps walk the same areas, each to its end", () => {
  const designs = designsFor("6.12");
  if (isDesignProblem(designs)) throw new Error(designs.problem);
  const program: Program<TaskStruct, Kernel> = {
    name: "two walkers",
    machine: () => new Kernel(designs, "any"),
    setup: (k) => {
      const mm = layOut(k, "process", AREAS);
      swapOutPage(k, mm, 0x10);
      swapOutPage(k, mm, 0x30);
      const task = k.newTask("swapoff", mm);
      k.newTask("maps", null);
      return task;
    },
    tasks: (k, task) => [
      { name: "swapoff", run: () => swapoff(k) },
      {
        name: "maps",
        *run() {
          const seen = yield* readProcMaps(k, task);
          k.assert(seen?.map(([start]) => start).join() === "16,32,48", "the reader sees every area once");
        },
      },
    ],
    after: (k) => k.assert(k.swap.inuse.value === 0, "swapoff leaves no slot in use"),
    leaks: true,
  };
  const exploration = explore(program, { faults: 0 });
  while (exploration.slice(1000));
  const result = exploration.result();
  expect(result.findings).toEqual([]);
  expect(result.verdict).toBe("holds");
  expect(result.executions).toBeGreaterThan(1);
});
