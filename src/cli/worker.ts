/**
 * The worker thread of the commands: explores, replays and tells. Users' files are loaded here and nowhere else, where
 * a watchdog can end them.
 */

import { resolve } from "node:path";
import { type ExplorationResult, neverTaken, ProgramError, type Trace } from "../check/index.ts";
import {
  concludeJob,
  exploreJob,
  exploreUnit,
  type Forecast,
  forecastOf,
  InputProblem,
  type Job,
  jobOfTrace,
  loadUserDesigns,
  loadUserScenario,
  type Outcome,
  type PieceOfJob,
  type Progress,
  placeIn,
  type Subject,
  scenarioFileOf,
  serve,
  subjectOf,
  type UserFiles,
} from "../farm/index.ts";
import { type CheckedSubject, tellTrace } from "../report/index.ts";
import { HiddenNondeterminism, ProtocolError } from "../sched/index.ts";
import { LIBRARY, VERSION } from "./library.ts";
import {
  type Answer,
  type Checked,
  type NotApplicable,
  type PieceAnswer,
  type Task,
  userFilesOf,
} from "./task.ts";

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

/** Loads what a job names. */
async function filesOf(job: Job): Promise<UserFiles> {
  const own = scenarioFileOf(job.scenario);
  return {
    scenario: own === undefined ? undefined : await loadUserScenario(job.scenario, LIBRARY),
    designs: job.designFile === undefined ? undefined : await loadUserDesigns(job.designFile, LIBRARY),
  };
}

async function check(job: Job, tell: boolean, report: (progress: Progress) => void): Promise<Answer> {
  const user = await filesOf(job);
  const refused = notApplicable(job, user);
  if (refused) return refused;
  const { subject, result, elapsedMs } = exploreJob(job, user, VERSION, report);
  return { ...toldResult(job, user, subject, result, tell), elapsedMs };
}

/** What belongs to the job of the newest piece: a worker gets many pieces of one job. */
let loaded: { readonly job: string; readonly user: UserFiles; forecast?: Forecast } | undefined;

async function doPiece(piece: PieceOfJob, report: (progress: Progress) => void): Promise<PieceAnswer> {
  const { job } = piece;
  const name = JSON.stringify(job);
  if (loaded?.job !== name) loaded = { job: name, user: await filesOf(job) };
  const { user } = loaded;
  const refused = notApplicable(job, user);
  if (refused) return refused;
  if (piece.kind === "piece") {
    if (piece.forecast) loaded.forecast ??= forecastOf(job, user);
    return exploreUnit(job, piece.unit, piece.timeMs, user, VERSION, report, loaded.forecast);
  }
  const { subject, result } = concludeJob(job, piece.rounds, piece.open, user, VERSION);
  return { ...toldResult(job, user, subject, result, true), elapsedMs: 0 };
}

function notApplicable(job: Job, user: UserFiles): NotApplicable | undefined {
  const { notApplicable: reason } = subjectOf(job, user.designs, user.scenario);
  return reason === undefined
    ? undefined
    : { kind: "n/a", scenario: job.scenario, kernel: job.kernel, reason };
}

function toldResult(
  job: Job,
  user: UserFiles,
  subject: Subject,
  result: ExplorationResult,
  tell: boolean,
): Omit<Checked, "elapsedMs"> {
  const program = subject.scenario.program(subject.input);
  const told = tell ? result.findings.map((found) => tellTrace(program, found.trace).told) : [];
  const never =
    result.coverage &&
    neverTaken([result.coverage], {
      faults: subject.faults,
      after: program.after !== undefined,
      ...(program.assertions === undefined ? {} : { assertions: program.assertions }),
    });
  const checked = checkedSubject(job, user, subject);
  return { kind: "checked", subject: checked, result, told, ...(never === undefined ? {} : { never }) };
}

async function replayTrace(trace: Trace, designFile: string | undefined): Promise<Answer> {
  const made = jobOfTrace(trace);
  const job: Job = designFile === undefined ? made : { ...made, designFile };
  const user = await filesOf(job);
  const subject = subjectOf(job, user.designs, user.scenario);
  const { told, finding, divergence } = tellTrace(subject.scenario.program(subject.input), trace);
  return {
    kind: "replayed",
    subject: checkedSubject(job, user, subject),
    told,
    // A token does not say what it shows: whatever comes is it.
    found: finding !== undefined || (trace.finding === undefined && told.findings.length > 0),
    changed: [[user.designs, "designHash"] as const, [user.scenario, "scenarioHash"] as const].flatMap(
      ([file, hash]) => (file && file.hash !== trace.parameters[hash] ? [file.file] : []),
    ),
    ...(divergence === undefined
      ? {}
      : { divergence: `at step ${divergence.entry + 1}: ${divergence.message}` }),
  };
}

function checkedSubject(job: Job, user: UserFiles, subject: Subject): CheckedSubject {
  const { scenario, input, designs, replaced } = subject;
  if (user.scenario?.kernelFree === true) {
    const { id, title, story } = scenario;
    const none = { kernel: "", designs: {}, replaced: {}, failures: "", layout: "", hypothetical: false };
    return { scenario: id, title, story, ...none };
  }
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
  for (const { file, noun } of userFilesOf(task)) {
    const place = chain.map((e) => placeIn(e, resolve(file))).find((p) => p !== undefined);
    const breach = chain.find((e) => e instanceof ProtocolError || e instanceof HiddenNondeterminism);
    if (breach instanceof Error) return { kind: "problem", message: `${place ?? file}: ${breach.message}` };
    if (place !== undefined) return { kind: "problem", message: `${place}: the ${noun} threw ${message}` };
    if (chain.some((e) => e instanceof ProgramError)) {
      return { kind: "problem", message: `${file}: with this ${noun} the model fails: ${message}` };
    }
  }
  return { kind: "error", message, stack: last instanceof Error ? (last.stack ?? "") : "" };
}
