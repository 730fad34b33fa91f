/**
 * Reading `--on FILE`: a maps or smaps file of one process, or a recorded file with several.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { isFtrace, isStrace, MapsReader, pickImage, problemText, type Snapshot } from "../import/index.ts";
import type { Image } from "../mm/index.ts";
import { CliFailure } from "./failure.ts";
import { say } from "./terminal.ts";
import { reasonOf } from "./trace-file.ts";

/** First page above user space. */
const TASK_PAGES = 0x7fff_ffff_f000 / 4096;
const CHUNK_BYTES = 2 ** 18;

/** The address space in the file; of several, the process with this pid. */
export function loadImage(path: string, pid?: number): Image {
  const picked = pickImage(loadSnapshots(path), pid === undefined ? {} : { pid });
  if (!picked.ok) throw new CliFailure(`${path}: ${picked.message}`);
  const { image, kernelBits } = picked.snapshot;
  requireX86(path, image, kernelBits);
  return image;
}

/** Is the file a log of calls, or packed? Then it is no maps file. */
export function isLog(path: string): boolean {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const buffer = new Uint8Array(4096);
    const beginning = Buffer.from(buffer.subarray(0, readSync(file, buffer))).toString("latin1");
    return beginning.startsWith("\x1f\x8b") || isFtrace(beginning) || isStrace(beginning);
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** All snapshots in the file. */
export function loadSnapshots(path: string): readonly Snapshot[] {
  const read = readFile(path);
  for (const note of read.notes) say(`interleaf: note: ${note}`);
  for (const { image, kernelBits } of read.snapshots) requireX86(path, image, kernelBits);
  return read.snapshots;
}

/** The model's address space ends where that of 64-bit x86 does. */
function requireX86(path: string, image: Image, kernelBits: number): void {
  const above = image.areas.find((area) => area.endPage > TASK_PAGES);
  if (kernelBits === 64 && above === undefined) return;
  const why =
    above === undefined
      ? "was printed by a 32-bit kernel"
      : `has an area at ${(above.startPage * 4096).toString(16)}, above the user space of x86-64`;
  throw new CliFailure(`${path} ${why}: only processes of x86-64 (47 bits) are modelled`);
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
      `${path} cannot be read (${reasonOf(error)}): give a copy of /proc/PID/maps or smaps`,
    );
  } finally {
    if (file !== undefined) closeSync(file);
  }
  const result = reader.end();
  if (!result.ok) {
    throw new CliFailure(
      `${problemText(result.problem)}\na maps file is a copy of /proc/PID/maps or smaps: \`cat /proc/PID/smaps > FILE\``,
    );
  }
  return result;
}
