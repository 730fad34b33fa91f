import { expect, it } from "vitest";
import { mailText, mermaid, terminalText } from "../../src/report/index.ts";
import { boxProgram, countProgram, reportOn, SUBJECT } from "./world.ts";

const OTHERS = [
  { name: "kernel 6.18", verdict: "holds" },
  { name: "box.closing=keep", verdict: "holds" },
  { name: "kernel 6.14", verdict: "fails", code: "use-after-free" },
  { name: "box.look=twice", verdict: "incomplete" },
];

it("a failing check: sentence with bounds, facts, columns, reason, survivors, replay command", async () => {
  const report = { ...reportOn(boxProgram), others: OTHERS };
  await expect(terminalText(report)).toMatchFileSnapshot("golden/failing.txt");
});

it("the same as a mail: 72 columns, ASCII", async () => {
  const report = { ...reportOn(boxProgram), others: OTHERS };
  const text = mailText(report);
  await expect(text).toMatchFileSnapshot("golden/failing-mail.txt");
  expect(text).toMatch(/^[\n\x20-\x7e]*$/);
});

it("as a diagram", async () => {
  await expect(mermaid(reportOn(boxProgram).told[0]!)).toMatchFileSnapshot("golden/failing.mmd");
});

it("no line is wider than the page", () => {
  const report = { ...reportOn(boxProgram), others: OTHERS };
  for (const line of terminalText(report).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  for (const line of mailText(report).split("\n")) expect(line.length).toBeLessThanOrEqual(72);
});

it("a check that holds names its bounds first and tells no story", async () => {
  const text = terminalText(reportOn(countProgram));
  await expect(text).toMatchFileSnapshot("golden/holding.txt");
  expect(text).not.toContain(SUBJECT.story);
});

it.each([
  ["holds", reportOn(countProgram)],
  ["fails", reportOn(boxProgram)],
  ["incomplete", reportOn(countProgram, { executions: 0 })],
  ["vacuous", reportOn({ ...countProgram, witnesses: ["never"] })],
] as const)("the first sentence of %s has every bound", (verdict, report) => {
  expect(report.result.verdict).toBe(verdict);
  const sentence = terminalText(report).split("\n\n")[0]!.replaceAll("\n", " ");
  for (const bound of [
    "sequential consistency",
    "2 tasks on 2 CPUs",
    "the smallest layout",
    "1 fault",
    "failure model any",
  ]) {
    expect(sentence).toContain(bound);
  }
  expect(sentence).toContain(verdict.toUpperCase());
});

it("a hypothetical scenario is labelled in every format", () => {
  const report = reportOn(boxProgram, {}, { ...SUBJECT, hypothetical: true });
  expect(terminalText(report)).toContain("box (hypothetical)");
  expect(mailText(report)).toContain("box (hypothetical)");
});

it("colours change no word", () => {
  const report = reportOn(boxProgram);
  const painted = terminalText(report, (_tone, text) => `§${text}§`);
  expect(painted).toContain("§FAILS§");
  expect(painted.replaceAll("§", "")).toBe(terminalText(report));
});
