/**
 * Replayed processes and images as text for a terminal.
 */
import type { LogSummary, Verification } from "../import/index.ts";
import { problemText } from "../import/index.ts";
import type {
  AreaReport,
  ForkReport,
  KindReport,
  MachineFacts,
  MapsReport,
  ProcessReport,
} from "./process-report.ts";
import { sparkline } from "./sparkline.ts";
import type { Paint } from "./text.ts";
import { count, listed, thousands, wrap } from "./wrap.ts";

const WIDTH = 80;
const LABEL = 11;
/** How many of a list are shown; JSON has what was kept. */
const SHOWN = 4;

const NO_PAINT: Paint = (_tone, text) => text;

/** A labelled paragraph. */
function fact(label: string, text: string): string[] {
  const lines = wrap(text, WIDTH - LABEL);
  return lines.map((line, i) => `${(i === 0 ? label : "").padEnd(LABEL)}${line}`);
}

/** `12.5 MiB` */
function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? thousands(Math.round(value)) : value.toFixed(1)} ${units[unit]!}`;
}

function areaText(area: AreaReport): string {
  return `${area.range} ${area.permissions} ${size(area.bytes)}${area.name === "" ? "" : ` ${area.name}`}`;
}

/** What a replay came to. */
export interface StraceReport {
  readonly summary: LogSummary;
  readonly processes: readonly ProcessReport[];
  readonly machine: MachineFacts;
  readonly notes: readonly string[];
  /** Calls that changed address spaces unfollowed. */
  readonly unfollowed: readonly { readonly name: string; readonly count: number; readonly line: number }[];
  readonly verification: Verification | undefined;
}

/** The whole report. Of more than `most` processes, those with the highest peaks. */
export function straceText(report: StraceReport, most: number, paint: Paint = NO_PAINT): string {
  const { summary, processes, machine } = report;
  const lines = headline(report, paint);
  const shown = [...processes].sort((a, b) => b.areas.peak - a.areas.peak).slice(0, most);
  shown.sort((a, b) => a.firstLine - b.firstLine);
  for (const process of shown) lines.push("", ...processText(process, machine, paint));
  if (shown.length < processes.length) {
    lines.push(
      "",
      `${count(processes.length - shown.length, "more process", "more processes")} with lower peaks: --all shows them`,
    );
  }
  lines.push("", ...logText(report));
  if (summary.skipped.count > 0) {
    lines.push(
      ...fact(
        "skipped",
        `${count(summary.skipped.count, "damaged line")}; the first: ${problemText(summary.skipped.problems[0]!)}`,
      ),
    );
  }
  if (report.verification !== undefined) lines.push("", ...verificationText(report.verification, paint));
  return `${lines.join("\n")}\n`;
}

function headline({ summary, processes, machine }: StraceReport, paint: Paint): string[] {
  const peak = processes.reduce<ProcessReport | undefined>(
    (most, process) => (most === undefined || process.areas.peak > most.areas.peak ? process : most),
    undefined,
  );
  const failed = processes.reduce((sum, process) => sum + process.failed.count, 0);
  const text =
    peak === undefined
      ? `${summary.file}: no process whose memory could be followed`
      : `${summary.file}: ${count(processes.length, "process", "processes")}, at most ${count(peak.areas.peak, "area")} (pid ${peak.pid}), ${thousands(peak.areas.headroom)} below max_map_count ${thousands(machine.maxMapCount)}; ${failed === 0 ? "no memory call failed" : `${count(failed, "memory call")} failed`}.`;
  return wrap(text, WIDTH).map((line) => paint("strong", line));
}

function processText(process: ProcessReport, machine: MachineFacts, paint: Paint): string[] {
  const { areas, bytes } = process;
  const from = process.parent === undefined ? "" : `, forked from ${process.parent}`;
  const ran = process.programs.length === 0 ? "" : ` ${process.programs.join(", then ")}`;
  const lines = wrap(`pid ${process.pid}${ran}${from}`, WIDTH, "  ").map((line) => paint("strong", line));
  lines.push(
    ...fact(
      "areas",
      `${areas.first} at first, at most ${areas.peak} (line ${areas.peakLine}), ${areas.last} at the end; ${thousands(areas.headroom)} to max_map_count ${thousands(machine.maxMapCount)}`,
    ),
    `${"".padEnd(LABEL)}${sparkline(process.points, WIDTH - LABEL)}`,
    ...fact(
      "memory",
      `${size(bytes.first)} at first, at most ${size(bytes.peak)}, ${size(bytes.last)} at the end`,
    ),
  );
  if (process.layout !== "told") {
    const why =
      process.layout === "derived"
        ? "what exec made (program, loader, stack: about 13 areas) is not in the log: a recorded maps file tells it (--verify, --from)"
        : "the log begins in the middle: areas from before are not counted";
    const inferred =
      process.inferredAreas > 0
        ? `; ${count(process.inferredAreas, "area")} inferred from calls on them`
        : "";
    lines.push(...fact("unseen", why + inferred));
  }
  if (process.splitters.length > 0)
    lines.push(...fact("split", listed(process.splitters.map((kind) => kindText(kind, "split")))));
  if (process.mergers.length > 0)
    lines.push(...fact("merged", listed(process.mergers.map((kind) => kindText(kind, "merged")))));
  process.largest.forEach((area, i) => lines.push(...fact(i === 0 ? "largest" : "", areaText(area))));
  const { kinds } = process.failed;
  for (const [i, failed] of kinds.slice(0, SHOWN).entries()) {
    const times = failed.count === 1 ? "" : ` (${thousands(failed.count)} times)`;
    const text = `line ${failed.line}: ${failed.call} ${failed.error}${times}: ${failed.reason}`;
    lines.push(...fact(i === 0 ? "failed" : "", text));
  }
  if (kinds.length > SHOWN)
    lines.push(...fact("", `and ${count(kinds.length - SHOWN, "more kind")} of failure`));
  const fork = process.forks.kept.at(-1);
  if (fork !== undefined) {
    const times = process.forks.count > 1 ? `${thousands(process.forks.count)} times; the last one, ` : "";
    lines.push(
      ...fact(
        "forks",
        `${times}line ${fork.line}: ${fork.call} ${fork.error === undefined ? `made pid ${fork.child}` : `gave ${fork.error}`}`,
      ),
      ...forkText(fork),
    );
  }
  for (const [i, { line, what }] of process.disagreements.kept.slice(0, SHOWN).entries()) {
    lines.push(
      ...fact(i === 0 ? "differs" : "", `line ${line}: ${what}`).map((text) => paint("doubt", text)),
    );
  }
  if (process.disagreements.count > SHOWN)
    lines.push(...fact("", `and ${thousands(process.disagreements.count - SHOWN)} more`));
  if (process.dependsOnFaults.count > 0) {
    const calls = process.dependsOnFaults.kept
      .slice(0, SHOWN)
      .map(
        ({ line, call, difference }) =>
          `line ${line} ${call} (${difference > 0 ? `${difference} more` : `${-difference} fewer`})`,
      );
    const more =
      process.dependsOnFaults.count > SHOWN ? `, and ${process.dependsOnFaults.count - SHOWN} more` : "";
    lines.push(
      ...fact(
        "faults",
        `private memory is taken to be written as soon as it is there. Had it never been, the number of areas would change differently at ${calls.join(", ")}${more}`,
      ),
    );
  }
  return lines;
}

function kindText(kind: KindReport, what: "split" | "merged"): string {
  return `${kind.name} ${what === "split" ? "+" : "-"}${thousands(kind[what])} (${count(kind.calls, "call")})`;
}

function forkText(fork: ForkReport): string[] {
  const lines: string[] = [];
  const guess = fork.guessedFlags ? " (flags not told: private writable areas are taken to be charged)" : "";
  const largest =
    fork.largestCharge === undefined ? "" : `, at most ${size(fork.largestCharge.bytes)} at once`;
  lines.push(
    ...fact(
      "",
      `charges ${size(fork.chargedBytes)} in ${count(fork.chargedAreas, "area")}${largest}${guess}`,
    ),
  );
  if (fork.refused !== undefined) {
    lines.push(
      ...fact("", `fork fails with ENOMEM at ${areaText(fork.refused.area)}: ${fork.refused.reason}`),
    );
  } else if (!fork.judged) {
    lines.push(
      ...fact("", "whether memory refuses a charge depends on the machine: --machine live, or --ram SIZE"),
    );
  } else {
    const other =
      fork.error === "ENOMEM" ? ": the ENOMEM came from elsewhere, such as a memory group's limit" : "";
    lines.push(...fact("", `no charge is refused under this machine's memory${other}`));
  }
  if (fork.designs.length === 0) return lines;
  const part = fork.forkedAreas < fork.areas ? ` (of the first ${thousands(fork.forkedAreas)} areas)` : "";
  lines.push(
    ...fact(
      "",
      `allocations that could fail${part}, and what the child holds when the lock is dropped after the one in the middle failed:`,
    ),
  );
  for (const { kernel, copy, recovery, allocations, left } of fork.designs) {
    const design = recovery === "none" ? copy : `${copy}, ${recovery}`;
    const parts = [
      left.own > 0 ? `${left.own} of its own` : "",
      left.stale > 0 ? `${left.stale} of its parent's` : "",
      left.marker ? "the marker" : "",
    ].filter((text) => text !== "");
    const holds = parts.length === 0 ? "nothing" : parts.join(", ");
    lines.push(
      `${"".padEnd(LABEL)}${kernel.padEnd(5)} ${design.padEnd(18)} ${thousands(allocations).padStart(7)}   ${holds}`,
    );
  }
  return lines;
}

function logText({ summary, notes, unfollowed }: StraceReport): string[] {
  const seen = summary.unmodelled.reduce((sum, { count: n }) => sum + n, 0);
  const { halves } = summary;
  const names = summary.unmodelled.slice(0, 6).map(({ name, count: n }) => `${name} ${thousands(n)}`);
  const more = summary.unmodelled.length > 6 ? ` and ${summary.unmodelled.length - 6} other names` : "";
  const lines = fact(
    "log",
    `${count(summary.lines, "line")}, ${count(summary.calls, "call")}: ${thousands(summary.modelled)} replayed, ${thousands(seen)} not modelled${seen > 0 ? ` (${names.join(", ")}${more})` : ""}${halves > 0 ? `, ${thousands(halves)} of which only one half is there` : ""}`,
  );
  for (const { name, count: n, line } of unfollowed) {
    lines.push(
      ...fact(
        "",
        `${name} changed an address space ${count(n, "time")}, first in line ${line}, and is not followed`,
      ),
    );
  }
  for (const note of [...summary.notes, ...notes]) lines.push(...fact("note", note));
  return lines;
}

function verificationText(result: Verification, paint: Paint): string[] {
  const { differences, snapshots, areas } = result;
  const lines: string[] = [];
  if (snapshots === 0) {
    lines.push(...fact("verify", "nothing was compared: no process of the log has a recorded end"));
  } else if (differences.length === 0) {
    lines.push(
      ...fact(
        "verify",
        `${count(snapshots, "recorded end")}, ${count(areas, "area")}: every one is as recorded (where the stack begins is not compared)`,
      ).map((line) => paint("good", line)),
    );
  }
  for (const { pid, line, layout, recorded, replayed } of differences) {
    lines.push(
      ...fact(
        "verify",
        `pid ${pid} ends differently from line ${line} of the maps file; the first difference:`,
      ).map((text) => paint("bad", text)),
      `${"recorded".padStart(LABEL + 8)} ${recorded ?? "nothing more"}`,
      `${"replayed".padStart(LABEL + 8)} ${replayed ?? "nothing more"}`,
    );
    if (layout !== "told") {
      lines.push(
        ...fact(
          "",
          "what this process had before its first call is not told: the maps file needs a start block (examples/processes/record.sh)",
        ),
      );
    }
  }
  if (result.onlyRecorded.length > 0)
    lines.push(...fact("", `recorded, but not in the log: pid ${result.onlyRecorded.join(", ")}`));
  if (result.onlyReplayed.length > 0 && snapshots > 0)
    lines.push(...fact("", `in the log, but no end recorded: pid ${result.onlyReplayed.join(", ")}`));
  return lines;
}

/** One image. */
export function mapsReportText(report: MapsReport, machine: MachineFacts, paint: Paint = NO_PAINT): string {
  const who = [report.program, report.pid === undefined ? undefined : `pid ${report.pid}`].filter(
    (part) => part !== undefined,
  );
  const title = `${report.source}: ${count(report.areas, "area")}${who.length > 0 ? ` of ${who.join(", ")}` : ""}, ${thousands(report.headroom)} below max_map_count ${thousands(machine.maxMapCount)}.`;
  const lines = wrap(title, WIDTH).map((line) => paint("strong", line));
  lines.push("", ...fact("memory", `${size(report.bytes)} mapped`));
  report.byName
    .slice(0, 8)
    .forEach((of, i) =>
      lines.push(
        ...fact(i === 0 ? "names" : "", `${size(of.bytes)} in ${count(of.areas, "area")}: ${of.name}`),
      ),
    );
  report.largest
    .slice(0, 5)
    .forEach((area, i) => lines.push(...fact(i === 0 ? "largest" : "", areaText(area))));
  const { neighbours } = report;
  lines.push(
    ...fact(
      "neighbours",
      neighbours.count === 0
        ? "no two areas side by side look alike"
        : `${count(neighbours.count, "pair")} of areas side by side look alike; each would be one area less`,
    ),
  );
  for (const { below, above, apart } of neighbours.kept.slice(0, SHOWN)) {
    lines.push(
      ...fact(
        "",
        `${below.range} and ${above.range} ${above.permissions}${above.name === "" ? "" : ` ${above.name}`}: ${apart}`,
      ),
    );
  }
  lines.push(...fact("fork", `of ${count(report.fork.areas, "area")}`), ...forkText(report.fork));
  return `${lines.join("\n")}\n`;
}
