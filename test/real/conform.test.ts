/** The comparison itself: the live kernel against the live kernel with a mistake built in. */
import { describe, expect, test } from "vitest";
import {
  type ConformResult,
  checkProgram,
  conform,
  generate,
  groundOf,
  type LiveKernel,
  type ModelUnderTest,
  type Outcome,
  type Program,
  printMix,
  readRecording,
  record,
  type Step,
  startLive,
  Unavailable,
  withoutFork,
  withoutSteps,
} from "../../src/real/index.ts";
import { live } from "./world.ts";

const kernel = await live();

/** A second executor, whose answers pass through `mistake`. */
async function wrong(
  mistake: (outcome: Outcome, step: Step, before: readonly Outcome[]) => Outcome,
  work: (model: ModelUnderTest) => Promise<void>,
): Promise<void> {
  const other = await startLive();
  if (other instanceof Unavailable) throw new Error(other.reason);
  try {
    await work({
      name: "a kernel with a mistake",
      run: async (program) => {
        const { outcomes } = await other.run(program);
        return outcomes.map((outcome, i) => mistake(outcome, program.steps[i]!, outcomes.slice(0, i)));
      },
    });
  } finally {
    await other.close();
  }
}

describe.skipIf(kernel === undefined)("conform", () => {
  const ground = () => groundOf(kernel as LiveKernel);

  test("a kernel agrees with itself, and says what was compared", async () => {
    await wrong(
      (outcome) => outcome,
      async (model) => {
        const result = await conform({ live: kernel!, model, calls: 3000, limitEvery: 0 });
        expect(result.mismatches).toEqual([]);
        expect(result.stopped).toBeUndefined();
        expect(result.calls).toBeGreaterThanOrEqual(3000);
        expect(result.compared.results).toBe(result.calls);
        // Processes that exit have no maps any more.
        const exits = result.mix.filter((row) => row.call.startsWith("exit"));
        expect(exits.length).toBe(2);
        expect(result.compared.maps).toBe(exits.reduce((rest, { made }) => rest - made, result.calls));
        expect(result.compared.counters).toBe(result.compared.flags);
        expect(result.compared.vectors).toBeGreaterThan(10);
        expect(result.compared.flags).toBeGreaterThan(result.programs);
        expect(result.compared.bytes).toBeGreaterThan(50);
      },
    );
  });

  test("a wrong result is found and shrunk to the two calls that show it", async () => {
    await wrong(
      // munlock of something locked: a mistake that needs something mapped before it.
      (outcome, step) =>
        step.call === "munlock" && outcome.result === 0 ? { ...outcome, result: -1 } : outcome,
      async (model) => {
        const { mismatches } = await conform({ live: kernel!, model, calls: 20_000, seed: 5, limitEvery: 0 });
        expect(mismatches.length).toBe(1);
        const [{ program, mismatch, text, recording }] = mismatches as [ConformResult["mismatches"][0]];
        expect(program.steps.map((step) => step.call)).toEqual([
          expect.stringMatching(/^(mmap|brk)$/),
          "munlock",
        ]);
        expect(mismatch).toMatchObject({ at: 1, what: "result" });
        expect(text.join("\n")).toMatch(/live kernel: 0\n {4}a kernel with a mistake: -EPERM/);
        // What is saved shows it again.
        const saved = readRecording(recording, "saved").programs;
        const again = await conform({ live: kernel!, model, programs: saved, shrinkBudget: 0 });
        expect(again.mismatches.length).toBe(1);
        expect(again.stopped).toBe("mismatch");
      },
    );
  });

  test("a wrong area is shown side by side, with the child that sees it", async () => {
    await wrong(
      // A child loses its areas that are not accessible.
      (outcome, step) =>
        step.process === 0 || outcome.maps === undefined || step.call === "final"
          ? outcome
          : { ...outcome, maps: outcome.maps.filter((line) => !line.includes(" ---p ")) },
      async (model) => {
        const { mismatches } = await conform({ live: kernel!, model, calls: 20_000, seed: 9, limitEvery: 0 });
        const [{ program, mismatch, text }] = mismatches as [ConformResult["mismatches"][0]];
        expect(mismatch.what).toBe("maps");
        expect(program.steps.length).toBeLessThanOrEqual(4);
        expect(program.steps.some((step) => step.call.endsWith("fork") || step.call === "share")).toBe(true);
        expect(text.filter((line) => line.startsWith("*")).length).toBe(1);
        expect(text.find((line) => line.startsWith("*"))).toMatch(/^\* 6?[0-9a-f-]+ ---p .*\|$/);
      },
    );
  });

  test("a known difference is counted and not reported", async () => {
    await wrong(
      (outcome, step) =>
        step.call === "mincore" && outcome.result === 0 ? { ...outcome, result: -1 } : outcome,
      async (model) => {
        const known = [
          {
            id: "mincore",
            reason: "built in by this test",
            applies: (_: unknown, step: Step) => step.call === "mincore",
          },
          { id: "never", reason: "never hit", applies: () => false },
        ];
        const result = await conform({ live: kernel!, model, calls: 2000, known, limitEvery: 0 });
        expect(result.mismatches).toEqual([]);
        expect(result.known.find(({ id }) => id === "mincore")!.hits).toBeGreaterThan(5);
        expect(result.known.find(({ id }) => id === "never")!.hits).toBe(0);
      },
    );
  });

  test("a model that stops answering is a mismatch, not an agreement", async () => {
    const program: Program = { seq: 1, steps: [{ process: 0, call: "brk", args: [0] }] };
    const result = await conform({
      live: kernel!,
      model: { name: "mute", run: () => [] },
      programs: [program],
    });
    expect(result.mismatches[0]!.mismatch.what).toBe("end");
  });

  test("a process that dies on the live kernel is told, and what it did before is compared", async () => {
    const kills: Program = {
      seq: 3,
      steps: [
        { process: 0, call: "brk", args: [0] },
        { process: 0, call: "munmap", args: [0x1000_6000, 0x1000] },
        { process: 0, call: "brk", args: [0] },
      ],
    };
    await wrong(
      (outcome) => outcome,
      async (model) => {
        const result = await conform({
          live: kernel!,
          model,
          programs: [kills, { ...kills, seq: 4, steps: kills.steps.slice(0, 1) }],
        });
        expect(result.interruptions).toEqual([
          { seq: 3, made: 1, message: "a process was killed by SIGSEGV" },
        ]);
        expect(result.mismatches).toEqual([]);
        expect([result.programs, result.calls]).toEqual([2, 2]);
      },
    );
  });

  test("an executor that is killed ends the run with what was done", async () => {
    const victim = await startLive();
    if (victim instanceof Unavailable) throw new Error(victim.reason);
    const model: ModelUnderTest = {
      name: "itself",
      run: async (program) => (await kernel!.run(program)).outcomes,
    };
    const result = await conform({
      live: victim,
      model,
      calls: 1_000_000,
      onProgress: ({ programs }) => {
        if (programs === 5) process.kill(victim.executor.pid!, "SIGKILL");
      },
    });
    await victim.close();
    expect(result.stopped).toBe("executor");
    expect(result.message).toMatch(/killed by SIGKILL.*program \d+ was not compared to its end/);
    expect(result.programs).toBeGreaterThanOrEqual(5);
    expect(result.calls).toBeGreaterThan(200);
    expect(result.mismatches).toEqual([]);
  });

  test("the mix: every call at least 1 % of the calls, at least 30 % of its calls successful", async () => {
    await wrong(
      (outcome) => outcome,
      async (model) => {
        const { mix, calls } = await conform({
          live: kernel!,
          model,
          calls: 20_000,
          seed: 1000,
          limitEvery: 0,
        });
        const text = printMix(mix).join("\n");
        expect(mix.length, text).toBeGreaterThanOrEqual(32);
        for (const { call, made, succeeded } of mix) {
          expect(made / calls, `${call} too rare:\n${text}`).toBeGreaterThan(0.01);
          expect(succeeded / made, `${call} fails too often:\n${text}`).toBeGreaterThan(0.3);
        }
      },
    );
  });

  test("programs come from their seed alone, and are possible", () => {
    for (let seed = 0; seed < 50; seed++) {
      const program = generate(seed, ground());
      expect(generate(seed, ground())).toEqual(program);
      expect(checkProgram(program.steps)).toBeUndefined();
    }
    expect(generate(1, ground())).not.toEqual(generate(2, ground()));
  });

  test("next to the map-count limit programs meet it", async () => {
    const results: number[] = [];
    for (let seed = 0; seed < 3; seed++) {
      const program = generate(seed, ground(), { atMapCountLimit: true, steps: 60 });
      const { outcomes, end } = await kernel!.run(program);
      expect(end).toEqual({ kind: "done" });
      expect(outcomes[0]!.result).toBe(0);
      results.push(...outcomes.slice(1).map((outcome) => outcome.result));
    }
    expect(results.filter((result) => result === -12).length).toBeGreaterThan(5);
  });

  test("a recording made here says the same when it is read and run again", async () => {
    const programs = [1, 2, 3].map((seed) => generate(seed, ground()));
    const lines: string[] = [];
    for await (const line of record(kernel!, programs)) lines.push(line);
    const { header, programs: recorded } = readRecording(lines.join("\n"), "recording");
    expect(header.layout).toEqual(kernel!.layout);
    const again: string[] = [];
    for await (const line of record(kernel!, recorded)) again.push(line);
    expect(again).toEqual(lines);
  });
});

describe("programs without some steps", () => {
  test("lose the processes that are then never made, and number the others anew", () => {
    const step = (process: number, call: Step["call"]): Step => ({ process, call, args: [] });
    const steps = [
      step(0, "fork"),
      step(1, "fork"),
      step(0, "fork"),
      step(2, "brk"),
      step(3, "brk"),
      step(0, "brk"),
    ];
    expect(withoutSteps(steps, 0, 1)).toEqual([step(0, "fork"), step(1, "brk"), step(0, "brk")]);
    expect(withoutSteps(steps, 1, 2)).toEqual([
      step(0, "fork"),
      step(0, "fork"),
      step(2, "brk"),
      step(0, "brk"),
    ]);
    expect(withoutSteps(steps, 3, 6)).toEqual(steps.slice(0, 3));
  });

  test("without a fork the parent does what the child did, but does not end with it", () => {
    const step = (process: number, call: Step["call"]): Step => ({ process, call, args: [] });
    const steps = [
      step(0, "fork"),
      step(0, "fork"),
      step(1, "munlockall"),
      step(1, "exit"),
      step(2, "brk"),
      step(0, "brk"),
    ];
    expect(withoutFork(steps, 0)).toEqual([
      step(0, "fork"),
      step(0, "munlockall"),
      step(1, "brk"),
      step(0, "brk"),
    ]);
    expect(checkProgram(withoutFork(steps, 0))).toBeUndefined();
  });
});
