/**
 * Reading `--on FILE`: a maps or smaps file of one process, or a recorded file with several.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { MapsReader, pickImage, problemText } from "../import/index.ts";
import type { Image } from "../mm/index.ts";
import { CliFailure } from "./failure.ts";
import { say } from "./terminal.ts";
import { reasonOf } from "./trace-file.ts";

const CHUNK_BYTES = 2 ** 18;

/** The address space in the file; of several, the process with this pid. */
export function loadImage(path: string, pid?: number): Image {
  const read = readFile(path);
  for (const note of read.notes) say(`interleaf: note: ${note}`);
  const picked = pickImage(read.snapshots, pid === undefined ? {} : { pid });
  if (!picked.ok) throw new CliFailure(`${path}: ${picked.message}`);
  return picked.snapshot.image;
}

function readFile(path: string): Extract<ReturnType<MapsReader["end"]>, { ok: true }> {
  const reader = new MapsReader({ file: path });
  let file: number | undefined;
  try {
    if (statSync(path).isDirectory()) throw new Error("it is a folder");
    file = openSync(path, "r");
    const buffer = new Uint8Array(CHUNK_BYTES);
    // One chunk at a time: a file of any size is refused at its first wrong line, not read to its end.
    for (let n = readSync(file, buffer); n > 0; n = readSync(file, buffer)) {
      if (!reader.push(buffer.slice(0, n))) break;
    }
  } catch (error) {
    throw new CliFailure(
      `${path} cannot be read (${reasonOf(error)}): --on takes a copy of /proc/PID/maps or smaps`,
    );
  } finally {
    if (file !== undefined) closeSync(file);
  }
  const result = reader.end();
  if (!result.ok) {
    throw new CliFailure(
      `${problemText(result.problem)}\n--on takes a copy of /proc/PID/maps or smaps: \`cat /proc/PID/smaps > FILE\``,
    );
  }
  return result;
}
