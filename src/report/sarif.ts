/**
 * Verdicts as SARIF 2.1.0: a result per finding, its code as the rule, the execution as one thread flow per task. Services
 * that show results of static analysis read it.
 *
 * A verdict that is neither a finding nor a proof (incomplete, vacuous) is a result of kind `review`; one that holds is a
 * result of kind `pass`, so that nobody takes a missing result for a clean one.
 */
import type { Explanation } from "../sched/index.ts";
import { boundsText } from "./bounds.ts";
import type { CheckReport } from "./check-report.ts";
import { findingStep } from "./fold.ts";
import { sentence } from "./text.ts";
import type { Told, ToldStep } from "./told.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
/** Rule of results that are no finding. */
const VERDICT = "verdict";

/** The document. @param explanations of every code that may turn up */
export function sarifLog(
  reports: readonly CheckReport[],
  version: string,
  explanations: readonly Explanation[],
): unknown {
  const codes = reports.flatMap((report) => report.result.findings.map((found) => found.finding.code));
  const used = [...new Set(codes)].sort();
  const rules = [
    ...used.map((code) => {
      const known = explanations.find((e) => e.code === code);
      return {
        id: code,
        shortDescription: { text: known?.title ?? code },
        ...(known === undefined ? {} : { fullDescription: { text: known.text } }),
      };
    }),
    { id: VERDICT, shortDescription: { text: "what a check says within its bounds" } },
  ];
  const ruleOf = (code: string): { ruleId: string; ruleIndex: number } => ({
    ruleId: code,
    ruleIndex: rules.findIndex((rule) => rule.id === code),
  });
  const results = reports.flatMap((report): object[] => {
    const { result, subject } = report;
    if (result.verdict !== "fails") {
      const kind = result.verdict === "holds" ? "pass" : "review";
      const where = [{ logicalLocations: [{ name: subject.scenario, kind: "module" }] }];
      return [
        { ...ruleOf(VERDICT), kind, level: "none", message: { text: sentence(report) }, locations: where },
      ];
    }
    return result.findings.map((found, i) => {
      const { finding } = found;
      const told = report.told[i];
      return {
        ...ruleOf(finding.code),
        kind: "fail",
        level: "error",
        message: { text: `${subject.scenario}: ${finding.message}` },
        locations: [locationOf(finding.at.site || subject.scenario, report.traces[i])],
        ...(told === undefined || told.steps.length === 0 ? {} : { codeFlows: [codeFlow(told)] }),
        partialFingerprints: {
          "finding/v1": [subject.scenario, subject.kernel, finding.code, finding.at.site].join("/"),
        },
        properties: {
          scenario: subject.scenario,
          ...(subject.kernel === "" ? {} : { kernel: subject.kernel, designs: subject.designs }),
          bounds: boundsText(report),
          task: finding.at.task,
          objects: finding.objects,
          steps: found.steps,
          switches: found.switches,
          faults: found.faults,
          executions: found.count,
        },
      };
    });
  });
  const driver = { name: "interleaf", version, semanticVersion: version, rules };
  const runs = [{ tool: { driver }, columnKind: "utf16CodeUnits", results }];
  return { $schema: SCHEMA, version: "2.1.0", runs };
}

/** The function, and the trace file where there is one. */
function locationOf(site: string, trace: string | undefined): object {
  return {
    ...(trace === undefined
      ? {}
      : { physicalLocation: { artifactLocation: { uri: encodeURI(trace.replaceAll("\\", "/")) } } }),
    logicalLocations: [{ name: site, kind: "function" }],
  };
}

function codeFlow(told: Told): object {
  const marked = findingStep(told);
  const threadFlows = told.tasks.flatMap((task, t) => {
    const steps = told.steps.filter((step) => step.task === t);
    return steps.length === 0
      ? []
      : [{ id: task, locations: steps.map((step) => flowLocation(step, marked)) }];
  });
  return { threadFlows };
}

function flowLocation(step: ToldStep, marked: number | undefined): object {
  const said = [step.does, ...step.notes].join("; ");
  return {
    executionOrder: step.number,
    importance: step.number === marked ? "essential" : "important",
    location: {
      message: { text: said },
      logicalLocations: [{ name: step.site || "task", kind: "function" }],
    },
  };
}
