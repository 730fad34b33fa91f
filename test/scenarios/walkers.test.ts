/** Two walkers in one tree: neither may lean on where the other stands. */
import { expect, test } from "vitest";
import {
  type AreaSpec,
  designsFor,
  isDesignProblem,
  Kernel,
  layOut,
  readProcMaps,
  swapOutPage,
  swapoff,
} from "../../src/mm/index.ts";
import type { Driver } from "../../src/sched/index.ts";

const AREAS: readonly AreaSpec[] = [0x10, 0x20, 0x30].map((start) => ({
  start,
  end: start + 1,
  perms: "rw-p",
  name: `area ${start.toString(16)}`,
  written: [start],
}));

/** Runs the first task for so many steps, then the second to its end, then whoever is left. */
function takingTurnsAfter(steps: number): Driver {
  let taken = 0;
  return {
    pick: (_machine, enabled) => {
      const first = (enabled & 1) !== 0;
      const second = (enabled & 2) !== 0;
      if (first && (taken < steps || !second)) {
        taken++;
        return 0;
      }
      return second ? 1 : -1;
    },
    choose: () => 0,
  };
}

test("swapoff and a reader of /proc/PID/maps walk the same areas, each to its end, wherever one overtakes the other", () => {
  const designs = designsFor("6.12");
  if (isDesignProblem(designs)) throw new Error(designs.problem);
  // The two only read what they share: an explorer needs one order. What a walk must not lean on shows in all of them.
  for (let steps = 0; steps < 60; steps++) {
    const k = new Kernel(designs, "any");
    const mm = layOut(k, "process", AREAS);
    swapOutPage(k, mm, 0x10);
    swapOutPage(k, mm, 0x30);
    const task = k.newTask("swapoff", mm);
    k.newTask("maps", null);
    k.mark();
    let seen: readonly (readonly [number, number])[] | null = null;
    const end = k.run(
      [
        { name: "swapoff", run: () => swapoff(k) },
        {
          name: "maps",
          *run() {
            seen = yield* readProcMaps(k, task);
          },
        },
      ],
      takingTurnsAfter(steps),
      -1,
    );
    expect(end, `the reader comes after ${steps} steps`).toBe("done");
    expect(seen).toEqual([
      [0x10, 0x11],
      [0x20, 0x21],
      [0x30, 0x31],
    ]);
    expect(k.findings).toEqual([]);
    expect(k.swap.inuse.value).toBe(0);
  }
});
