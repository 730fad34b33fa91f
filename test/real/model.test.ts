/** The model against the kernel of this machine, on random programs. */
import { describe, expect, test } from "vitest";
import {
  conform,
  forkEnomemProgram,
  generate,
  groundOf,
  type LiveKernel,
  modelFor,
  type Program,
  type Step,
} from "../../src/real/index.ts";
import { isRelease, live, skip } from "./world.ts";

const kernel = await live();
const comparable = kernel !== undefined && isRelease(kernel, "6.18");
if (kernel !== undefined && !comparable) skip(`the model is of 6.18, this is ${kernel.machine.kernel}`);

const GUARDS = [102, 103];

/**
 * Where model and kernel are known to part still, left out here and nowhere else: guard regions, lengths beyond user
 * space, a soft limit of no data at all, cutting a special mapping in two.
 */
function isHeld(step: Step, topStart: number): boolean {
  const [first = 0, second = 0] = step.args;
  if (step.call === "madvise" && GUARDS.includes(Number(step.args[2]))) return false;
  if (step.call === "setrlimit") return Number(first) !== 2 || Number(second) > 1;
  if (step.args.some((argument) => typeof argument !== "string" && argument >= topStart)) return false;
  const reaches = (at: number, bytes: number) => at < topStart && at + bytes > topStart;
  if (step.call === "mremap" && reaches(Number(step.args[4] ?? 0), Number(step.args[2]))) return false;
  return !reaches(Number(first), Number(second));
}

function programs(live: LiveKernel, seed: number, count: number): Program[] {
  const ground = groundOf(live);
  const without = modelFor(live).unmodelled ?? [];
  return Array.from({ length: count }, (_, n) => {
    const program = generate(seed + n, ground, { without });
    return { ...program, steps: program.steps.filter((step) => isHeld(step, ground.topStart)) };
  });
}

describe.skipIf(!comparable)("the model of 6.18", () => {
  test("answers as the live kernel: results, maps after every call, VmFlags, bytes read", async () => {
    const result = await conform({
      live: kernel!,
      model: modelFor(kernel!),
      programs: programs(kernel!, 1, 100),
    });
    expect(result.mismatches.map(({ text }) => text.join("\n"))).toEqual([]);
    expect(result.calls).toBeGreaterThan(4000);
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
