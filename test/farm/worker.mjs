// A worker for the tests of the pool: does what the job's name says.
import { serve } from "../../dist/farm/index.js";

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

serve(
  async (job, report) => {
    const [verb, n] = job.split(" ");
    if (verb === "loop") for (;;);
    if (verb === "wait") await sleep(Number(n));
    if (verb === "throw" || verb === "blame") throw new Error(verb);
    if (verb === "exit") process.exit(Number(n));
    if (verb === "crash") {
      setTimeout(() => {
        throw new Error("later");
      }, 0);
      await sleep(1_000);
    }
    // Copied by the worker's stack, too deep for the main thread's.
    if (verb === "nest") {
      let nested = {};
      for (let i = 0; i < Number(n); i++) nested = { nested };
      return nested;
    }
    if (verb === "progress") {
      for (let i = 0; i < Number(n); i++) {
        await sleep(150);
        report(i);
      }
    }
    return `did ${job}`;
  },
  (error) =>
    error.message === "blame"
      ? { kind: "problem", message: "your input" }
      : { kind: "error", message: error.message, stack: "" },
);
