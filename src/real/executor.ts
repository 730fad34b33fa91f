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
import { type Batch, type BatchReply, DEFAULT_SECONDS, encodeBatch, FrameReader } from "./batch.ts";
import { elfFile } from "./elf.ts";
import { assembleExecutor, EXIT, type WindowSizes, windowSizes } from "./executor-code.ts";

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
/** An answer that is there but unread, because this process was busy, is read within so much. */
const READ_SECONDS = 2;

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
    // Ctrl-C is for whoever started it: the driver ends when its starter does.
    detached: true,
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
  timer: NodeJS.Timeout;
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
      const waiting = { records: batch.records.length, number, resolve, reject };
      const timer = setTimeout(() => {
        entry.timer = setTimeout(() => this.#late(number), READ_SECONDS * 1000);
      }, limit * 1000);
      const entry: Waiting = { ...waiting, timer };
      this.#waiting.push(entry);
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
