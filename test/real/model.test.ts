/** The model against the kernel of this machine, on random programs. */
import { describe, expect, test } from "vitest";
import { conform, forkEnomemProgram, modelFor } from "../../src/real/index.ts";
import { isRelease, live, skip } from "./world.ts";

const kernel = await live();
const comparable = kernel !== undefined && isRelease(kernel, "6.18");
if (kernel !== undefined && !comparable) skip(`the model is of 6.18, this is ${kernel.machine.kernel}`);

describe.skipIf(!comparable)("the model of 6.18", () => {
  test("answers as the live kernel: results, maps after every call, VmFlags, bytes read", async () => {
    const result = await conform({ live: kernel!, model: modelFor(kernel!), calls: 6000 });
    expect(result.mismatches.map(({ text }) => text.join("\n"))).toEqual([]);
    expect(result.calls).toBeGreaterThanOrEqual(6000);
    expect(result.compared.flags).toBeGreaterThan(100);
    expect(result.compared.bytes).toBeGreaterThan(100);
    expect(result.interruptions).toEqual([]);
  }, 60_000);

  test("refuses the fork that the live kernel refuses, and allows it after the split", async () => {
    const result = await conform({
      live: kernel!,
      model: modelFor(kernel!),
      programs: [forkEnomemProgram(kernel!.machine)],
    });
    expect(result.mismatches.map(({ text }) => text.join("\n"))).toEqual([]);
    expect(result.mix.find(({ call }) => call === "fork")).toMatchObject({ made: 2, succeeded: 1 });
  });
});
