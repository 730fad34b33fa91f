/** fork() refused for one large area, on the kernel of this machine, and cured by one split. */
import { expect, test } from "vitest";
import { forkEnomemProgram } from "../../src/real/index.ts";
import { live, skip } from "./world.ts";

const kernel = await live();
const guessing = kernel?.machine.overcommit === 0;
if (kernel !== undefined && !guessing) skip("vm.overcommit_memory is not 0: fork is refused by another rule");

test.skipIf(!guessing)(
  "two areas that merge beyond all memory make fork fail; one mprotect cures it",
  async () => {
    const program = forkEnomemProgram(kernel!.machine);
    const { outcomes, end } = await kernel!.run(program);
    expect(end).toEqual({ kind: "done" });
    const [first, second] = program.steps.map((step) => step.args[0]);
    expect(outcomes.map((outcome) => outcome.result)).toEqual([first, second, -12, 0, 0]);
    const own = (at: number) => outcomes[at]!.maps!.filter((line) => line.startsWith("6"));
    expect([own(1).length, own(2).length, own(3).length]).toEqual([1, 1, 3]);
    // A refused fork leaves the parent as it was.
    expect(own(2)).toEqual(own(1));
  },
);
