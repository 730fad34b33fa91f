/**
 * The number of areas of each process over time, as a picture.
 *
 *     one row per process: the line, its peak, and how far max_map_count is
 *
 * Plain SVG: no script, no font of its own; light and dark by the reader's setting. Every row has a text for who cannot see it.
 */
import type { ProcessReport } from "./process-report.ts";

const WIDTH = 960;
const ROW = 120;
const LEFT = 16;
const TOP = 56;
/** Of more processes, those with the highest peaks are drawn. */
const MOST_ROWS = 40;

/** The picture. `title` is what was replayed. */
export function timelineSvg(title: string, processes: readonly ProcessReport[]): string {
  const shown = [...processes].sort((a, b) => b.areas.peak - a.areas.peak).slice(0, MOST_ROWS);
  shown.sort((a, b) => a.firstLine - b.firstLine);
  const height = TOP + shown.length * ROW + 16;
  const left = processes.length - shown.length;
  const note = left > 0 ? ` (${left} more processes with lower peaks are not drawn)` : "";
  const rows = shown.map((process, i) => row(process, TOP + i * ROW));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="t">`,
    `<title id="t">${escape(`Areas over time: ${title}`)}</title>`,
    "<style>text{font:13px system-ui,sans-serif;fill:#222}.b{font-weight:600}.l{fill:none;stroke:#1f6feb;stroke-width:1.5}.f{fill:#1f6feb22}.a{stroke:#8885;stroke-width:1}.p{fill:#d1242f}@media(prefers-color-scheme:dark){text{fill:#ddd}.l{stroke:#79b8ff}.f{fill:#79b8ff22}.p{fill:#ff7b72}}</style>",
    `<text class="b" x="${LEFT}" y="26">${escape(`Areas (VMAs) over time: ${title}`)}</text>`,
    `<text x="${LEFT}" y="44">${escape(`one step to the right per call, not per second${note}`)}</text>`,
    ...rows,
    "</svg>",
  ].join("\n")}\n`;
}

function row(process: ProcessReport, top: number): string {
  const { points } = process;
  const { areas } = process;
  const body = top + 24;
  const height = ROW - 44;
  const scale = Math.max(areas.peak, 1);
  const y = (value: number): number => body + height - (value / scale) * height;
  const x = (i: number): number => LEFT + (i * (WIDTH - 2 * LEFT)) / Math.max(points.length - 1, 1);
  const at = (i: number, value: number): string => `${x(i).toFixed(1)},${y(value).toFixed(1)}`;
  const line = points.map((point, i) => at(i, point.high)).join(" ");
  const peakAt = points.findIndex((point) => point.high === areas.peak);
  const who = `pid ${process.pid}${process.programs.length > 0 ? ` ${process.programs.at(-1)}` : ""}`;
  const what = `${areas.first} to ${areas.last} areas, at most ${areas.peak} (line ${areas.peakLine}), ${areas.headroom} below max_map_count`;
  return [
    `<g role="img" aria-label="${escape(`${who}: ${what}`)}">`,
    `<text x="${LEFT}" y="${top + 14}"><tspan class="b">${escape(who)}</tspan> ${escape(what)}</text>`,
    `<line class="a" x1="${LEFT}" y1="${body + height}" x2="${WIDTH - LEFT}" y2="${body + height}"/>`,
    `<polygon class="f" points="${LEFT},${body + height} ${line} ${x(points.length - 1).toFixed(1)},${body + height}"/>`,
    `<polyline class="l" points="${line}"/>`,
    peakAt < 0
      ? ""
      : `<circle class="p" cx="${x(peakAt).toFixed(1)}" cy="${y(areas.peak).toFixed(1)}" r="3"/>`,
    "</g>",
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function escape(text: string): string {
  return text.replace(
    /[<>&"]/g,
    (sign) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[sign]!,
  );
}
