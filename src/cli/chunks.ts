/**
 * Files of any size, piece by piece: plain or packed with gzip, or from standard input.
 */
import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CliFailure } from "./failure.ts";
import { say } from "./terminal.ts";
import { reasonOf } from "./trace-file.ts";

const CHUNK_BYTES = 2 ** 18;

/** How far a file has been read. */
export interface Reading {
  /** Bytes read from the disk, and how many there are; 0 where nobody knows. */
  read: number;
  readonly total: number;
}

/**
 * The bytes of a file, one character each; `-` is standard input. What is packed with gzip is unpacked, also on standard
 * input. A file that cannot be read ends the command; one whose packing is damaged, or ends in the middle, does so, too, unless
 * `keepGoing`: then what could be unpacked is all there is, and that is said.
 */
export async function* chunksOf(
  path: string,
  what: string,
  { reading, keepGoing = false }: { reading?: Reading; keepGoing?: boolean } = {},
): AsyncGenerator<string> {
  const source = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const pieces = counted(source, reading);
  let unpacks = false;
  let given = 0;
  try {
    const first = await pieces.next();
    if (first.done === true) return;
    const head = first.value;
    let bytes: AsyncIterable<Buffer> = whole(head, pieces);
    if (head[0] === 0x1f && head[1] === 0x8b) {
      const packed = Readable.from(bytes);
      unpacks = true;
      const unpacked = createGunzip();
      packed.on("error", (error: Error) => unpacked.destroy(error));
      bytes = packed.pipe(unpacked);
    }
    for await (const chunk of bytes) {
      given += chunk.length;
      yield chunk.toString("latin1");
    }
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    if (!unpacks) throw new CliFailure(`${path} cannot be read (${reasonOf(error)}): ${what}`);
    const damage = `${path} cannot be unpacked to its end (${reasonOf(error)})`;
    if (!keepGoing || given === 0)
      throw new CliFailure(`${damage}: ${what}; --keep-going reads what comes before the damage`);
    say(`interleaf: ${damage}: what comes before is all that is read`);
  } finally {
    source.destroy();
  }
}

async function* counted(source: Readable, reading: Reading | undefined): AsyncGenerator<Buffer, undefined> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    if (reading !== undefined) reading.read += chunk.length;
    yield chunk;
  }
}

async function* whole(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

/** How long a file is; 0 where it is none. */
export function lengthOf(path: string): number {
  if (path === "-") return 0;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new CliFailure(`${path} is a folder: give a file`);
    return stat.size;
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    return 0;
  }
}
