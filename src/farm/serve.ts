/**
 * The worker's side of the pool: does one job after the other and posts how far it is; `ready` once it has begun.
 */
import { parentPort } from "node:worker_threads";
import type { Assignment, Message, Outcome } from "./pool.ts";

/**
 * Makes this thread a worker.
 * @param doJob does one job; may post progress at any time
 * @param judge turns what it threw into an outcome
 */
export function serve<J, R>(
  doJob: (payload: J, report: (progress: unknown) => void) => R | Promise<R>,
  judge: (error: unknown, payload: J) => Outcome<R>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("serve() runs in a worker thread: start it through runJobs()");
  const post = (message: Message<R, unknown>): void => port.postMessage(message);
  const answer = async ({ job, payload }: Assignment<J>): Promise<void> => {
    post({ ready: true });
    let outcome: Outcome<R>;
    try {
      outcome = { kind: "done", result: await doJob(payload, (progress) => post({ job, progress })) };
    } catch (error) {
      outcome = judge(error, payload);
    }
    post({ job, outcome });
  };
  port.on("message", (assignment: Assignment<J>) => void answer(assignment));
}
