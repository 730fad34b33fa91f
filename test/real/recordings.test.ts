/** Recorded programs run again on the kernel of this machine: executor and recording must agree step by step. */
import { describe, expect, test } from "vitest";
import { ownLines, type Program, type RecordedStep, rebase, resultName } from "../../src/real/index.ts";
import { isRelease, live, recording, skip } from "./world.ts";

const kernel = await live();
if (kernel !== undefined && !isRelease(kernel, "6.18")) {
  skip(`the recordings are of 6.18, this is ${kernel.machine.kernel}: other kernels answer differently`);
}
const { machine } = kernel ?? {};
const same =
  kernel !== undefined &&
  isRelease(kernel, "6.18") &&
  machine!.thp === "madvise" &&
  machine!.thpShmem === "never" &&
  machine!.overcommit === 0 &&
  machine!.uid === 0 &&
  machine!.fileSystem === "ef53";
if (kernel !== undefined && isRelease(kernel, "6.18") && !same) {
  skip(
    "this machine is set differently from the one of the recordings (huge pages, overcommit, user or file system)",
  );
}

const EFAULT = -14;
/** Recordings tell the signal, the executor only that there would be one. */
const SIGNALS = [-11001, -11002, -7002];

/** Steps whose answers differ from the recorded ones, in words. */
async function differences(program: Program<RecordedStep>): Promise<string[]> {
  const { outcomes, end } = await kernel!.run(program);
  const found: string[] = end.kind === "done" ? [] : [JSON.stringify(end)];
  const maps = new Map<number, readonly string[]>();
  for (const [index, step] of program.steps.entries()) {
    const got = outcomes[index]!;
    const wanted = SIGNALS.includes(step.result) ? EFAULT : step.result;
    const where = `program ${program.seq} step ${index + 1}, ${step.call}`;
    if (got.result !== wanted)
      found.push(`${where}: ${resultName(got.result)}, recorded ${resultName(wanted)}`);
    if (step.maps !== undefined && step.call !== "final") maps.set(step.process, step.maps);
    const lines = step.call === "final" ? step.maps : maps.get(step.process);
    const own = ownLines(got.maps!, kernel!.layout).map((line) =>
      line.replace(" file16m", " /srv/demo/bigfile"),
    );
    if (lines !== undefined && own.join("\n") !== lines.join("\n"))
      found.push(`${where}: maps ${own.join("; ")}, recorded ${lines.join("; ")}`);
  }
  return found;
}

describe.skipIf(!same)("recordings of 6.18", () => {
  for (const name of ["ops-6.18-basic.jsonl.gz", "ops-6.18-all.jsonl.gz"]) {
    test(`${name}: every result, every line of maps, every VmFlags`, async () => {
      const { header, programs } = recording(name);
      expect(programs.length).toBeGreaterThan(30);
      const found: string[] = [];
      for (const program of programs) {
        found.push(...(await differences(rebase(program, header, { ...machine!, layout: kernel!.layout }))));
      }
      expect(found).toEqual([]);
    });
  }

  test("a recording with one changed line or result does not pass", async () => {
    const { header, programs } = recording("ops-6.18-basic.jsonl.gz");
    const program = rebase(programs[0]!, header, { ...machine!, layout: kernel!.layout });
    const withMaps = program.steps.findIndex((step) => (step.maps?.length ?? 0) > 0);
    const change = (step: Partial<RecordedStep>): Program<RecordedStep> => ({
      ...program,
      steps: program.steps.map((old, index) => (index === withMaps ? { ...old, ...step } : old)),
    });
    expect(await differences(program)).toEqual([]);
    expect((await differences(change({ result: -1 }))).length).toBe(1);
    expect((await differences(change({ maps: [] }))).length).toBeGreaterThan(0);
  });
});
