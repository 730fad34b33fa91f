/**
 * Words for the tests of logs and replays.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  type LogSummary,
  type ProcessHistory,
  problemText,
  Replay,
  type ReplayOptions,
  readLog,
  readMaps,
  type Snapshot,
  type TraceEvent,
} from "../../src/import/index.ts";
import type { Image } from "../../src/mm/index.ts";

/** The five recorded programs. */
export const PROGRAMS = [
  "bash-pipeline",
  "gcc-hello",
  "nginx-workers",
  "python-grow",
  "redis-bgsave",
] as const;

const EXAMPLES = "../../examples/processes";

/** A packed log as text. */
export function unpacked(name: string): string {
  const folder = name.startsWith("redis") ? EXAMPLES : "fixtures";
  return gunzipSync(readFileSync(new URL(`${folder}/${name}`, import.meta.url))).toString("latin1");
}

/** The maps that were recorded with a program. */
export function mapsOf(program: string): Snapshot[] {
  const folder = program === "redis-bgsave" ? EXAMPLES : "fixtures";
  const result = readMaps(readFileSync(new URL(`${folder}/${program}.maps`, import.meta.url)));
  if (!result.ok) throw new Error(problemText(result.problem));
  return result.snapshots;
}

/** Events of a log that must be readable. */
export function eventsOf(text: string, keepGoing = false): TraceEvent[] {
  const events: TraceEvent[] = [];
  const result = readLog(text, (event) => events.push(event), { file: "x.log", keepGoing });
  if (!result.ok) throw new Error(problemText(result.problem));
  return events;
}

/** What reading a log says of it. */
export function summaryOf(text: string, keepGoing = false): LogSummary {
  const result = readLog(text, () => {}, { file: "x.log", keepGoing });
  if (!result.ok) throw new Error(problemText(result.problem));
  return result.summary;
}

/** The message with which a log is refused. */
export function logRefusal(text: string | Uint8Array): string {
  const result = readLog(text, () => {}, { file: "x.log" });
  if (result.ok) throw new Error("the log was read");
  return problemText(result.problem);
}

/** A replayed log. */
export interface Replayed {
  readonly replay: Replay;
  readonly ends: { readonly pid: number; readonly image: Image }[];
  /** The first process. */
  readonly first: ProcessHistory;
}

/** Replays a log. */
export function replayed(text: string, options: ReplayOptions = {}): Replayed {
  const ends: { pid: number; image: Image }[] = [];
  const replay = new Replay({ ...options, onEnd: ({ pid }, image) => ends.push({ pid, image }) });
  const result = readLog(text, (event) => replay.take(event), { file: "x.log" });
  if (!result.ok) throw new Error(problemText(result.problem));
  replay.end();
  return { replay, ends, first: replay.processes[0]! };
}

/** Areas as `start-end perms name`. */
export function areasOf(image: Image | undefined): string[] {
  return (image?.areas ?? []).map((a) => {
    const perms = `${a.read ? "r" : "-"}${a.write ? "w" : "-"}${a.exec ? "x" : "-"}${a.shared ? "s" : "p"}`;
    return `${(a.startPage * 4096).toString(16)}-${(a.endPage * 4096).toString(16)} ${perms} ${a.name}`.trimEnd();
  });
}

/** Lines to the text of a log. */
export function log(...lines: string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
