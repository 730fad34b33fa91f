// What `interleaf check` says to one command line, explored in this process: the verdict of a cell, or the text of the report.
//
//   "fork-vs-swapoff --kernel 6.12" --(jobOf)--> Job --(exploreJob, once per command line)--> verdict, report

import { parseArgs } from "node:util";
import { loadImage } from "../../dist/cli/image-file.js";
import { LIBRARY, VERSION } from "../../dist/cli/library.js";
import { exploreJob, loadUserDesigns, subjectOf } from "../../dist/farm/index.js";
import { KERNELS } from "../../dist/mm/index.js";
import { remarksOf } from "../../dist/report/columns.js";
import { foldLines } from "../../dist/report/fold.js";
import { count, reasonText, tellTrace, terminalText, wrap } from "../../dist/report/index.js";

/** Width of what is shown. */
const WIDTH = 100;

/** @typedef {import("../../dist/farm/index.js").Job} Job */
/** @typedef {import("../../dist/farm/index.js").Explored} Explored */

/**
 * The job of a command line, as `interleaf check` reads it. Only the options that answers use.
 *
 * @param {string} command arguments behind `interleaf check`
 * @returns {Job}
 */
export function jobOf(command) {
  const { values, positionals } = parseArgs({
    args: command.split(" "),
    allowPositionals: true,
    options: {
      kernel: { type: "string" },
      with: { type: "string", multiple: true },
      design: { type: "string" },
      on: { type: "string" },
      faults: { type: "string" },
      failures: { type: "string" },
      all: { type: "boolean" },
    },
  });
  const pairs = positionals.filter((word) => word.includes("="));
  const [scenario, ...more] = positionals.filter((word) => !word.includes("="));
  if (scenario === undefined || more.length > 0)
    throw new Error(`"interleaf check ${command}": an answer asks about exactly one scenario`);
  return {
    scenario,
    kernel: values.kernel ?? KERNELS.at(-1) ?? "",
    replacements: [...(values.with ?? []), ...pairs],
    ...(values.design === undefined ? {} : { designFile: values.design }),
    ...(values.on === undefined ? {} : { image: loadImage(values.on, undefined) }),
    ...(values.faults === undefined ? {} : { faults: Number(values.faults) }),
    ...(values.failures === undefined
      ? {}
      : { failures: /** @type {import("../../dist/mm/index.js").FailureModel} */ (values.failures) }),
    all: values.all ?? false,
  };
}

/** @type {Map<string, Promise<Explored | string>>} */
const explored = new Map();

/**
 * Explores a command line, once. A text: why the scenario says nothing about these designs.
 *
 * @param {string} command
 * @returns {Promise<Explored | string>}
 */
function explore(command) {
  const known = explored.get(command);
  if (known !== undefined) return known;
  const answer = exploreNow(command);
  explored.set(command, answer);
  return answer;
}

/**
 * @param {string} command
 * @returns {Promise<Explored | string>}
 */
async function exploreNow(command) {
  const job = jobOf(command);
  const designs = job.designFile === undefined ? undefined : await loadUserDesigns(job.designFile, LIBRARY);
  const { notApplicable } = subjectOf(job, designs);
  const user = { designs };
  return notApplicable ?? exploreJob(job, user, VERSION, () => undefined);
}

/**
 * One cell of a table: `holds`, or `**fails**: code in function`.
 *
 * @param {string} command
 */
export async function verdict(command) {
  const answer = await explore(command);
  if (typeof answer === "string") return "n/a";
  const [first] = answer.result.findings;
  if (first === undefined) return answer.result.verdict;
  const { code, at } = first.finding;
  return `**${answer.result.verdict}**: ${code}${at.site === "" ? "" : ` in \`${at.site}\``}`;
}

/**
 * What the command says, shortened: the sentence with the verdict and its bounds; of each finding what it is; and of one of
 * them, on request, the execution, one line per step that the command shows.
 *
 * @param {string} command
 * @param {boolean | string} steps show the execution of the first finding, or of the first with this code
 */
export async function reportLines(command, steps) {
  const answer = await explore(command);
  if (typeof answer === "string") throw new Error(`"interleaf check ${command}": ${answer}`);
  const { subject, result, elapsedMs } = answer;
  const { scenario, input, designs, replaced } = subject;
  const job = jobOf(command);
  const report = {
    subject: {
      scenario: scenario.id,
      title: scenario.title,
      story: scenario.story,
      hypothetical: scenario.hypothetical ?? false,
      kernel: job.kernel,
      designs,
      replaced,
      failures: input.failures,
      layout: scenario.layout(input),
      ...(job.image === undefined ? {} : { image: job.image.source }),
    },
    result,
    elapsedMs,
    told: [],
    traces: [],
  };
  const [sentence = "", _facts, ...findings] = terminalText(report).trimEnd().split("\n\n");
  const lines = sentence.split("\n");
  for (const finding of findings) lines.push("", ...finding.split("\n"));
  const shown = result.findings.find((found) => steps === true || found.finding.code === steps);
  if (typeof steps === "string" && shown === undefined) throw new Error(`"${command}" finds no ${steps}`);
  if (shown !== undefined) {
    const { told } = tellTrace(scenario.program(input), shown.trace);
    if (findings.length > 1)
      lines.push("", steps === true ? "the first of them:" : `the one that is ${steps}:`);
    lines.push("", ...stepLines(told), "", ...wrap(`why: ${reasonText(told)}`, WIDTH, "  "));
  }
  return lines;
}

/**
 * One line per step, as the columns of the command show them.
 *
 * @param {import("../../dist/report/index.js").Told} told
 */
function stepLines(told) {
  const task = Math.max(...told.tasks.map((name) => name.length));
  const number = String(told.steps.length).length;
  /** @type {string[]} */
  const lines = [];
  for (const line of foldLines(told)) {
    const at = line.kind === "fold" ? "…" : String(line.step.number);
    const who = told.tasks[line.kind === "fold" ? line.task : line.step.task] ?? "";
    const mark = line.kind === "step" && line.marked ? ">" : " ";
    const head = `${mark}${at.padStart(number)}  ${who.padEnd(task)}  `;
    const texts =
      line.kind === "fold"
        ? [`${count(line.count, "step")} (${line.sites.join(", ")})`]
        : [`${line.step.site}: ${line.step.does}`, ...remarksOf(line.step)];
    const found = line.kind === "step" ? told.findings.filter(({ step }) => step === line.step.number) : [];
    texts.push(...found.map(({ finding }) => `! ${finding.at.site}: ${finding.code}`));
    const room = WIDTH - head.length;
    const all = texts.flatMap((text) => wrap(text, room, "  "));
    lines.push(...all.map((text, n) => `${n === 0 ? head : " ".repeat(head.length)}${text}`));
  }
  return lines;
}
