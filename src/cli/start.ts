/**
 * The demonstration behind `npm start`: one question, asked of a recorded real process and of four kernels, answered in
 * less than a minute.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Job } from "../farm/index.ts";
import type { Image } from "../mm/index.ts";
import {
  boundsText,
  columns,
  count,
  listed,
  reasonText,
  replayCommand,
  TERMINAL_PAGE,
  toneOf,
  wrap,
} from "../report/index.ts";
import { reportOf } from "./check.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { loadImage } from "./image-file.ts";
import { endOnInterrupt, runTasks } from "./run-tasks.ts";
import type { Answer, Checked } from "./task.ts";
import { paint, print, say } from "./terminal.ts";
import { requireWritable, saveTrace } from "./trace-file.ts";

/** One row of the table: a kernel's way with a failed fork. */
interface Row {
  readonly kernel: string;
  readonly replacements: readonly string[];
  readonly does: string;
}

const ROWS: readonly Row[] = [
  { kernel: "6.12", replacements: [], does: "marks the place where the copy stopped" },
  { kernel: "6.12", replacements: ["swapoff.guard=unstable"], does: "  and swapoff looks for a flag" },
  { kernel: "6.14", replacements: [], does: "marks the place and sets the flag" },
  { kernel: "6.18", replacements: [], does: "  and swapoff looks for it" },
  { kernel: "7.0", replacements: [], does: "tears the copy down before unlocking it" },
];

const PROCESS = fileURLToPath(new URL("../../examples/processes/python-server.maps", import.meta.url));
const TRACES = "traces";
/** More than any row needs on two cores; a slower machine says "incomplete" instead of waiting. */
const TIME_MS = 40_000;
const WIDTH = TERMINAL_PAGE.width;

async function start(): Promise<number> {
  const image: Image = loadImage(PROCESS);
  image.source = relative(process.cwd(), PROCESS);
  requireWritable(TRACES);
  say(`Exploring ${ROWS.length} designs; this takes less than a minute.\n`);
  ask(image);
  const jobs = (scenario: string, rows: readonly Row[], on?: Image): Job[] =>
    rows.map(({ kernel, replacements }) => ({
      scenario,
      kernel,
      replacements,
      timeMs: TIME_MS,
      ...(on === undefined ? {} : { image: on }),
    }));
  // On its own a fork of 319 areas takes the longest to explore: the oldest way and the newest are enough here.
  const plain = [ROWS[0]!, ROWS.at(-1)!];
  const all = [...jobs("fork-fails", plain, image), ...jobs("fork-vs-swapoff", ROWS)];
  const ended = await runTasks(
    all.map((job) => ({ kind: "check", job, tell: true })),
    TIME_MS,
  );
  const answers = ended.map((end) => {
    if ("failure" in end) throw end.failure;
    return checked(end.answer);
  });
  const against = answers.slice(plain.length);
  const alone = ROWS.map((row) => answers[plain.indexOf(row)]);
  table(image, alone, against);
  const failing = against.find((answer) => answer.result.verdict === "fails");
  if (failing) story(failing);
  next(failing);
  // A finding is what this is about: the demonstration has worked.
  return EXIT.holds;
}

function checked(answer: Answer): Checked {
  if (answer.kind !== "checked") throw new Error("the demonstration's scenarios apply to every kernel");
  return answer;
}

function paragraph(text: string): void {
  print(`${wrap(text, WIDTH).join("\n")}\n\n`);
}

function ask(image: Image): void {
  print(`${paint("strong", "What does a failing fork leave behind?")}\n\n`);
  paragraph(
    `fork() copies an address space piece by piece. When an allocation fails or a fatal signal comes, it stops half-way, and somebody has to clean up: a child that never was, with some areas of its own and, behind them, pointers to its parent's. For a moment this child can be locked by others. In 2025 swapoff did, and crashed.`,
  );
  paragraph(
    `The question: with each kernel's way of cleaning up, is there any order of events in which somebody touches what is not theirs? The process that forks is real: ${image.program ?? "a program"}, ${image.areas.length} areas, recorded in ${image.source}.`,
  );
}

const COLUMNS = { kernel: 8, does: 40, verdict: 12 };

/** @param alone by row; undefined where it was not explored */
function table(image: Image, alone: readonly (Checked | undefined)[], against: readonly Checked[]): void {
  const { kernel, does, verdict } = COLUMNS;
  const done = [...alone.filter((answer) => answer !== undefined), ...against];
  paragraph(
    `Alone: ${boundsText(reportOf(alone[0]!, []))}. Against swapoff: ${boundsText(reportOf(against[0]!, []))}.`,
  );
  const line = (cells: readonly string[]): void => print(`${cells.join("").trimEnd()}\n`);
  line([
    "kernel".padEnd(kernel),
    "a failing fork ...".padEnd(does),
    "alone".padEnd(verdict),
    "against swapoff",
  ]);
  ROWS.forEach((row, i) => {
    const first = alone[i];
    const text = (first === undefined ? "-" : wordOf(first)).padEnd(verdict);
    const shade = (answer: Checked | undefined, words: string): string =>
      answer === undefined ? words : paint(toneOf(answer.result.verdict), words);
    line([
      row.kernel.padEnd(kernel),
      row.does.padEnd(does),
      shade(first, text),
      shade(against[i], wordOf(against[i]!)),
    ]);
  });
  const executions = done.reduce((sum, answer) => sum + answer.result.executions, 0);
  const sites = Math.max(...done.map((answer) => answer.result.sites.length));
  const open = done.some((answer) => answer.result.verdict === "incomplete");
  print("\n");
  paragraph(
    `${count(executions, "execution")}; each order of dependent steps once; ${sites} kinds of failure, at each of the ${image.areas.length} areas where they can happen. ` +
      (open
        ? `Where it says incomplete, ${TIME_MS / 1000} s were not enough on this machine.`
        : "Where it holds, nothing was left out within these bounds."),
  );
}

function wordOf(answer: Checked): string {
  const { verdict, findings } = answer.result;
  return verdict === "fails" ? `FAILS: ${findings[0]?.finding.code ?? "?"}` : verdict;
}

function story(failing: Checked): void {
  const { subject, result, told } = failing;
  const found = result.findings[0]!;
  const [first] = told;
  print(`${paint("strong", `The shortest way to the crash on ${subject.kernel}`)}\n\n`);
  const size = [
    count(found.steps, "step"),
    count(found.switches, "context switch", "context switches"),
    `${count(found.faults, "failure")} or signal`,
  ];
  paragraph(`${listed(size)}; what is not needed to understand it is folded.`);
  if (first) {
    for (const line of columns(first, TERMINAL_PAGE))
      print(`${/^ *> ?\d/.test(line) ? paint("bad", line) : line}\n`);
    print("\n");
    paragraph(`${found.finding.code}: ${found.finding.message}.`);
    paragraph(`Where it comes from: ${reasonText(first)}.`);
  }
}

function next(failing: Checked | undefined): void {
  const trace = failing?.result.findings[0]?.trace;
  const path = trace === undefined ? undefined : saveTrace(TRACES, trace);
  const commands = [
    ...(path === undefined ? [] : [`npx ${replayCommand(path)}`]),
    "npx interleaf matrix",
    "npx interleaf check fork-vs-swapoff --design examples/designs/erase.ts",
  ];
  if (path !== undefined) print(`The whole execution is in ${path}.\n`);
  print("Try next: see it again, every scenario on every kernel, a design of your own.\n\n");
  for (const command of commands) print(`  ${command}\n`);
}

async function main(): Promise<number> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    say(`interleaf: ${error.message}`);
    return error.exitCode;
  }
}

endOnInterrupt();
process.exitCode = await main();
