/**
 * Which other designs survive where one failed: the other kernels, and every single replacement on the same kernel.
 */
import type { Job } from "../farm/index.ts";
import { designsFor, isDesignProblem, KERNELS, POINTS, PRESETS } from "../mm/index.ts";
import type { Survivor } from "../report/index.ts";
import { runTasks } from "./run-tasks.ts";

/** Time for each other design: enough for the smallest layouts, and a bound for images. */
const TIME_MS = 5_000;

/** Explores them all, each for a few seconds at most. */
export async function exploreOthers(job: Job, timeMs: number | undefined): Promise<Survivor[]> {
  const others = otherJobs(job).map(({ name, job: other }) => ({
    name,
    job: { ...other, timeMs: Math.min(timeMs ?? TIME_MS, TIME_MS) },
  }));
  const tasks = others.map((other) => ({ kind: "check" as const, job: other.job, tell: false }));
  const ended = await runTasks(tasks, TIME_MS);
  return ended.flatMap((end, i): Survivor[] => {
    const { name } = others[i]!;
    if ("failure" in end) return [{ name, verdict: "not finished" }];
    if (end.answer.kind !== "checked") return [];
    const { verdict, findings } = end.answer.result;
    const code = findings[0]?.finding.code;
    return [{ name, verdict, ...(code === undefined ? {} : { code }) }];
  });
}

function otherJobs(job: Job): { name: string; job: Job }[] {
  const { designFile: _own, ...plain } = job;
  const kernels = KERNELS.filter(
    (kernel) => kernel !== job.kernel || job.replacements.length > 0 || job.designFile !== undefined,
  );
  const presets = kernels.map((kernel) => ({
    name: `kernel ${kernel}`,
    job: { ...plain, kernel, replacements: [] },
  }));
  const base = designsFor(job.kernel, job.replacements);
  if (isDesignProblem(base)) return presets;
  const preset = PRESETS[job.kernel]!;
  const singles = POINTS.flatMap((point) =>
    point.variants
      .filter((variant) => variant !== base[point.key])
      // Back to the kernel's own variant is the kernel itself when nothing else is replaced.
      .filter((variant) => variant !== preset[point.key] || job.replacements.length > 1)
      .map((variant) => `${point.id}=${variant.name}`),
  );
  const replaced = singles
    .map((pair) => ({ name: pair, job: { ...plain, replacements: [...job.replacements, pair] } }))
    .filter((other) => !isDesignProblem(designsFor(job.kernel, other.job.replacements)));
  return [...presets, ...replaced];
}
