/**
 * `interleaf check`: explores scenarios on one kernel, prints a verdict with its bounds for each, and writes a trace of
 * each finding.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Job, scenarioFileOf, subjectOf, tokenOf } from "../farm/index.ts";
import { type FailureModel, type Image, KERNELS, MM_EXPLANATIONS } from "../mm/index.ts";
import {
  type CheckReport,
  checkJson,
  junitXml,
  mailText,
  mermaid,
  progressLine,
  sarifLog,
  terminalText,
  verdictLines,
} from "../report/index.ts";
import { SCENARIOS } from "../scenarios/index.ts";
import { EXPLANATIONS } from "../sched/index.ts";
import type { ExplorerName } from "./arguments.ts";
import { CheckpointFile } from "./checkpoint-file.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { isLog, loadImage, loadSnapshots } from "./image-file.ts";
import { VERSION } from "./library.ts";
import { exploreOthers } from "./others.ts";
import { type EndedJob, exploreJobs, isDivisible } from "./run-tasks.ts";
import { imageOfLog } from "./strace.ts";
import type { Checked, NotApplicable } from "./task.ts";
import { paint, print, printJson, say } from "./terminal.ts";
import { requireWritable, saveTrace } from "./trace-file.ts";

/** Options of `check`, parsed. */
export interface CheckOptions {
  readonly on?: string;
  readonly pages?: number;
  readonly pid?: number;
  readonly at?: number;
  readonly from?: string;
  readonly kernel?: string;
  readonly with?: readonly string[];
  readonly design?: string;
  readonly faults?: number;
  readonly failures?: FailureModel;
  readonly time?: number;
  readonly explorer?: ExplorerName;
  readonly seed?: number;
  readonly depth?: number;
  readonly executions?: number;
  readonly preemptions?: number;
  readonly coverage?: boolean;
  readonly workers?: number;
  readonly resume?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
  /** One of `CHECK_FORMATS`; `json` is short for one of them. */
  readonly format?: string;
  readonly out: string;
}

/** Runs the command; gives the exit code. */
export async function check(ids: readonly string[], options: CheckOptions): Promise<number> {
  if (!CHECK_FORMATS.includes(formatOf(options))) {
    const cure =
      options.format === "perfetto" ? " (perfetto shows one execution: replay TRACE --format perfetto)" : "";
    throw new CliFailure(
      `there is no format "${options.format}"; there are ${CHECK_FORMATS.join(", ")}${cure}`,
    );
  }
  const jobs = jobsOf(ids, options, await imageOf(options));
  requireWritable(options.out);
  const ended = await exploreKept(jobs, options);
  const reports: CheckReport[] = [];
  const skipped: NotApplicable[] = [];
  for (const [i, end] of ended.entries()) {
    const answer = answerOf(end);
    if (answer?.kind === "n/a") skipped.push(answer);
    if (answer?.kind !== "checked") continue;
    const traces = answer.result.findings.map((found) => saveTrace(options.out, found.trace));
    // Other designs are explored for people: their number depends on how fast this machine is.
    const failed = answer.result.verdict === "fails" && options.json !== true && answer.subject.kernel !== "";
    const others = failed ? await exploreOthers(jobs[i]!, options.time) : undefined;
    reports.push(reportOf(answer, traces, others));
  }
  // Where there is no verdict at all there is no document either: stderr says why.
  if (reports.length > 0 || skipped.length > 0) printReports(reports, formatOf(options));
  for (const { scenario, kernel, reason } of skipped)
    say(`interleaf: ${scenario} says nothing about kernel ${kernel}: ${reason}`);
  return exitCodeOf(ended, reports);
}

/** Options that say something about one explorer only. */
function refuseOddPairs({ explorer = "dpor", seed, depth, preemptions }: CheckOptions): void {
  if (seed !== undefined && (explorer === "dpor" || explorer === "bounded"))
    throw new CliFailure("--seed is for an explorer that draws: name one with --explorer random|pct|pos");
  if (depth !== undefined && explorer !== "pct")
    throw new CliFailure("--depth is for --explorer pct: ordering decisions that a bug may need");
  if (preemptions !== undefined && explorer !== "dpor" && explorer !== "bounded")
    throw new CliFailure(
      "--preemptions bounds an exhaustive search: take --explorer bounded, or leave it out",
    );
}

/** What `--on` names: a maps file, or a moment of a log. */
async function imageOf(options: CheckOptions): Promise<Image | undefined> {
  const { on, pid, at, from } = options;
  if (on === undefined) return undefined;
  if (!isLog(on)) {
    if (at === undefined && from === undefined) return loadImage(on, pid);
    throw new CliFailure(`--at and --from choose a moment of an strace log, and ${on} is no log`);
  }
  const starts = from === undefined ? [] : loadSnapshots(from);
  return imageOfLog(
    on,
    { ...(pid === undefined ? {} : { pid }), ...(at === undefined ? {} : { at }) },
    starts,
  );
}

/** The jobs that the arguments name. Everything that needs no user's file is looked up here, before anything starts. */
function jobsOf(ids: readonly string[], options: CheckOptions, image: Image | undefined): Job[] {
  const pairs = options.with ?? [];
  // `--with A=B C=D fork-fails`: what is no pair is a scenario behind the last pair.
  const named = [...ids, ...pairs.filter((pair) => !pair.includes("="))];
  refuseOddPairs(options);
  for (const option of ["pages", "pid", "at", "from"] as const) {
    if (options[option] !== undefined && image === undefined)
      throw new CliFailure(`--${option} says which part of an image to take: it needs --on FILE`);
  }
  const all = SCENARIOS.filter((s) => image === undefined || s.takesImage).map((s) => s.id);
  const jobs = (named.length > 0 ? named : all).map(
    (scenario): Job => ({
      scenario,
      kernel: options.kernel ?? KERNELS.at(-1)!,
      replacements: pairs.filter((pair) => pair.includes("=")),
      ...(options.design === undefined ? {} : { designFile: options.design }),
      ...(options.failures === undefined ? {} : { failures: options.failures }),
      ...(image === undefined ? {} : { image }),
      ...(options.pages === undefined ? {} : { pages: options.pages }),
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      ...(options.time === undefined ? {} : { timeMs: options.time }),
      ...(options.explorer === undefined ? {} : { explorer: options.explorer }),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.depth === undefined ? {} : { depth: options.depth }),
      ...(options.executions === undefined ? {} : { executions: options.executions }),
      ...(options.preemptions === undefined ? {} : { preemptions: options.preemptions }),
      ...(options.coverage ? { coverage: true } : {}),
      all: options.all ?? false,
    }),
  );
  // With a user's design the combination is judged where the file is loaded.
  for (const job of jobs) {
    if (scenarioFileOf(job.scenario) === undefined)
      subjectOf(job.designFile === undefined ? job : { ...job, replacements: [] });
  }
  return jobs;
}

/** Formats of a check. */
export const CHECK_FORMATS: readonly string[] = [
  "text",
  "mail",
  "json",
  "ndjson",
  "sarif",
  "junit",
  "mermaid",
];

function formatOf({ json, format }: CheckOptions): string {
  return json ? "json" : (format ?? "text");
}

function printReports(reports: readonly CheckReport[], format: string): void {
  switch (format) {
    case "json":
      return printJson(checkJson(reports));
    case "ndjson":
      return print(verdictLines(reports));
    case "sarif":
      return printJson(sarifLog(reports, VERSION, [...EXPLANATIONS, ...MM_EXPLANATIONS]));
    case "junit":
      return print(junitXml(reports));
    case "mermaid":
      return print(reports.flatMap((report) => report.told.map((told) => mermaid(told))).join("\n"));
    case "mail":
      return print(reports.map((report) => mailText(report)).join("\n"));
    default:
      return print(reports.map((report) => terminalText(report, paint)).join("\n"));
  }
}

/** Explores the jobs, and keeps what there is of those that do not come to their end. */
async function exploreKept(jobs: readonly Job[], options: CheckOptions): Promise<EndedJob[]> {
  const files = jobs.map((job) => new CheckpointFile(options.out, job, userFilesOf(job)));
  const odd = options.resume ? jobs.find((job) => !isDivisible(job)) : undefined;
  if (odd) {
    throw new CliFailure(
      "--resume goes on with an exhaustive search without --executions: a sample is drawn again from its --seed, a bounded search starts again",
    );
  }
  const saved = options.resume ? files.map((file) => file.read()) : [];
  if (options.resume && saved.every((plan) => plan === undefined))
    say(`interleaf: nothing was kept of this check in ${options.out}: it starts from the beginning`);
  const kept = new Set<string>();
  const ended = await exploreJobs(jobs, {
    workers: options.workers ?? availableParallelism(),
    ...(options.time === undefined ? {} : { timeMs: options.time }),
    saved: (i) => saved[i],
    ...(formatOf(options) === "ndjson"
      ? { onProgress: (i, how) => print(progressLine(jobs[i]!.scenario, jobs[i]!.kernel, how)) }
      : {}),
    keep: (i, plan) => {
      files[i]!.write(plan);
      kept.add(files[i]!.path);
    },
  }).catch((error: unknown) => {
    if (kept.size > 0) say(`interleaf: what was explored is kept in ${options.out}: add --resume to go on`);
    throw error;
  });
  for (const [i, { unfinished }] of ended.entries()) {
    const file = files[i]!;
    if (unfinished) say(`interleaf: what was explored is kept in ${file.path}: add --resume to go on`);
    else file.remove();
  }
  return ended;
}

/** Content of the user's files that a job names; where one cannot be read, the worker says so. */
function userFilesOf(job: Job): string[] {
  return [job.designFile, scenarioFileOf(job.scenario)?.file].map((file) => {
    try {
      return file === undefined ? "" : readFileSync(file, "utf8");
    } catch {
      return "";
    }
  });
}

function answerOf(end: EndedJob): Checked | NotApplicable | undefined {
  if ("failure" in end) return undefined;
  return end.answer.kind === "replayed" ? undefined : end.answer;
}

/** A worker's answer as a report. */
export function reportOf(
  answer: Checked,
  traces: readonly string[],
  others?: CheckReport["others"],
): CheckReport {
  const { subject, result, elapsedMs, told, never } = answer;
  const tokens = result.findings.map((found) => tokenOf(found.trace));
  const covered = never === undefined ? {} : { never };
  return {
    subject,
    result,
    elapsedMs,
    told,
    traces,
    tokens,
    ...covered,
    ...(others === undefined ? {} : { others }),
  };
}

/** What went wrong wins over findings, findings over what is left open. A failure is said here. */
function exitCodeOf(ended: readonly EndedJob[], reports: readonly CheckReport[]): number {
  const failures = ended.flatMap((end) => ("failure" in end ? [end.failure] : []));
  for (const failure of failures) say(`interleaf: ${failure.message}`);
  const codes: number[] = failures.map((failure) => failure.exitCode);
  for (const code of [EXIT.bug, EXIT.usage]) if (codes.includes(code)) return code;
  if (reports.some((report) => report.result.verdict === "fails")) return EXIT.finding;
  const open =
    codes.length > 0 || reports.length === 0 || reports.some((report) => report.result.verdict !== "holds");
  return open ? EXIT.incomplete : EXIT.holds;
}
