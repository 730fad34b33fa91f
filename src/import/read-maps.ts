/**
 * Reading a maps file: plain /proc/PID/maps, /proc/PID/smaps, or a recorded file of several snapshots.
 *
 *     chunks -> lines -> a head line    "=== pid 812 end exe /usr/bin/x ..."     begins a snapshot
 *                        a maps line    "00400000-0041f000 r--p ..."             adds an area to it
 *                        a smaps line   "Rss:   12 kB"                           tells about the last area
 *                        a blank line or a "# comment"                           is nothing
 *
 * Promised: areas ascend and do not overlap, every address is exact, and nothing is dropped in silence. The first
 * problem refuses the file, unless `keepGoing`: then what is damaged is left out, counted, and its place kept.
 *
 * Simplified: a maps file cut exactly at a line end cannot be told from a whole one; a smaps file can.
 */

import type { ImageVma } from "../mm/index.ts";
import type { Chunk, LineEnd } from "./lines.ts";
import { LineSplitter, MAX_LINE_CHARS } from "./lines.ts";
import type { Damage } from "./maps-line.ts";
import { parseMapsLine } from "./maps-line.ts";
import { mistakenFor } from "./mistaken.ts";
import type { ImportProblem } from "./problem.ts";
import { excerpt } from "./problem.ts";
import { isSmapsValue, takeNote, takeSmapsValue } from "./smaps-value.ts";
import type { Snapshot } from "./snapshot.ts";
import { HEAD_MARK, parseHead } from "./snapshot.ts";
import { SnapshotBuilder } from "./snapshot-builder.ts";

/** Most areas of one image, unless told otherwise: sixteen times the kernel's default max_map_count. */
export const DEFAULT_MAX_AREAS: number = 2 ** 20;
/** All images of a file together may hold this many times the limit of one. */
const FILE_AREAS_FACTOR = 4;
/** How many skipped problems are kept with their place; all are counted. */
const KEPT_PROBLEMS = 100;
/** How many different unknown keys are told apart; further ones are counted together. */
const KEPT_KEYS = 100;
/** What stands between the line of maps and the note in a recorded file. */
const NOTE_MARK = "   # ";

const A_MAPS_LINE =
  "a line of /proc/PID/maps, like 00400000-0041f000 r-xp 00000000 fe:00 26081 /usr/bin/true";

/** How to read a maps file. */
export interface ReadMapsOptions {
  /** Name of the file, for messages and for `Image.source`. Default `maps`. */
  file?: string;
  /** Leave out what is damaged and count it, instead of refusing the file. Default false. */
  keepGoing?: boolean;
  /** Most areas of one image; a file may hold four times as many in all. Default 2^20. */
  maxAreas?: number;
}

/** A file that was read. */
export interface MapsFile {
  ok: true;
  file: string;
  format: "maps" | "smaps" | "recorded";
  /** At least one, in file order, each with at least one area. */
  snapshots: Snapshot[];
  /** What `keepGoing` left out: problems in all, the first hundred of them, and lines in all. */
  skipped: { count: number; lines: number; problems: ImportProblem[] };
  /** Keys of smaps that are not known here, with how often each stood in the file. They change nothing. */
  unknownKeys: { key: string; count: number }[];
  /** Sentences about what is odd but harmless, with their place. */
  notes: string[];
}

/** A file that was refused. */
export interface MapsRefusal {
  ok: false;
  problem: ImportProblem;
}

/** What reading a maps file gives. */
export type MapsResult = MapsFile | MapsRefusal;

/**
 * Reads a whole maps file. Takes its text, its bytes, or its chunks one after another; of chunks only one line is
 * held at a time, and no more are asked for once the file is refused.
 */
export function readMaps(input: Chunk | Iterable<Chunk>, options: ReadMapsOptions = {}): MapsResult {
  const reader = new MapsReader(options);
  const chunks = typeof input === "string" || input instanceof Uint8Array ? [input] : input;
  for (const chunk of chunks) if (!reader.push(chunk)) break;
  return reader.end();
}

/** Reads a maps file that arrives piece by piece, for instance from an asynchronous stream. */
export class MapsReader {
  readonly #file: string;
  readonly #keepGoing: boolean;
  readonly #maxAreas: number;
  readonly #splitter: LineSplitter = new LineSplitter((text, end) => this.#line(text, end));
  readonly #snapshots: Snapshot[] = [];
  readonly #skipped: MapsFile["skipped"] = { count: 0, lines: 0, problems: [] };
  readonly #unknownKeys = new Map<string, number>();
  readonly #notes: string[] = [];
  #lineNumber = 0;
  /** Whether the first line ended in a carriage return. */
  #windowsEnds = false;
  /** Whether any line but blanks and comments was seen, a head line, a smaps line, a VmFlags line of smaps. */
  #sawContent = false;
  #sawHead = false;
  #sawValue = false;
  #sawFlags = false;
  /** Areas of the snapshots that are closed. */
  #closedAreas = 0;
  #builder: SnapshotBuilder | undefined;
  /** Area that smaps lines tell about. */
  #area: ImageVma | undefined;
  /** What was left out last: the lines that belong to it are left out with it. */
  #leftOut: "nothing" | "area" | "snapshot" = "nothing";
  /** Set once the file is refused; everything after is ignored. */
  #refusal: ImportProblem | undefined;
  #ended = false;

  constructor(options: ReadMapsOptions = {}) {
    this.#file = options.file ?? "maps";
    this.#keepGoing = options.keepGoing ?? false;
    this.#maxAreas = options.maxAreas ?? DEFAULT_MAX_AREAS;
    if (!Number.isSafeInteger(this.#maxAreas) || this.#maxAreas < 1) {
      throw new Error(`maxAreas must be a whole number of at least 1, not ${this.#maxAreas}`);
    }
  }

  /** Takes the next piece of the file. Returns false when the file is refused and no more is wanted. */
  push(chunk: Chunk): boolean {
    if (this.#ended) throw new Error("push() after end(): use a new MapsReader for each file");
    if (this.#refusal === undefined) this.#splitter.push(chunk);
    return this.#refusal === undefined;
  }

  /** Says that the file is over, and gives the result. To be called once. */
  end(): MapsResult {
    if (this.#ended) throw new Error("end() was called twice: use a new MapsReader for each file");
    this.#ended = true;
    if (this.#refusal === undefined) this.#splitter.end();
    if (this.#refusal === undefined) this.#closeSnapshot();
    if (this.#refusal === undefined && this.#snapshots.length === 0) this.#refusal = this.#nothingRead();
    if (this.#refusal !== undefined) return { ok: false, problem: this.#refusal };
    const format = this.#sawHead ? "recorded" : this.#sawValue ? "smaps" : "maps";
    if (
      format === "smaps" &&
      this.#sawFlags &&
      this.#area !== undefined &&
      this.#area.vmFlags === undefined
    ) {
      this.#note("the last area has no VmFlags, the others have: the file was cut off after this line");
    }
    return {
      ok: true,
      file: this.#file,
      format,
      snapshots: this.#snapshots,
      skipped: this.#skipped,
      unknownKeys: [...this.#unknownKeys].map(([key, count]) => ({ key, count })),
      notes: this.#notes,
    };
  }

  #line(raw: string, end: LineEnd): void {
    if (this.#refusal !== undefined) return;
    this.#lineNumber++;
    let text = raw;
    if (this.#lineNumber === 1) {
      if (text.startsWith("\ufeff")) text = text.slice(1);
      this.#windowsEnds = text.endsWith("\r");
    }
    // Only if the first line has one: the name of a file may itself end in a carriage return.
    if (this.#windowsEnds && text.endsWith("\r")) text = text.slice(0, -1);
    const blank = text.trim() === "" || text.startsWith("#");
    if (blank && end !== "tooLong" && !text.includes("\0")) return;

    const damage = this.#content(text, end);
    if (damage !== undefined) this.#damaged(text, damage, end);
    else if (end === "endOfFile" && this.#leftOut === "nothing") {
      this.#note("the last line has no line end: if the file was cut off here, this line is not whole");
    }
    this.#sawContent = true;
  }

  /** Takes a line that is neither blank nor a comment, or says what is wrong with it. */
  #content(text: string, end: LineEnd): Damage | undefined {
    if (end === "tooLong") {
      const found = "a longer one: this is no text, or all its line ends are lost";
      return { index: MAX_LINE_CHARS, expected: `lines of at most ${MAX_LINE_CHARS} characters`, found };
    }
    const nul = text.indexOf("\0");
    if (nul >= 0) return { index: nul, expected: "text", found: "binary data (a NUL byte)" };
    if (text.startsWith(HEAD_MARK)) return this.#head(text);
    if (this.#leftOut === "snapshot") {
      this.#skipped.lines++;
      return undefined;
    }
    return isSmapsValue(text) ? this.#value(text) : this.#mapsLine(text, end);
  }

  #head(text: string): Damage | undefined {
    this.#closeSnapshot();
    this.#sawHead = true;
    this.#area = undefined;
    this.#leftOut = "snapshot";
    const head = parseHead(text, this.#file, this.#lineNumber);
    if ("expected" in head) return head;
    this.#builder = new SnapshotBuilder(head);
    this.#leftOut = "nothing";
    return undefined;
  }

  #mapsLine(text: string, end: LineEnd): Damage | undefined {
    this.#leftOut = "area";
    const noteAt = this.#sawHead ? text.lastIndexOf(NOTE_MARK) : -1;
    const parsed = parseMapsLine(noteAt < 0 ? text : text.slice(0, noteAt));
    if ("expected" in parsed) return parsed;

    const { area } = parsed;
    if (area.name === "[rollup]") {
      const found = "/proc/PID/smaps_rollup, the sums over all areas: give smaps or maps";
      return { index: 0, expected: A_MAPS_LINE, found };
    }
    if (end === "endOfFile" && area.inode !== "0" && area.name === "" && noteAt < 0) {
      return { index: text.length, expected: "the name of the file with this inode number" };
    }
    const builder = this.#builder ?? this.#unnamedSnapshot();
    const misplaced = builder.misplaced(area);
    if (misplaced !== undefined) return misplaced;
    if (noteAt >= 0) {
      const damage = takeNote(area, text.slice(noteAt + NOTE_MARK.length), noteAt + NOTE_MARK.length);
      if (damage !== undefined) return damage;
    }
    if (builder.areaCount === this.#maxAreas) {
      this.#refuseTooMany(`at most ${this.#maxAreas} areas in one image (maxAreas raises the limit)`);
      return undefined;
    }
    if (this.#closedAreas + builder.areaCount === FILE_AREAS_FACTOR * this.#maxAreas) {
      const limit = FILE_AREAS_FACTOR * this.#maxAreas;
      this.#refuseTooMany(`at most ${limit} areas in all images of a file (maxAreas raises the limit)`);
      return undefined;
    }
    builder.add(parsed, this.#lineNumber);
    this.#builder = builder;
    this.#area = area;
    this.#leftOut = "nothing";
    return undefined;
  }

  #value(text: string): Damage | undefined {
    if (this.#leftOut === "area") {
      this.#skipped.lines++;
      return undefined;
    }
    if (this.#area === undefined)
      return { index: 0, expected: `${A_MAPS_LINE}, before what is told about it` };
    const damage = takeSmapsValue(this.#area, text);
    this.#sawValue = true;
    if (damage === undefined) {
      if (this.#area.vmFlags !== undefined) this.#sawFlags = true;
      return undefined;
    }
    if ("expected" in damage) return damage;
    const known = this.#unknownKeys.has(damage.unknownKey) || this.#unknownKeys.size < KEPT_KEYS;
    const key = known ? damage.unknownKey : "(others)";
    this.#unknownKeys.set(key, (this.#unknownKeys.get(key) ?? 0) + 1);
    return undefined;
  }

  /** A plain file tells nothing about its process. */
  #unnamedSnapshot(): SnapshotBuilder {
    const image = { source: this.#file, areas: [] };
    return new SnapshotBuilder({ image, kernelBits: 64, line: this.#lineNumber });
  }

  #closeSnapshot(): void {
    const builder = this.#builder;
    this.#builder = undefined;
    if (builder === undefined) return;
    if (builder.areaCount > 0) {
      this.#snapshots.push(builder.snapshot);
      this.#closedAreas += builder.areaCount;
      return;
    }
    this.#report({
      file: this.#file,
      line: builder.snapshot.line,
      column: 1,
      expected: "at least one area in a snapshot",
      found: "none",
    });
  }

  /** Turns damage into a problem of the file; the first line that counts also tells whether this is a maps file. */
  #damaged(text: string, damage: Damage, end: LineEnd): void {
    const wrongFile = this.#sawContent ? undefined : mistakenFor(text);
    if (wrongFile !== undefined) {
      this.#refusal = this.#problem(0, A_MAPS_LINE, wrongFile);
      return;
    }
    let expected = damage.expected;
    if (!this.#sawContent && !expected.includes(A_MAPS_LINE)) expected += ` (as in ${A_MAPS_LINE})`;
    let found = damage.found ?? excerpt(text, damage.index);
    if (end === "endOfFile") {
      const cut = "the end of the file, which was cut off in the middle of this line";
      found = damage.index >= text.length ? cut : `${found} and then ${cut}`;
    }
    this.#skipped.lines++;
    this.#report(this.#problem(damage.index, expected, found));
  }

  #refuseTooMany(expected: string): void {
    this.#refusal = this.#problem(0, expected, "one more");
  }

  /** Refuses the file for this problem, or counts it and goes on. */
  #report(problem: ImportProblem): void {
    if (!this.#keepGoing) {
      this.#refusal = problem;
      return;
    }
    this.#skipped.count++;
    if (this.#skipped.problems.length < KEPT_PROBLEMS) this.#skipped.problems.push(problem);
  }

  #nothingRead(): ImportProblem {
    const first = this.#skipped.problems[0];
    if (first !== undefined) return first;
    const found =
      this.#lineNumber === 0
        ? "an empty file (a kernel thread and a process that has ended have an empty maps)"
        : "no such line, only blank lines and comments";
    return { file: this.#file, line: 1, column: 1, expected: A_MAPS_LINE, found };
  }

  #problem(index: number, expected: string, found: string): ImportProblem {
    return { file: this.#file, line: this.#lineNumber, column: index + 1, expected, found };
  }

  #note(sentence: string): void {
    this.#notes.push(`${this.#file}:${this.#lineNumber}: ${sentence}`);
  }
}
