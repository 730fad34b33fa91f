/**
 * Verdicts as JUnit XML: a suite per kernel, a case per scenario. A finding is a failure, a verdict that is left open
 * (incomplete, vacuous) an error: neither passes.
 */
import type { CheckReport } from "./check-report.ts";
import { mailText, sentence } from "./text.ts";

/** The document. */
export function junitXml(reports: readonly CheckReport[]): string {
  const suites = new Map<string, CheckReport[]>();
  for (const report of reports) {
    const { kernel } = report.subject;
    const name = kernel === "" ? "programs" : `kernel ${kernel}`;
    suites.set(name, [...(suites.get(name) ?? []), report]);
  }
  const lines = [`<?xml version="1.0" encoding="UTF-8"?>`, `<testsuites${sums("interleaf", reports)}>`];
  for (const [name, inside] of suites) {
    lines.push(`  <testsuite${sums(name, inside)}>`);
    for (const report of inside) lines.push(...caseOf(report));
    lines.push("  </testsuite>");
  }
  lines.push("</testsuites>");
  return `${lines.join("\n")}\n`;
}

function sums(name: string, reports: readonly CheckReport[]): string {
  const fails = reports.filter((report) => report.result.verdict === "fails").length;
  const holds = reports.filter((report) => report.result.verdict === "holds").length;
  const elapsed = reports.reduce((sum, report) => sum + report.elapsedMs, 0);
  return attributes({
    name,
    tests: String(reports.length),
    failures: String(fails),
    errors: String(reports.length - fails - holds),
    time: seconds(elapsed),
  });
}

function caseOf(report: CheckReport): string[] {
  const { subject, result } = report;
  const designs = Object.entries(subject.replaced).map(([point, name]) => `${point}=${name}`);
  const open = `    <testcase${attributes({
    name: [subject.scenario, ...designs].join(" "),
    classname: subject.kernel === "" ? "interleaf" : `interleaf.${subject.kernel.replaceAll(".", "_")}`,
    time: seconds(report.elapsedMs),
  })}>`;
  const [first] = result.findings;
  const inside =
    result.verdict === "holds"
      ? [`      <system-out>${escaped(sentence(report))}</system-out>`]
      : result.verdict === "fails"
        ? [
            `      <failure${attributes({ type: first?.finding.code ?? "finding", message: first?.finding.message ?? "" })}>${escaped(mailText(report))}</failure>`,
          ]
        : [
            `      <error${attributes({ type: result.verdict, message: result.reason ?? "" })}>${escaped(mailText(report))}</error>`,
          ];
  return [open, ...inside, "    </testcase>"];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value).replaceAll("\n", " ")}"`)
    .join("");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML 1.0 has no control characters, not even escaped, and no halves of surrogate pairs. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "?")
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
