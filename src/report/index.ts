/** interleaf/report: what a check says, as text, mail, JSON, SARIF, JUnit and diagrams. Pure functions of plain data. */
export { assertHolds, DoesNotHold } from "./assert-holds.ts";
export { boundsText } from "./bounds.ts";
export type { CheckedSubject, CheckReport, Survivor } from "./check-report.ts";
export { columns } from "./columns.ts";
export { checkJson, JSON_VERSION, matrixJson, toldJson } from "./json.ts";
export { junitXml } from "./junit.ts";
export {
  codesText,
  designsJson,
  designsText,
  explanationText,
  kernelsJson,
  kernelsText,
  scenariosJson,
  scenariosText,
} from "./list.ts";
export { agreement, type Cell, type Matrix, matrixText } from "./matrix.ts";
export { mermaid } from "./mermaid.ts";
export { progressLine, verdictLines } from "./ndjson.ts";
export { perfetto } from "./perfetto.ts";
export {
  type AreaReport,
  type ForkReport,
  type KindReport,
  type MachineFacts,
  type MapsReport,
  mapsReport,
  type ProcessReport,
  processReport,
} from "./process-report.ts";
export { mapsReportText, type StraceReport, straceText } from "./process-text.ts";
export { reasonText } from "./reason.ts";
export { sarifLog } from "./sarif.ts";
export { sparkline } from "./sparkline.ts";
export { tellTrace } from "./tell-trace.ts";
export {
  mailText,
  type Paint,
  replayCommand,
  replayText,
  sentence,
  type Tone,
  terminalText,
  textOn,
  toneOf,
} from "./text.ts";
export { timelineSvg } from "./timeline-svg.ts";
export type { Told, ToldChange, ToldChoice, ToldFinding, ToldStep } from "./told.ts";
export { count, listed, MAIL_PAGE, type Page, TERMINAL_PAGE, thousands, wrap } from "./wrap.ts";
