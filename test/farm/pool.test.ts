import { describe, expect, it } from "vitest";
import { Interrupted, type Outcome, runJobs } from "../../src/farm/index.ts";

/** A worker made of a few lines: `serve` from the built floor, and what a job's name asks for. */
const WORKER = new URL("./worker.mjs", import.meta.url);

const run = (jobs: readonly string[], workers = 2, silenceMs = 2_000): Promise<Outcome<string>[]> =>
  runJobs<string, number>(WORKER, jobs, { workers, silenceMs });

describe("runJobs", () => {
  it("gives the outcomes in the order of the jobs, however they end", async () => {
    const jobs = ["wait 60", "say one", "say two", "wait 5"];
    const outcomes = await run(jobs, 3);
    expect(outcomes.map((o) => (o.kind === "done" ? o.result : o.kind))).toEqual(
      jobs.map((job) => `did ${job}`),
    );
  });

  it("ends a job that falls silent, and goes on with the others on a new worker", async () => {
    const outcomes = await run(["loop", "say after"], 1, 500);
    expect(outcomes[0]).toEqual({ kind: "silent", afterMs: 500 });
    expect(outcomes[1]).toEqual({ kind: "done", result: "did say after" });
  });

  it("lets a job that reports progress take its time", async () => {
    const seen: number[] = [];
    const outcomes = await runJobs<string, number>(WORKER, ["progress 12"], {
      workers: 1,
      silenceMs: 1_000,
      onProgress: (_job, n) => seen.push(n),
    });
    expect(outcomes[0]?.kind).toBe("done");
    expect(seen).toEqual([...Array(12).keys()]);
  });

  it("tells apart what was thrown, what crashed and who left", async () => {
    const outcomes = await run(["throw", "blame", "crash", "exit 3", "say still here"], 1);
    expect(outcomes.map((o) => o.kind)).toEqual(["error", "problem", "crashed", "gone", "done"]);
    expect(outcomes[3]).toEqual({ kind: "gone", exitCode: 3 });
  });

  it("says so when an answer cannot be read", async () => {
    const [outcome, after] = await run(["nest 7000", "say after"], 1);
    expect(outcome?.kind === "error" && outcome.message).toMatch(/cannot be read/);
    expect(after).toEqual({ kind: "done", result: "did say after" });
  });

  it("is interrupted at once, in the middle of a job and before the first", async () => {
    const abort = new AbortController();
    const running = runJobs(WORKER, ["loop"], { workers: 1, silenceMs: 60_000, signal: abort.signal });
    setTimeout(() => abort.abort(), 300);
    await expect(running).rejects.toBeInstanceOf(Interrupted);
    const late = runJobs(WORKER, ["say never"], { workers: 1, silenceMs: 1_000, signal: abort.signal });
    await expect(late).rejects.toBeInstanceOf(Interrupted);
  });

  it("without jobs there is nothing to do", async () => {
    expect(await run([])).toEqual([]);
  });
});
