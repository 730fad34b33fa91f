/**
 * Which other designs survive where one failed: later kernels, and every single design of theirs on the same kernel.
 */
import type { Job } from "../farm/index.ts";
import { designsFor, isDesignProblem, KERNELS, POINTS, PRESETS } from "../mm/index.ts";
import type { Survivor } from "../report/index.ts";
import { runTasks } from "./run-tasks.ts";

/** Time for each other design, and for all: enough for the smallest layouts, and a bound for images. */
const TIME_MS = 5_000;
const ALL_MS = 20_000;

/** Explores them, each for a few seconds at most; those for which no time is left are left out. */
export async function exploreOthers(job: Job, timeMs: number | undefined): Promise<Survivor[]> {
  const each = Math.min(timeMs ?? TIME_MS, TIME_MS);
  const others = otherJobs(job);
  const until = performance.now() + ALL_MS;
  const survivors: Survivor[] = [];
  for (let from = 0; from < others.length && performance.now() < until; from += BATCH) {
    const batch = others.slice(from, from + BATCH);
    const tasks = batch.map((other) => ({
      kind: "check" as const,
      job: { ...other.job, timeMs: each },
      tell: false,
    }));
    const ended = await runTasks(tasks, each);
    ended.forEach((end, i) => {
      const { name } = batch[i]!;
      if ("failure" in end) survivors.push({ name, verdict: "not finished" });
      else if (end.answer.kind === "checked") {
        const { verdict, findings } = end.answer.result;
        const code = findings[0]?.finding.code;
        survivors.push({ name, verdict, ...(code === undefined ? {} : { code }) });
      }
    });
  }
  return survivors;
}

/** Jobs that are started together. */
const BATCH = 4;

/** Later kernels, oldest first, then what they do differently, one design at a time. */
function otherJobs(job: Job): { name: string; job: Job }[] {
  const { designFile, ...plain } = job;
  const changed = job.replacements.length > 0 || designFile !== undefined;
  const later = KERNELS.slice(KERNELS.indexOf(job.kernel) + (changed ? 0 : 1));
  const presets = later.map((kernel) => ({
    name: `kernel ${kernel}`,
    job: { ...plain, kernel, replacements: [] },
  }));
  const base = designsFor(job.kernel, job.replacements);
  if (isDesignProblem(base)) return presets;
  const pairs = POINTS.flatMap((point) => {
    const variants = new Set(later.map((kernel) => PRESETS[kernel]![point.key]));
    variants.delete(base[point.key]);
    // Back to the kernel's own variant is the kernel itself when nothing else is replaced.
    if (job.replacements.length <= 1) variants.delete(PRESETS[job.kernel]![point.key]);
    return [...variants].map((variant) => `${point.id}=${variant.name}`);
  });
  const singles = pairs
    .map((pair) => ({ name: pair, job: { ...plain, replacements: [...job.replacements, pair] } }))
    .filter((other) => !isDesignProblem(designsFor(job.kernel, other.job.replacements)));
  return [...presets, ...singles];
}
