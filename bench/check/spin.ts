/**
 * Against SPIN, in one run: generate + compile + verify of the models in this folder, and the same programs here through
 * the public API. Needs `spin` and `gcc`; without them the rows say that they are skipped (and fail where
 * BENCH_SPIN=required).
 *
 *   npm run bench:spin
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explore, type Program } from "../../src/check/index.ts";
import * as P from "../../test/check/programs.ts";
import { type Row, report } from "./table.ts";

const MODELS = join(process.cwd(), "bench/check");

interface Verified {
  readonly states: number;
  readonly build: number;
  readonly verify: number;
}

/** Times one model in a folder of its own. */
function spin(model: string, shared: number): Verified | undefined {
  if (spawnSync("spin", ["-V"]).error || spawnSync("gcc", ["--version"]).error) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "spin-"));
  try {
    copyFileSync(join(MODELS, model), join(folder, model));
    const startBuild = performance.now();
    execFileSync("spin", [`-DSHARED=${shared}`, "-a", model], { cwd: folder });
    execFileSync("gcc", ["-O2", "-DSAFETY", "-DNOBOUNDCHECK", "-w", "-o", "pan", "pan.c"], { cwd: folder });
    const startVerify = performance.now();
    const out = execFileSync("./pan", ["-m1000000", "-w24"], { cwd: folder, encoding: "utf8" });
    const end = performance.now();
    if (!/errors: 0/.test(out)) throw new Error(`${model}: SPIN reports errors:\n${out}`);
    const states = Number(/([\d.e+]+) states, stored/.exec(out)?.[1]);
    return { states, build: startVerify - startBuild, verify: end - startVerify };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ours(program: Program<never>, traces: number): number {
  const start = performance.now();
  const exploration = explore(program, { faults: 0 });
  while (exploration.slice(10_000));
  const ms = performance.now() - start;
  const result = exploration.result();
  if (result.executions !== traces || result.redundant !== 0) {
    throw new Error(`${program.name}: ${result.executions} executions, ${result.redundant} redundant`);
  }
  return ms;
}

const rows: Row[] = [];
/** @param limits floor and target: time as a multiple of SPIN's, or how many times as fast as SPIN. */
const compare = (
  metric: string,
  model: string,
  shared: number,
  traces: number,
  limits: Pick<Row, "better"> & Partial<Pick<Row, "floor" | "target">>,
): void => {
  const theirs = spin(model, shared);
  if (!theirs) {
    rows.push({ metric, value: undefined, unit: "x", ...limits, note: "needs spin and gcc" });
    if (process.env.BENCH_SPIN === "required") process.exitCode = 1;
    return;
  }
  const ms = ours(P.private60(3, 60, shared) as Program<never>, traces);
  const sum = theirs.build + theirs.verify;
  const seconds = (n: number): string => (n / 1000).toFixed(2);
  rows.push({
    metric,
    value: limits.better === "less" ? ms / sum : sum / ms,
    unit: "x",
    ...limits,
    note: `${traces} executions in ${seconds(ms)} s; SPIN ${theirs.states} states, build ${seconds(theirs.build)} s + verify ${seconds(theirs.verify)} s`,
  });
};

compare("time against SPIN, every order of writes a state of its own", "history.pml", 5, 756_756, {
  better: "less",
  floor: 3,
  target: 1,
});
compare("faster than SPIN, work that only shows as private at run time", "private.pml", 3, 1_680, {
  better: "more",
  floor: 20,
  target: 100,
});
compare("time against SPIN, histories that merge: state matching wins", "merging.pml", 4, 34_650, {
  better: "less",
});
report(rows);
