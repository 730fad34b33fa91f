/**
 * Worker threads with a watchdog: jobs go in, outcomes come out in the same order, and a job that falls silent is
 * ended together with its worker.
 *
 *     main    job ->           <- progress, progress, ...         <- done | problem | error
 *     worker         slice, slice, slice (posts after each)
 */
import { Worker } from "node:worker_threads";

/** How a job ended. */
export type Outcome<R> =
  | { readonly kind: "done"; readonly result: R }
  /** The user's input is at fault: one message. */
  | { readonly kind: "problem"; readonly message: string }
  /** Ours is. */
  | { readonly kind: "error"; readonly message: string; readonly stack: string }
  /** Nothing was heard of it for so long: it was ended. */
  | { readonly kind: "silent"; readonly afterMs: number }
  /** It threw outside the job: a timer, a promise that nobody waited for. */
  | { readonly kind: "crashed"; readonly message: string; readonly stack: string }
  /** It needed more memory than there is. */
  | { readonly kind: "memory" }
  /** Its code ended the worker. */
  | { readonly kind: "gone"; readonly exitCode: number };

/** A worker that is being loaded is not silent yet: this long it may take, on the busiest machine. */
const LOADING_MS = 60_000;

/** Outcomes that a worker gives itself. */
const ANSWERS: ReadonlySet<string> = new Set(["done", "problem", "error"]);

/** What a worker posts. */
export type Message<R, P> =
  | { readonly ready: true }
  | { readonly job: number; readonly progress: P }
  | { readonly job: number; readonly outcome: Outcome<R> };

/** What a worker is given. */
export interface Assignment<J> {
  readonly job: number;
  readonly payload: J;
}

/** How workers are run. */
export interface PoolOptions {
  /** Worker threads at most. */
  readonly workers: number;
  /** A job that posts nothing for so long is ended. */
  readonly silenceMs: number;
  /** Ends everything. */
  readonly signal?: AbortSignal;
}

/** How to run a list of jobs. */
export interface JobsOptions<P> extends PoolOptions {
  readonly onProgress?: (job: number, progress: P) => void;
  /** Called once per job, in the order in which they end. */
  readonly onEnd?: (job: number) => void;
}

/** The user ended it. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
}

/** Workers that take jobs in the order in which they are given. What they print goes to stderr: stdout belongs to results. */
export class Pool<P> {
  readonly #entry: URL;
  readonly #options: PoolOptions;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: Worker[] = [];
  #free: number;
  #jobs = 0;

  /** @param entry module of the worker; it calls `serve` */
  constructor(entry: URL, options: PoolOptions) {
    this.#entry = entry;
    this.#options = options;
    this.#free = Math.max(1, options.workers);
  }

  /** Does a job as soon as a worker is free. Rejects only with `Interrupted`. @param signal ends this job, with its worker */
  async do<R>(
    payload: unknown,
    onProgress?: (progress: P) => void,
    signal?: AbortSignal,
  ): Promise<Outcome<R>> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resume) => void this.#waiting.push(resume));
    try {
      const signals = [this.#options.signal, signal].filter((s) => s !== undefined);
      const ends = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
      if (ends?.aborted) throw new Interrupted("interrupted");
      const worker = this.#idle.pop() ?? new Worker(this.#entry, { stdout: true, stderr: true });
      const outcome = await doJob<R>(
        worker,
        this.#jobs++,
        payload,
        this.#options.silenceMs,
        ends,
        (progress) => onProgress?.(progress as P),
      );
      // A worker that ended a job in any other way than by its answer is of no use any more.
      if (ANSWERS.has(outcome.kind)) this.#idle.push(worker);
      else await worker.terminate();
      return outcome;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  /** Ends the workers. Nothing may be given to the pool afterwards. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.map((worker) => worker.terminate()));
  }
}

/** Does the jobs and gives their outcomes, in the order of the jobs. Rejects only with `Interrupted`. */
export async function runJobs<R, P>(
  entry: URL,
  jobs: readonly unknown[],
  options: JobsOptions<P>,
): Promise<Outcome<R>[]> {
  const pool = new Pool<P>(entry, { ...options, workers: Math.min(options.workers, jobs.length) });
  const done = await Promise.allSettled(
    jobs.map(async (payload, job) => {
      const outcome = await pool.do<R>(payload, (progress) => options.onProgress?.(job, progress));
      options.onEnd?.(job);
      return outcome;
    }),
  );
  await pool.close();
  return done.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
}

function doJob<R>(
  worker: Worker,
  job: number,
  payload: unknown,
  silenceMs: number,
  signal: AbortSignal | undefined,
  onProgress: (progress: unknown) => void,
): Promise<Outcome<R>> {
  return new Promise((resolve, reject) => {
    const end = (outcome: Outcome<R>): void => {
      quiet();
      resolve(outcome);
    };
    let dog = setTimeout(bark, LOADING_MS);
    function bark(): void {
      end({ kind: "silent", afterMs: silenceMs });
    }
    const onMessage = (message: Message<R, unknown>): void => {
      if ("outcome" in message) return message.job === job ? end(message.outcome) : undefined;
      clearTimeout(dog);
      dog = setTimeout(bark, silenceMs);
      if ("progress" in message && message.job === job) onProgress(message.progress);
    };
    const onError = (error: Error & { code?: string }): void => {
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") end({ kind: "memory" });
      else end({ kind: "crashed", message: error.message, stack: error.stack ?? "" });
    };
    const onUnreadable = (error: Error): void =>
      end({
        kind: "error",
        message: `a worker's message cannot be read: ${error.message}`,
        stack: error.stack ?? "",
      });
    const onExit = (exitCode: number): void => end({ kind: "gone", exitCode });
    const onAbort = (): void => {
      quiet();
      void worker.terminate();
      reject(new Interrupted("interrupted"));
    };
    const toStderr = (chunk: Buffer): void => void process.stderr.write(chunk);
    function quiet(): void {
      clearTimeout(dog);
      worker
        .off("message", onMessage)
        .off("messageerror", onUnreadable)
        .off("error", onError)
        .off("exit", onExit);
      worker.stdout.off("data", toStderr);
      worker.stderr.off("data", toStderr);
      signal?.removeEventListener("abort", onAbort);
    }
    worker.on("message", onMessage).on("messageerror", onUnreadable).on("error", onError).on("exit", onExit);
    worker.stdout.on("data", toStderr);
    worker.stderr.on("data", toStderr);
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) return onAbort();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ job, payload } satisfies Assignment<unknown>);
  });
}
