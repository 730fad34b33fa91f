/**
 * The worker thread of the commands: explores, replays and tells. Users' files are loaded here and nowhere else, where
 * a watchdog can end them.
 */

import { resolve } from "node:path";
import { type ExplorationResult, ProgramError, type Trace } from "../check/index.ts";
import {
  concludeJob,
  exploreJob,
  exploreUnit,
  InputProblem,
  type Job,
  jobOfTrace,
  loadUserDesigns,
  type Outcome,
  type PieceOfJob,
  type Progress,
  placeIn,
  type Subject,
  serve,
  subjectOf,
  type UserDesigns,
} from "../farm/index.ts";
import { type CheckedSubject, tellTrace } from "../report/index.ts";
import { HiddenNondeterminism, ProtocolError } from "../sched/index.ts";
import { LIBRARY, VERSION } from "./library.ts";
import type { Answer, Checked, NotApplicable, PieceAnswer, Task } from "./task.ts";

serve<Task, Answer | PieceAnswer>(doTask, judge);

function doTask(task: Task, report: (progress: Progress) => void): Promise<Answer | PieceAnswer> {
  switch (task.kind) {
    case "check":
      return check(task.job, task.tell, report);
    case "replay":
      return replayTrace(task.trace, task.designFile);
    default:
      return doPiece(task, report);
  }
}

async function designsOf(file: string | undefined): Promise<UserDesigns | undefined> {
  return file === undefined ? undefined : loadUserDesigns(file, LIBRARY);
}

async function check(job: Job, tell: boolean, report: (progress: Progress) => void): Promise<Answer> {
  const user = await designsOf(job.designFile);
  const refused = notApplicable(job, user);
  if (refused) return refused;
  const { subject, result, elapsedMs } = exploreJob(job, user, VERSION, report);
  return { ...toldResult(job, subject, result, tell), elapsedMs };
}

/** The user's file of the newest piece, loaded: a worker gets many pieces of one job. */
let loaded: { readonly job: string; readonly user: UserDesigns | undefined } | undefined;

async function doPiece(piece: PieceOfJob, report: (progress: Progress) => void): Promise<PieceAnswer> {
  const { job } = piece;
  const name = JSON.stringify(job);
  if (loaded?.job !== name) loaded = { job: name, user: await designsOf(job.designFile) };
  const { user } = loaded;
  const refused = notApplicable(job, user);
  if (refused) return refused;
  if (piece.kind === "piece") return exploreUnit(job, piece.unit, piece.timeMs, user, VERSION, report);
  const { subject, result } = concludeJob(job, piece.rounds, piece.open, user, VERSION);
  return { ...toldResult(job, subject, result, true), elapsedMs: 0 };
}

function notApplicable(job: Job, user: UserDesigns | undefined): NotApplicable | undefined {
  const { notApplicable: reason } = subjectOf(job, user);
  return reason === undefined
    ? undefined
    : { kind: "n/a", scenario: job.scenario, kernel: job.kernel, reason };
}

function toldResult(
  job: Job,
  subject: Subject,
  result: ExplorationResult,
  tell: boolean,
): Omit<Checked, "elapsedMs"> {
  const program = subject.scenario.program(subject.input);
  const told = tell ? result.findings.map((found) => tellTrace(program, found.trace).told) : [];
  return { kind: "checked", subject: checkedSubject(job, subject), result, told };
}

async function replayTrace(trace: Trace, designFile: string | undefined): Promise<Answer> {
  const made = jobOfTrace(trace);
  const job: Job = designFile === undefined ? made : { ...made, designFile };
  const user = await designsOf(job.designFile);
  const subject = subjectOf(job, user);
  const { told, finding, divergence } = tellTrace(subject.scenario.program(subject.input), trace);
  return {
    kind: "replayed",
    subject: checkedSubject(job, subject),
    told,
    found: finding !== undefined,
    designChanged: user !== undefined && user.hash !== trace.parameters["designHash"],
    ...(divergence === undefined
      ? {}
      : { divergence: `at step ${divergence.entry + 1}: ${divergence.message}` }),
  };
}

function checkedSubject(job: Job, subject: Subject): CheckedSubject {
  const { scenario, input, designs, replaced } = subject;
  return {
    scenario: scenario.id,
    title: scenario.title,
    story: scenario.story,
    hypothetical: scenario.hypothetical ?? false,
    kernel: job.kernel,
    designs,
    replaced,
    ...(job.designFile === undefined ? {} : { designFile: job.designFile }),
    failures: input.failures,
    layout: scenario.layout(input),
    ...(job.image === undefined ? {} : { image: job.image.source }),
  };
}

/** Whose fault is it? A user's file, when it threw or what it gave broke the protocol; else ours. */
function judge(error: unknown, task: Task): Outcome<Answer | PieceAnswer> {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined && chain.length < 8; at = at instanceof Error ? at.cause : undefined)
    chain.push(at);
  const input = chain.find((e) => e instanceof InputProblem);
  if (input instanceof InputProblem) return { kind: "problem", message: input.message };
  const last = chain.at(-1);
  const message = last instanceof Error ? `${last.name}: ${last.message}` : String(last);
  if (task.kind === "piece" && task.resumed && chain.some((e) => e instanceof HiddenNondeterminism)) {
    return { kind: "problem", message: "what was kept of it does not fit: the program has changed since" };
  }
  const file = designFileOf(task);
  if (file !== undefined) {
    const place = chain.map((e) => placeIn(e, resolve(file))).find((p) => p !== undefined);
    const breach = chain.find((e) => e instanceof ProtocolError || e instanceof HiddenNondeterminism);
    if (breach instanceof Error) return { kind: "problem", message: `${place ?? file}: ${breach.message}` };
    if (place !== undefined) return { kind: "problem", message: `${place}: the design threw ${message}` };
    if (chain.some((e) => e instanceof ProgramError)) {
      return { kind: "problem", message: `${file}: with this design the model fails: ${message}` };
    }
  }
  return { kind: "error", message, stack: last instanceof Error ? (last.stack ?? "") : "" };
}

function designFileOf(task: Task): string | undefined {
  return task.kind === "replay" ? (task.designFile ?? task.trace.parameters["design"]) : task.job.designFile;
}
