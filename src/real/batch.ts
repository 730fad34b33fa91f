/**
 * Batches and replies, and their bytes on the way: what executor-code.ts says about records and frames, in TypeScript.
 */
import {
  BATCH_FORKS,
  END_DIED,
  FRAME,
  FRAME_HEAD_BYTES,
  HEADER,
  MAX_PROCESSES,
  RECORD,
  RECORD_BYTES,
  RECORDS,
} from "./executor-code.ts";
import { statusName } from "./syscalls.ts";

/** Time limit of a batch that names none. */
export const DEFAULT_SECONDS = 10;

/** A value of 64 bits: an argument, an address. Numbers must be safe integers; negative ones wrap as in C. */
export type Word = number | bigint;

/** One record of a batch. */
export interface CallRecord {
  /** System call number; without one, `kind` says what the record is. */
  readonly number: number;
  /** Up to six arguments; missing ones are 0. */
  readonly args: readonly Word[];
  /** Process that makes the call: 0 is there from the start, others after the fork that makes them. */
  readonly process: number;
  /** Pieces of 4096 bytes of /proc/self/maps to read afterwards; "all" reads to the end. Default none. */
  readonly maps?: number | "all";
  /** The call forks this process. */
  readonly forks?: number;
  /** With `forks`: vfork(). The records until the child ends or has another program must not be the caller's. */
  readonly vfork?: boolean;
  /** `exit`: the process ends, by exit_group() where `number` says so. `dump`: args are {address of a path, offset, pieces of 4096 bytes}: a file is read. */
  readonly kind?: "exit" | "dump";
  /** The call returns a descriptor; args[5] is the number it gets. */
  readonly descriptor?: boolean;
  /** Makes the call so many times more, each time with args[0] advanced by args[5]; stops at the first failure. */
  readonly repeat?: number;
}

/** What is sent at once. */
export interface Batch {
  readonly records: readonly CallRecord[];
  /** Bytes behind the records, for arguments that point to something: see `constantsAddress`. */
  readonly constants?: Uint8Array;
  /** In a fresh fork of the driver (default), or in the driver itself: what it sets up, all later batches inherit. */
  readonly inDriver?: boolean;
  /** Time limit. Default 10. */
  readonly seconds?: number;
}

/** Address of a batch's constants in the executor. */
export function constantsAddress(records: number): number {
  return RECORDS + records * RECORD_BYTES;
}

/** What came back for one record. */
export interface RecordReply {
  /** Return value: an address below 2^53, or a negative errno. */
  readonly result: number;
  /** What was read (maps, a dump); undefined when nothing was asked for. Valid as long as the reply is. */
  readonly text?: Buffer;
  /** Why reading stopped before its end: a negative errno, -28 when the reply area was full. */
  readonly textError?: number;
}

/** How a batch ended. */
export type BatchEnd =
  | { readonly kind: "done" }
  /** A process died; the records after the last reply were not made. */
  | { readonly kind: "died"; readonly status: number; readonly message: string }
  /** Process 0 could not be forked. */
  | { readonly kind: "no-fork"; readonly errno: number };

/** The reply to a batch: one entry per record that was made, in order. */
export interface BatchReply {
  readonly replies: readonly RecordReply[];
  readonly end: BatchEnd;
}

/** The bytes of a batch on the way to the driver; throws when it is longer than `room`. */
export function encodeBatch(batch: Batch, room: number): Buffer {
  const { records, constants } = batch;
  const length = records.length * RECORD_BYTES + (constants?.length ?? 0);
  if (length > room) {
    throw new Error(`executor: a batch of ${length} bytes is longer than ${room}: send several`);
  }
  const bytes = Buffer.alloc(RECORD_BYTES + length);
  let processes = 1;
  let at = RECORD_BYTES;
  for (const record of records) {
    bytes.writeUInt32LE(record.number, at);
    for (let i = 0; i < record.args.length; i++) putWord(bytes, at + 8 + i * 8, record.args[i] as Word);
    const pages = record.maps === undefined ? 0 : record.maps === "all" ? 255 : Math.min(record.maps, 254);
    let flags = record.process | (pages << RECORD.mapsShift);
    if (record.forks !== undefined) {
      flags |= (record.forks << RECORD.childShift) | (1 << RECORD.fork);
      if (record.vfork === true) flags |= 1 << RECORD.vfork;
      processes = Math.max(processes, record.forks + 1);
    }
    if (record.kind !== undefined) flags |= 1 << RECORD[record.kind];
    if (record.descriptor === true) flags |= 1 << RECORD.descriptor;
    bytes.writeUInt32LE(flags >>> 0, at + 56);
    bytes.writeUInt32LE(record.repeat ?? 0, at + 60);
    at += RECORD_BYTES;
  }
  if (processes > MAX_PROCESSES) throw new Error(`executor: a batch has at most ${MAX_PROCESSES} processes`);
  if (constants !== undefined) bytes.set(constants, at);
  bytes.writeUInt32LE(length, HEADER.byteLength);
  bytes.writeUInt32LE(RECORDS + records.length * RECORD_BYTES, HEADER.recordsEnd);
  bytes.writeUInt32LE(batch.inDriver === true ? 0 : BATCH_FORKS, HEADER.flags);
  bytes.writeUInt32LE(processes, HEADER.processes);
  bytes.writeUInt32LE(batch.seconds ?? DEFAULT_SECONDS, HEADER.seconds);
  return bytes;
}

/** Writes a 64-bit word, little endian. */
export function putWord(bytes: Uint8Array, at: number, value: Word): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  if (typeof value === "bigint") {
    view.setBigUint64(0, BigInt.asUintN(64, value), true);
    return;
  }
  if (!Number.isSafeInteger(value))
    throw new Error(`executor: ${value} is not a whole number below 2^53: use a bigint`);
  view.setUint32(0, value >>> 0, true);
  view.setUint32(4, Math.floor(value / 2 ** 32) >>> 0, true);
}

/** Cuts the driver's stream into replies. */
export class FrameReader {
  #bytes: Buffer = Buffer.allocUnsafe(1 << 18);
  #length = 0;
  /** Start of the first frame that is not known to be complete. */
  #scanned = 0;

  *push(chunk: Buffer): Generator<BatchReply | "hello"> {
    this.#append(chunk);
    while (this.#length - this.#scanned >= FRAME_HEAD_BYTES) {
      const kind = this.#bytes.readUInt32LE(this.#scanned);
      const end = this.#scanned + FRAME_HEAD_BYTES + this.#bytes.readUInt32LE(this.#scanned + 4);
      if (end > this.#length) return;
      this.#scanned = end;
      if (kind !== FRAME.end && kind !== FRAME.hello) continue;
      const frames = Buffer.from(this.#bytes.subarray(0, end));
      this.#bytes.copyWithin(0, end, this.#length);
      this.#length -= end;
      this.#scanned = 0;
      yield kind === FRAME.hello ? "hello" : readReply(frames);
    }
  }

  #append(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#length + chunk.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length += chunk.length;
  }
}

function readReply(frames: Buffer): BatchReply {
  const replies: RecordReply[] = [];
  let pieces: Buffer[] = [];
  let result: number | undefined;
  let textError: number | undefined;
  const finish = (): void => {
    if (result === undefined) return;
    // Joined once: a long text comes in a thousand pieces.
    const text = pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
    replies.push({ result, ...(text && { text }), ...(textError === undefined ? {} : { textError }) });
    pieces = [];
    textError = undefined;
  };
  for (let at = 0; ; ) {
    const kind = frames.readUInt32LE(at);
    const length = frames.readUInt32LE(at + 4);
    const value = frames.readUInt32LE(at + 8) + frames.readInt32LE(at + 12) * 2 ** 32;
    const from = at + FRAME_HEAD_BYTES;
    at = from + length;
    if (kind === FRAME.end || kind === FRAME.result) finish();
    if (kind === FRAME.end) return { replies, end: endOf(value) };
    if (kind === FRAME.result) {
      result = value;
      continue;
    }
    if (result === undefined || kind !== FRAME.data)
      throw new Error(`executor: frame of kind ${kind} out of place`);
    if (value < 0) textError = value;
    if (length > 0) pieces.push(frames.subarray(from, at));
  }
}

function endOf(value: number): BatchEnd {
  if (value === 0) return { kind: "done" };
  if (value < 0) return { kind: "no-fork", errno: value };
  const status = value - END_DIED;
  const message =
    (status & 0x7f) === 14
      ? "the batch's time limit ended it (SIGALRM)"
      : `a process was ${statusName(status)}`;
  return { kind: "died", status, message };
}
