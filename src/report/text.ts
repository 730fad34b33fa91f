/**
 * A check as text for a person: at a terminal (80 columns) or in a mail (72, ASCII only).
 *
 *     one sentence with the verdict and its bounds
 *     scenario, designs, layout, where found
 *     the execution, one column per task
 *     why, who survives, how to see it again
 */
import type { Found, NeverTaken } from "../check/index.ts";
import { boundsText, coverageText, estimateText, failuresText, limitsText, witnessText } from "./bounds.ts";
import type { CheckedSubject, CheckReport, Survivor } from "./check-report.ts";
import { columns } from "./columns.ts";
import { heldText } from "./held.ts";
import { reasonText } from "./reason.ts";
import type { Told } from "./told.ts";
import { count, listed, MAIL_PAGE, onPage, type Page, TERMINAL_PAGE, thousands, wrap } from "./wrap.ts";

/** What a piece of text is, for whoever colours it. */
export type Tone = "bad" | "good" | "doubt" | "strong" | "dim";
/** Colours a text; must not change its visible length. */
export type Paint = (tone: Tone, text: string) => string;

const NO_PAINT: Paint = (_tone, text) => text;

/** Width of the labels in front of the facts. */
const LABEL = 11;

/** The report for a terminal. */
export function terminalText(report: CheckReport, paint: Paint = NO_PAINT): string {
  return textOn(TERMINAL_PAGE, report, paint);
}

/** The report for a plain-text mail: 72 columns, ASCII. */
export function mailText(report: CheckReport): string {
  return textOn(MAIL_PAGE, report, NO_PAINT);
}

/** The report on any page. */
export function textOn(page: Page, report: CheckReport, paint: Paint = NO_PAINT): string {
  const lines = [...headline(page, report, paint), "", ...facts(page, report)];
  const { findings } = report.result;
  findings.forEach((found, i) => {
    const told = report.told[i];
    const { finding } = found;
    const which = findings.length > 1 ? `finding ${i + 1} of ${findings.length}: ` : "";
    const size = `${count(found.steps, "step")}, ${count(found.switches, "context switch", "context switches")}, ${count(found.faults, "fault")}`;
    lines.push("");
    const title = wrap(onPage(`${which}${finding.code}: ${finding.message}`, page), page.width, "  ");
    lines.push(...title.map((line) => paint("strong", line)));
    const shortest = `shortest of ${count(found.count, "execution")}: ${size}; ${proofText(found)}`;
    lines.push(...wrap(onPage(shortest, page), page.width));
    if (told) {
      lines.push("", ...story(page, told, paint), "", ...fact(page, "why", reasonText(told)));
      lines.push(...heldFact(page, told));
    }
    if (i === findings.length - 1 && report.others)
      lines.push(...fact(page, "survive", survivorsText(report.others)));
    const trace = report.traces[i];
    if (trace !== undefined) lines.push(...fact(page, "replay", replayCommand(trace), 0));
    const token = report.tokens?.[i];
    if (token !== undefined) lines.push(...fact(page, "token", `interleaf replay ${token}`, 0));
  });
  if (report.never) lines.push("", ...neverLines(page, report.never));
  return `${lines.join("\n")}\n`;
}

/** Lines of each kind of what never happened; the rest is counted (`--json` has all of it). */
const MOST_NEVER = 8;

/** What never happened: what makes a verdict say less than it seems to comes first. */
function neverLines(page: Page, never: NeverTaken): string[] {
  const lines = never.warnings.flatMap((warning) => fact(page, "warning", warning));
  const add = (label: string, items: readonly string[]): void => {
    items.slice(0, MOST_NEVER).forEach((item, i) => lines.push(...fact(page, i === 0 ? label : "", item)));
    if (items.length > MOST_NEVER)
      lines.push(...fact(page, "", `and ${thousands(items.length - MOST_NEVER)} more`));
  };
  add("not taken", never.steps);
  add(
    "outcomes",
    never.outcomes.map(({ site, never: outcomes }) => `${site}: never ${outcomes.join(", ")}`),
  );
  add(
    "one order",
    never.lockOrders.map(({ first, second }) => `${second} only inside ${first}`),
  );
  if (never.pairs.length > 0)
    lines.push(
      ...fact(page, "one way", `${count(never.pairs.length, "pair")} of steps met in one order only`),
    );
  return lines.length > 0
    ? lines
    : fact(page, "not taken", "nothing: every step, outcome and order was seen");
}

/** A replayed execution for a terminal or a mail. */
export function replayText(
  mail: boolean,
  subject: CheckedSubject,
  told: Told,
  trace: string,
  paint: Paint = NO_PAINT,
): string {
  const page = mail ? MAIL_PAGE : TERMINAL_PAGE;
  const shade = mail ? NO_PAINT : paint;
  const { tasks, findings, steps } = told;
  const faults = steps.flatMap((step) => step.choices).filter((choice) => choice.outcome !== 0).length;
  const who = whoText(subject);
  const layout = subject.image === undefined ? "the smallest layout" : `the layout of ${subject.image}`;
  const first = findings[0]?.finding;
  const shows =
    first === undefined
      ? "it shows no finding"
      : `it shows ${first.code}${first.at.site === "" ? "" : ` in ${first.at.site}()`}`;
  const sized = `sequential consistency, ${count(tasks.length, "task")} on ${count(tasks.length, "CPU")}`;
  const bounds =
    subject.kernel === ""
      ? `${sized}, ${count(faults, "fault")}`
      : `${sized}, ${layout}, ${count(faults, "fault")}, failure model ${subject.failures}`;
  const lines = wrap(onPage(`One execution of ${who} under ${bounds}: ${shows}.`, page), page.width);
  lines.push("", ...subjectFacts(page, subject, true));
  for (const { finding } of findings) {
    lines.push(
      "",
      ...wrap(onPage(`${finding.code}: ${finding.message}`, page), page.width, "  ").map((line) =>
        shade("strong", line),
      ),
    );
  }
  lines.push("", ...story(page, told, shade), "", ...fact(page, "why", reasonText(told)));
  lines.push(...heldFact(page, told), ...fact(page, "replay", replayCommand(trace), 0));
  return `${lines.join("\n")}\n`;
}

/** The execution in columns, its step of interest coloured. */
function story(page: Page, told: Told, paint: Paint): string[] {
  return columns(told, page).map((line) => (/^ *> ?\d/.test(line) ? paint("bad", line) : line));
}

/** What of the story is minimal by proof, and what is only the least that was seen. */
function proofText({ proof }: Found): string {
  if (!proof.faults) return "the least that was seen";
  return proof.switches
    ? "faults and switches are minimal by proof"
    : "faults are minimal by proof, switches the fewest seen";
}

/** Who holds which lock where the story ends. */
function heldFact(page: Page, told: Told): string[] {
  const held = heldText(told);
  return held === "" ? [] : fact(page, "held", held);
}

/** The command that shows a trace again. */
export function replayCommand(trace: string): string {
  return `interleaf replay ${/^[\w./-]+$/.test(trace) ? trace : `'${trace.replaceAll("'", `'\\''`)}'`}`;
}

function headline(page: Page, report: CheckReport, paint: Paint): string[] {
  const lines = wrap(onPage(sentence(report), page), page.width, "");
  const word = VERDICT_WORDS[report.result.verdict] ?? "";
  return lines.map((line) => line.replace(word, () => paint(toneOf(report.result.verdict), word)));
}

/** How a verdict is coloured. */
export function toneOf(verdict: string): Tone {
  if (verdict === "holds") return "good";
  return verdict === "fails" ? "bad" : "doubt";
}

const VERDICT_WORDS: Readonly<Record<string, string>> = {
  holds: "HOLDS",
  fails: "FAILS",
  incomplete: "INCOMPLETE",
  vacuous: "VACUOUS",
};

/** The verdict, its bounds and what it comes from, in one sentence. */
export function sentence(report: CheckReport): string {
  const { subject, result } = report;
  const who = whoText(subject);
  const bounds = boundsText(report);
  switch (result.verdict) {
    case "holds":
      return `${who} HOLDS under ${bounds}: every execution was explored, ${count(result.executions, "execution")}, and nothing was found.`;
    case "vacuous":
      return `${who} is VACUOUS under ${bounds}: nothing was found, but ${result.reason ?? "a witness never happened"}.`;
    case "incomplete":
      return `${who} is INCOMPLETE under ${bounds}: ${result.reason ?? "a limit ended the exploration"}.`;
    case "fails": {
      const first = result.findings[0];
      const more =
        result.findings.length > 1 ? `, and ${count(result.findings.length - 1, "other finding")}` : "";
      const where = first && first.finding.at.site !== "" ? ` in ${first.finding.at.site}()` : "";
      return `${who} FAILS under ${bounds}: ${first?.finding.code ?? "a finding"}${where}${more}.`;
    }
  }
}

function whoText(subject: CheckedSubject): string {
  const where = subject.kernel === "" ? "" : ` on ${kernelText(subject)}`;
  return `${subject.scenario}${subject.hypothetical ? " (hypothetical)" : ""}${where}`;
}

/** `kernel 6.12 with swapoff.guard=unstable`. */
export function kernelText(subject: CheckedSubject): string {
  const { kernel, replaced } = subject;
  const pairs = Object.entries(replaced).map(([point, name]) => `${point}=${name}`);
  return `kernel ${kernel}${pairs.length > 0 ? ` with ${listed(pairs)}` : ""}`;
}

function facts(page: Page, report: CheckReport): string[] {
  const { subject, result } = report;
  const lines = subjectFacts(page, subject, result.verdict === "fails");
  const add = (label: string, text: string): void => void lines.push(...fact(page, label, text));
  const failures = subject.kernel === "" ? "" : `${failuresText(subject.failures)}; `;
  add("bounds", `${failures}${limitsText(report)}`);
  add("covered", coverageText(report));
  if (result.verdict === "fails" && result.reason !== undefined) add("", result.reason);
  if (result.estimate) add("", estimateText(result));
  add("witnesses", witnessText(report));
  const failing = result.sites.filter((site) => site.outcomes.some((outcome) => outcome !== 0)).length;
  if (result.sites.length > 0) {
    add("failures", `${count(result.sites.length, "place")} where something may fail; it did at ${failing}`);
  }
  return lines;
}

function subjectFacts(page: Page, subject: CheckedSubject, story: boolean): string[] {
  const lines: string[] = [];
  const add = (label: string, text: string): void => void lines.push(...fact(page, label, text));
  if (subject.kernel === "") {
    add("program", subject.title);
    return lines;
  }
  add("scenario", `${subject.scenario}: ${subject.title}.${story ? ` ${subject.story}` : ""}`);
  if (subject.hypothetical) add("", "Hypothetical: a visitor takes part that no kernel has.");
  const designs = Object.entries(subject.designs).map(([point, name]) => `${point}=${name}`);
  add("designs", designs.join(", "));
  if (subject.designFile !== undefined) add("", `with a design from ${subject.designFile}`);
  add("layout", subject.layout);
  return lines;
}

function fact(page: Page, label: string, text: string, breaks: 0 | 1 = 1): string[] {
  const shown = onPage(text, page);
  const lines = breaks === 1 ? wrap(shown, page.width - LABEL) : [shown];
  return lines.map((line, i) => `${(i === 0 ? label : "").padEnd(LABEL)}${line}`.trimEnd());
}

/** Which designs hold in the same scenario, which fail too. */
export function survivorsText(others: readonly Survivor[]): string {
  if (others.length === 0) return "no other design was tried";
  const holding = others.filter((o) => o.verdict === "holds").map((o) => o.name);
  const parts = [holding.length > 0 ? `${listed(holding)} ${verb(holding, "hold")}` : "none of those tried"];
  const failing = others.filter((o) => o.verdict === "fails");
  for (const code of new Set(failing.map((o) => o.code))) {
    const names = failing.filter((o) => o.code === code).map((o) => o.name);
    parts.push(`${listed(names)} ${verb(names, "fail")} too${code === undefined ? "" : ` (${code})`}`);
  }
  const rest = others.filter((o) => o.verdict !== "holds" && o.verdict !== "fails");
  if (rest.length > 0) parts.push(`undecided: ${rest.map((o) => `${o.name} (${o.verdict})`).join(", ")}`);
  return parts.join("; ");
}

function verb(subjects: readonly string[], word: string): string {
  return subjects.length === 1 ? `${word}s` : word;
}
