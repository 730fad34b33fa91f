/**
 * `interleaf conform`: the model against the kernel it runs on.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { KERNELS } from "../mm/index.ts";
import {
  type ConformResult,
  conform as compare,
  forkEnomemProgram,
  generate,
  groundOf,
  halfWayMoveProgram,
  type LiveKernel,
  modelFor,
  type Program,
  printMachine,
  printMismatch,
  printResult,
  printTold,
  programsFor,
  RecordingError,
  readRecording,
  record,
  replayRecording,
  resultJson,
  startLive,
  Unavailable,
} from "../real/index.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { interrupted } from "./run-tasks.ts";
import { clearProgress, print, printJson, progress, say } from "./terminal.ts";
import { reasonOf } from "./trace-file.ts";

/** Options as the command line gives them. */
export interface ConformCliOptions {
  readonly ops?: number;
  readonly seed?: number;
  readonly program?: string;
  readonly record?: string;
  readonly recorded?: boolean;
  readonly kernel?: string;
  readonly out: string;
  readonly json?: boolean;
}

const DEFAULT_OPS = 20_000;
const STEPS = 50;
/** Programs that are given, not made up. */
const GIVEN: Readonly<Record<string, (live: LiveKernel) => Program>> = {
  "fork-enomem": (live) => forkEnomemProgram(live.machine),
  "half-way-move": (live) => halfWayMoveProgram(groundOf(live)),
};

/** Runs the comparison, or makes a recording; gives the exit code. */
export async function conform(what: string | undefined, options: ConformCliOptions): Promise<number> {
  if (what !== undefined && GIVEN[what] === undefined)
    throw new CliFailure(`conform knows no "${what}"; there are ${Object.keys(GIVEN).join(", ")}`);
  if (what !== undefined && options.program !== undefined)
    throw new CliFailure(`conform takes either ${what} or --program, not both`);
  if (options.kernel !== undefined && !KERNELS.includes(options.kernel))
    throw new CliFailure(`there is no preset for kernel ${options.kernel}; there are ${KERNELS.join(", ")}`);
  const text = options.program === undefined ? undefined : readProgram(options.program);
  if (options.recorded === true) {
    if (text === undefined) throw new CliFailure("--recorded needs --program FILE, the recording");
    return replay(text, options);
  }
  const live = await startLive();
  if (live instanceof Unavailable) {
    const cure = text === undefined ? "" : "; --recorded compares with the answers in the file";
    throw new CliFailure(`there is no live kernel to ask: ${live.reason}${cure}`);
  }
  try {
    const programs = givenPrograms(live, what, options.program, text);
    return options.record === undefined
      ? await comparison(live, programs, options, what !== undefined)
      : await recording(live, programs, options.record, options);
  } finally {
    clearProgress();
    await live.close();
  }
}

/** The model against what the recording says, without a live kernel. */
function replay(text: string, options: ConformCliOptions): number {
  const source = options.program!;
  try {
    const kernel = options.kernel ?? presetFor(readRecording(text, source).header.kernel);
    const { programs, calls, mismatches } = replayRecording(text, source, kernel);
    const json = mismatches.map(({ program, mismatch, recorded }) => ({
      seq: program.seq,
      step: mismatch.at,
      what: mismatch.what,
      text: printMismatch(program, mismatch, recorded, `model of ${kernel}`, "recording"),
    }));
    if (options.json === true) printJson({ version: 1, kernel, programs, calls, mismatches: json });
    else if (json.length === 0)
      print(
        `agrees: model of ${kernel} answers ${calls} steps of ${programs} programs as recorded in ${source}\n`,
      );
    else
      print(
        `${json.flatMap((found) => [`mismatch in program ${found.seq} of ${source}:`, "", ...found.text]).join("\n")}\n`,
      );
    if (json.length > 0) return EXIT.finding;
    return calls === 0 ? EXIT.incomplete : EXIT.holds;
  } catch (error) {
    if (error instanceof RecordingError) throw new CliFailure(error.message);
    throw error;
  }
}

function readProgram(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (error) {
    throw new CliFailure(
      `${path} cannot be read (${reasonOf(error)}): name a recording that \`interleaf conform\` has written`,
    );
  }
}

function givenPrograms(
  live: LiveKernel,
  what: string | undefined,
  path: string | undefined,
  text: string | undefined,
): Program[] | undefined {
  if (what !== undefined) return [GIVEN[what]!(live)];
  if (path === undefined || text === undefined) return undefined;
  try {
    return programsFor(live, text, path);
  } catch (error) {
    if (error instanceof RecordingError) throw new CliFailure(error.message);
    throw error;
  }
}

async function comparison(
  live: LiveKernel,
  programs: readonly Program[] | undefined,
  options: ConformCliOptions,
  tells: boolean,
): Promise<number> {
  const kernel = options.kernel ?? presetFor(live.machine.kernel);
  const model = modelFor(live, kernel);
  const { ops = DEFAULT_OPS, seed = 1 } = options;
  const began = performance.now();
  const told: string[] = [];
  const result = await compare({
    live,
    model,
    calls: ops,
    seed,
    ...(programs === undefined ? {} : { programs }),
    signal: interrupted,
    ...(tells ? { onAnswers: (program, outcomes) => told.push(...printTold(program, outcomes), "") } : {}),
    onProgress: ({ calls, programs: done, mismatches }) => {
      const rate = Math.round((calls * 1000) / Math.max(1, performance.now() - began));
      const of = programs === undefined ? ` of ${ops}` : "";
      progress(`${calls}${of} calls in ${done} programs, ${rate}/s, ${mismatches} mismatches`);
    },
  });
  clearProgress();
  const saved = result.mismatches.map(({ seq, recording: text }) =>
    saveText(join(options.out, `conform-${seq}.jsonl`), text, "--out"),
  );
  if (options.json === true) {
    const document = resultJson(result, model.name, live.machine, programs === undefined ? seed : undefined);
    printJson({ ...document, ...(tells ? { told } : {}), saved });
  } else {
    print(
      `${["machine:", ...printMachine(live.machine), "", ...told, ...printResult(result, model.name)].join("\n")}\n`,
    );
    for (const path of saved) print(`\nrun it again: interleaf conform --program ${path}\n`);
  }
  return exitCode(result);
}

/** The model's kernel for a release: the same, or the nearest older one. */
function presetFor(release: string): string {
  const [major = 0, minor = 0] = release.split(".").map(Number);
  const older = KERNELS.filter((kernel) => {
    const [a = 0, b = 0] = kernel.split(".").map(Number);
    return a < major || (a === major && b <= minor);
  });
  const found = older.at(-1) ?? KERNELS[0]!;
  if (found !== `${major}.${minor}`)
    say(`interleaf: there is no preset for ${release}; the model follows ${found} (see --kernel)`);
  return found;
}

function exitCode({ mismatches, stopped, interruptions, calls }: ConformResult): number {
  if (stopped === "signal") return EXIT.interrupted;
  if (mismatches.length > 0) return EXIT.finding;
  return stopped === "executor" || interruptions.length > 0 || calls === 0 ? EXIT.incomplete : EXIT.holds;
}

/** Asks the live kernel alone and writes what it answers. */
async function recording(
  live: LiveKernel,
  programs: readonly Program[] | undefined,
  path: string,
  options: ConformCliOptions,
): Promise<number> {
  const { ops = DEFAULT_OPS, seed = 1 } = options;
  // Fails before anything is run when nothing can be written there.
  saveText(path, "", "--record");
  rmSync(path);
  const lines: string[] = [];
  for await (const line of record(live, programs ?? randomPrograms(live, ops, seed))) {
    lines.push(line);
    progress(`${lines.length - 1} programs recorded`);
    if (interrupted.aborted) break;
  }
  clearProgress();
  saveText(path, `${lines.join("\n")}\n`, "--record");
  const done = `${lines.length - 1} program${lines.length === 2 ? "" : "s"} with the answers of ${live.machine.kernel}`;
  print(`${path}: ${done}\n`);
  return interrupted.aborted ? EXIT.interrupted : EXIT.holds;
}

function* randomPrograms(live: LiveKernel, ops: number, seed: number): Generator<Program> {
  const ground = groundOf(live);
  for (let n = 0, made = 0; made < ops; n++) {
    const program = generate(seed + n, ground, { steps: Math.min(STEPS, ops - made) });
    made += STEPS;
    yield program;
  }
}

/** Writes a file whole or not at all; gives its path. */
function saveText(path: string, text: string, option: string): string {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary);
    throw new CliFailure(`${path} cannot be written (${reasonOf(error)}): name another place with ${option}`);
  }
  return path;
}
