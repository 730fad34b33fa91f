/**
 * Words for the tests of the importers: areas the way a kernel prints them, written apart from the code under test.
 */

import { readFileSync } from "node:fs";
import type { MapsFile, ReadMapsOptions } from "../../src/import/index.ts";
import { problemText, readMaps } from "../../src/import/index.ts";

/** Fields of a maps line, as text. */
export interface Fields {
  start?: string;
  end?: string;
  permissions?: string;
  offset?: string;
  device?: string;
  inode?: string;
  name?: string;
}

/**
 * A maps line without its line end. Every field has a default; `name` "" is anonymous memory. The kernel pads to a
 * width of 72 (48 on 32 bits) and then puts one more space, also behind fields that are wider than that.
 */
export function mapsLine(fields: Fields = {}, padTo: 72 | 48 = 72): string {
  const { start = "00400000", end = "00401000", permissions = "r-xp", offset = "00000000" } = fields;
  const { device = "fe:00", inode = "26081", name = "/usr/bin/true" } = fields;
  const front = `${start}-${end} ${permissions} ${offset} ${device} ${inode} `;
  return name === "" ? front : `${front.padEnd(padTo)} ${name}`;
}

/** An anonymous, writable area. */
export function anonymous(start: string, end: string): string {
  return mapsLine({ start, end, permissions: "rw-p", device: "00:00", inode: "0", name: "" });
}

/** Lines to the text of a file. */
export function file(...lines: string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Reads what must be readable. */
export function read(text: string | Uint8Array, options: ReadMapsOptions = {}): MapsFile {
  const result = readMaps(text, { file: "x.maps", ...options });
  if (!result.ok) throw new Error(problemText(result.problem));
  return result;
}

/** The message with which a file is refused. */
export function refusal(text: string | Uint8Array, options: ReadMapsOptions = {}): string {
  const result = readMaps(text, { file: "x.maps", ...options });
  if (result.ok) throw new Error(`the file was read: ${result.snapshots.length} snapshots`);
  return problemText(result.problem);
}

/** A file that lies beside the tests. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}

/** A file that lies under examples/processes. */
export function example(name: string): Buffer {
  return readFileSync(new URL(`../../examples/processes/${name}`, import.meta.url));
}

/** The names of the recorded fixtures and how many snapshots each holds, counted by hand from their head lines. */
export const RECORDED: readonly (readonly [name: string, snapshots: number])[] = [
  ["bash-pipeline.maps", 15],
  ["gcc-hello.maps", 10],
  ["nginx-workers.maps", 10],
  ["python-grow.maps", 3],
];
