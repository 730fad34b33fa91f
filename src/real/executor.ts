/**
 * The executor as seen from Node: starts it, sends batches, reads replies, and says what happened when it ends.
 *
 *     const executor = await startExecutor();
 *     if (executor instanceof Unavailable) console.log(executor.reason);
 *     const reply = await executor.run(batch);
 *     await executor.close();
 *
 * Batches are answered in the order they were sent; several may be on their way. Every wait has a limit: a batch ends
 * after its seconds, and the driver is killed when it does not answer GRACE_SECONDS later.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { elfFile } from "./elf.ts";
import {
  assembleExecutor,
  BATCH_FORKS,
  END_DIED,
  EXIT,
  FRAME,
  FRAME_HEAD_BYTES,
  HEADER,
  MAX_PROCESSES,
  RECORD,
  RECORD_BYTES,
  RECORDS,
  type WindowSizes,
  windowSizes,
} from "./executor-code.ts";
import { statusName } from "./syscalls.ts";

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
  /** `exit`: the process ends. `dump`: args are {address of a path, offset, pieces of 4096 bytes}: a file is read. */
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

/** Why there is no live kernel to ask on this machine. */
export class Unavailable {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The driver is gone; what it had not answered was not made or is unknown. */
export class ExecutorGone extends Error {
  override readonly name: string = "ExecutorGone";
}

/** What a driver is started with. */
export interface ExecutorOptions {
  /** Descriptors the executor gets as 3, 4, ... */
  readonly descriptors?: readonly number[];
  /** Room for one batch and its reply. Default 2 MiB: some thousand records, maps of 100 areas after 200 of them. */
  readonly windowBytes?: number;
}

const DEFAULT_WINDOW_BYTES = 2 ** 21;
const GRACE_SECONDS = 3;
const START_SECONDS = 10;
const DEFAULT_SECONDS = 10;

/** Starts a driver, or says why that is impossible here. */
export async function startExecutor(options: ExecutorOptions = {}): Promise<Executor | Unavailable> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return new Unavailable(
      `the live kernel is asked on x86-64 Linux only, this is ${process.arch} ${process.platform}: use recordings instead`,
    );
  }
  const sizes = windowSizes(options.windowBytes ?? DEFAULT_WINDOW_BYTES);
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), "interleaf-"));
  } catch (error) {
    return new Unavailable(`no folder for the executor could be made in ${tmpdir()}: ${String(error)}`);
  }
  try {
    const file = join(folder, "executor");
    writeFileSync(file, elfFile(assembleExecutor(sizes).code));
    chmodSync(file, 0o700);
    const executor = await launch(file, options, sizes);
    return executor;
  } finally {
    // The running program keeps its file; nothing is left behind whatever happens later.
    rmSync(folder, { recursive: true, force: true });
  }
}

async function launch(
  file: string,
  options: ExecutorOptions,
  sizes: WindowSizes,
): Promise<Executor | Unavailable> {
  const child = spawn(file, [], {
    stdio: ["pipe", "pipe", "ignore", ...(options.descriptors ?? [])],
    env: {},
  });
  const executor = new Executor(child, sizes);
  try {
    await executor.started;
    return executor;
  } catch (error) {
    child.kill("SIGKILL");
    return new Unavailable(error instanceof Error ? error.message : String(error));
  }
}

interface Waiting {
  readonly records: number;
  readonly number: number;
  readonly resolve: (reply: BatchReply) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A running driver. */
export class Executor {
  /** Resolves when the driver is ready. */
  readonly started: Promise<void>;
  /** How much fits into one batch and its reply. */
  readonly sizes: WindowSizes;
  readonly #child: ChildProcess;
  readonly #waiting: Waiting[] = [];
  readonly #incoming: FrameReader = new FrameReader();
  #ended: Promise<void>;
  #gone: ExecutorGone | undefined;
  #lateBatch: number | undefined;
  #sent = 0;
  #hello: { resolve: () => void; reject: (error: Error) => void; timer: NodeJS.Timeout } | undefined;

  /** Use startExecutor(). */
  constructor(child: ChildProcess, sizes: WindowSizes) {
    this.#child = child;
    this.sizes = sizes;
    this.started = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`the executor did not start within ${START_SECONDS} s`));
      }, START_SECONDS * 1000);
      this.#hello = { resolve, reject, timer };
    });
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#lose(cannotStart(error));
        resolve();
      });
      child.once("close", (code, signal) => {
        this.#lose(this.#endMessage(code, signal));
        resolve();
      });
    });
    child.stdout?.on("data", (chunk: Buffer) => this.#take(chunk));
    // Writing to a driver that is gone is reported by its end, which says more.
    child.stdin?.on("error", () => undefined);
  }

  /** Process id of the driver. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether the driver is there to be asked. */
  get alive(): boolean {
    return this.#gone === undefined;
  }

  /** Runs a batch. Rejects with ExecutorGone when the driver is gone or does not answer in time. */
  run(batch: Batch): Promise<BatchReply> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const bytes = encodeBatch(batch, this.sizes.records);
    const number = ++this.#sent;
    return new Promise((resolve, reject) => {
      const limit = (batch.seconds ?? DEFAULT_SECONDS) + GRACE_SECONDS;
      const timer = setTimeout(() => this.#late(number), limit * 1000);
      this.#waiting.push({ records: batch.records.length, number, resolve, reject, timer });
      this.#child.stdin?.write(bytes);
    });
  }

  /** Ends the driver and waits until it is gone. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_SECONDS * 1000);
    await this.#ended;
    clearTimeout(timer);
  }

  #late(number: number): void {
    // An earlier batch that is late makes the later ones late: the first one is the one to name.
    this.#lateBatch = this.#waiting[0]?.number ?? number;
    this.#child.kill("SIGKILL");
  }

  #take(chunk: Buffer): void {
    for (const reply of this.#incoming.push(chunk)) {
      if (reply === "hello") {
        if (this.#hello !== undefined) clearTimeout(this.#hello.timer);
        this.#hello?.resolve();
        this.#hello = undefined;
        continue;
      }
      const waiting = this.#waiting.shift();
      if (waiting === undefined) throw new Error("executor: a reply came that nobody waits for");
      clearTimeout(waiting.timer);
      waiting.resolve(reply);
    }
  }

  #lose(message: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = new ExecutorGone(message);
    if (this.#hello !== undefined) {
      clearTimeout(this.#hello.timer);
      this.#hello.reject(this.#gone);
      this.#hello = undefined;
    }
    for (const waiting of this.#waiting.splice(0)) {
      clearTimeout(waiting.timer);
      waiting.reject(this.#gone);
    }
  }

  #endMessage(code: number | null, signal: NodeJS.Signals | null): string {
    if (code === EXIT.noPersonality) {
      return "the kernel refuses personality(ADDR_NO_RANDOMIZE): a container's seccomp profile does that; allow the call";
    }
    if (code === EXIT.noExec)
      return "the executor cannot start itself again through /proc/self/exe: is /proc mounted?";
    if (code === EXIT.noMemory)
      return "the executor cannot map its shared window: is RLIMIT_AS below 64 MiB?";
    const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
    const open = this.#waiting[0];
    if (open === undefined) return `the executor's driver ${how}`;
    const late = this.#lateBatch === undefined ? "" : " because it did not answer in time";
    const more = this.#waiting.length > 1 ? ` and ${this.#waiting.length - 1} more after it` : "";
    return `the executor's driver ${how}${late}, with batch ${open.number} (${open.records} records) unanswered${more}`;
  }
}

function cannotStart(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EACCES") {
    return `programs in ${tmpdir()} may not be run (mounted noexec?): set TMPDIR to a folder where they may`;
  }
  return `the executor could not be started: ${error.message}`;
}

/** The bytes of a batch on the way to the driver. */
function encodeBatch(batch: Batch, room: number): Buffer {
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
class FrameReader {
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
