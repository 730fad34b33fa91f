/**
 * Two workers on one exploration cut into parts, against two whole explorations side by side: how much of the second core
 * arrives. The totals must be those of one process.
 *
 *   node bench/check/run.mjs workers        needs two free cores
 */
import { isMainThread, type MessagePort, parentPort, Worker } from "node:worker_threads";
import {
  divide,
  type ExplorationResult,
  explore,
  explorePart,
  mergeResults,
  type Part,
} from "../../src/check/index.ts";
import * as P from "../../test/check/programs.ts";
import { median, report } from "./table.ts";

const ROUNDS = 2;
const DEPTH = 38;
const model = P.private60(3, 60, 5);
const TRACES = 756_756;

function whole(): ExplorationResult {
  const exploration = explore(model, { faults: 0 });
  while (exploration.slice(10_000));
  return exploration.result();
}

interface Asked {
  readonly part: Part | undefined;
}

/** Asks a worker for the whole (undefined) or a part. */
function ask(worker: Worker, part: Part | undefined): Promise<ExplorationResult> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.postMessage({ part } satisfies Asked, []);
  });
}

async function shared(workers: readonly Worker[], parts: readonly Part[]): Promise<ExplorationResult[]> {
  const results: ExplorationResult[] = [];
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < parts.length) results.push(await ask(worker, parts[next++]));
    }),
  );
  return results;
}

async function main(): Promise<void> {
  const workers = [0, 1].map(() => new Worker(new URL(import.meta.url)));
  const ratios: number[] = [];
  let parts: readonly Part[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    await Promise.all(workers.map((worker) => ask(worker, undefined)));
    const middle = performance.now();
    parts = divide(model, 0, DEPTH);
    const results = await shared(workers, parts);
    const end = performance.now();
    const { executions } = mergeResults(results);
    if (executions !== TRACES) throw new Error(`the parts have ${executions} executions`);
    if (round > 0) ratios.push((middle - start) / (end - middle)); // one exploration each, against half of one each
  }
  for (const worker of workers) await worker.terminate();
  report([
    {
      metric: "two workers on one exploration against one, both cores busy",
      value: median(ratios),
      unit: "x",
      better: "more",
      floor: 1.6,
      target: 1.85,
      note: `${parts.length} parts`,
    },
  ]);
}

/** What a worker does: the whole, or a part. */
function serve(port: MessagePort): void {
  const post = (result: ExplorationResult): void => port.postMessage(result);
  port.on("message", ({ part }: Asked) => {
    if (part === undefined) {
      post(whole());
      return;
    }
    const exploration = explorePart(model, part, {});
    while (exploration.slice(10_000));
    post(exploration.result());
  });
}

if (isMainThread) await main();
else serve(parentPort!);
