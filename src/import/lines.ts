/**
 * Chunks to lines, in bounded memory.
 *
 * A file arrives in pieces of any size, cut anywhere, even inside a character. This holds at most one unfinished
 * line; a "line" longer than MAX_LINE_CHARS (a binary, a dump without line ends) is cut there and its rest dropped.
 */

import { decodeBytes } from "./bytes.ts";

/** A piece of a file: text, or bytes as they stand on disk. */
export type Chunk = string | Uint8Array;

/**
 * Longest line that is read whole, in characters (bytes for byte chunks). A maps line is about 75 characters and a
 * path; a path is at most 4,095 bytes, four times that if it were all newlines.
 */
export const MAX_LINE_CHARS = 65_536;

/** How a line came to its end. */
export type LineEnd = "newline" | "endOfFile" | "tooLong";

const NEWLINE = 10;

/** Cuts the chunks of one file into lines. */
export class LineSplitter {
  readonly #onLine: (text: string, end: LineEnd) => void;
  #pendingText = "";
  #pendingBytes: Uint8Array = new Uint8Array(0);
  #pendingLength = 0;
  /** The line under way was already handed over as too long: drop up to its end. */
  #dropping = false;
  #kind: "string" | "bytes" | undefined;

  /** `onLine` gets each line without its line feed, and how it ended. */
  constructor(onLine: (text: string, end: LineEnd) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next piece. Text and bytes must not be mixed within one file. */
  push(chunk: Chunk): void {
    const kind = typeof chunk === "string" ? "string" : "bytes";
    if (this.#kind !== undefined && this.#kind !== kind) {
      throw new Error(
        "a file was given partly as text and partly as bytes: give all its chunks as one of them",
      );
    }
    this.#kind = kind;
    const newline = (from: number): number =>
      typeof chunk === "string" ? chunk.indexOf("\n", from) : chunk.indexOf(NEWLINE, from);
    let from = 0;
    for (let at = newline(0); at >= 0; at = newline(from)) {
      this.#append(chunk, from, at);
      this.#finish("newline");
      from = at + 1;
    }
    this.#append(chunk, from, chunk.length);
  }

  /** Says that the file is over: an unfinished last line is handed over now. */
  end(): void {
    if (this.#pendingLength > 0) this.#finish("endOfFile");
  }

  #append(chunk: Chunk, from: number, to: number): void {
    if (this.#dropping || from === to) return;
    const tooLong = this.#pendingLength + (to - from) > MAX_LINE_CHARS;
    const end = tooLong ? from + MAX_LINE_CHARS - this.#pendingLength : to;
    if (typeof chunk === "string") this.#pendingText += chunk.slice(from, end);
    else this.#appendBytes(chunk.subarray(from, end));
    this.#pendingLength += end - from;
    if (tooLong) {
      this.#handOver("tooLong");
      this.#dropping = true;
    }
  }

  #appendBytes(piece: Uint8Array): void {
    const needed = this.#pendingLength + piece.length;
    if (needed > this.#pendingBytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#pendingBytes.length));
      larger.set(this.#pendingBytes.subarray(0, this.#pendingLength));
      this.#pendingBytes = larger;
    }
    this.#pendingBytes.set(piece, this.#pendingLength);
  }

  #finish(end: LineEnd): void {
    if (this.#dropping) this.#dropping = false;
    else this.#handOver(end);
  }

  #handOver(end: LineEnd): void {
    const text =
      this.#kind === "bytes" ? decodeBytes(this.#pendingBytes, 0, this.#pendingLength) : this.#pendingText;
    this.#pendingText = "";
    this.#pendingLength = 0;
    this.#onLine(text, end);
  }
}
