/**
 * Shrinks a program that shows a difference to a short one that still shows it.
 *
 * Delta debugging (Zeller and Hildebrandt, 2002) over the steps, then one argument at a time towards plain values. A
 * step is taken away together with what needs it: without a fork there is no child, and the children behind it get
 * lower numbers. A fork is also tried without its process: the parent then does what the child did.
 */
import { type Argument, checkProgram, isExit, makesProcess, type Program, type Step } from "./program.ts";

/** Whether a program still shows the difference. */
export type Shows = (program: Program) => Promise<boolean>;

/** What came of it. */
export interface Shrunk {
  readonly program: Program;
  /** Programs that were tried. */
  readonly tried: number;
}

/** Shrinks; tries at most `budget` programs (default 2,000). The given program must show the difference. */
export async function shrink(program: Program, shows: Shows, budget = 2000): Promise<Shrunk> {
  let best = program;
  let tried = 0;
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    if (tried >= budget || checkProgram(steps) !== undefined) return false;
    tried++;
    const candidate = { seq: program.seq, steps };
    if (!(await shows(candidate))) return false;
    best = candidate;
    return true;
  };
  // Until a whole round changes nothing: plainer arguments let further steps go.
  for (;;) {
    const size = best.steps.length;
    await fewerSteps(() => best.steps, attempt);
    await fewerProcesses(() => best.steps, attempt);
    const plainer = await plainerArguments(() => best.steps, attempt);
    if (!plainer && best.steps.length === size) break;
  }
  return { program: best, tried };
}

async function fewerSteps(
  steps: () => readonly Step[],
  attempt: (steps: readonly Step[]) => Promise<boolean>,
): Promise<void> {
  for (let piece = Math.ceil(steps().length / 2); piece >= 1; ) {
    let removed = false;
    // From the end: what comes last depends on what comes before.
    for (let end = steps().length; end > 0; end -= piece) {
      const from = Math.max(0, end - piece);
      const kept = withoutSteps(steps(), from, Math.min(end, steps().length));
      if (kept.length < steps().length && (await attempt(kept))) removed = true;
    }
    if (piece === 1 && !removed) return;
    if (piece > 1) piece = Math.ceil(piece / 2);
  }
}

async function fewerProcesses(
  steps: () => readonly Step[],
  attempt: (steps: readonly Step[]) => Promise<boolean>,
): Promise<void> {
  for (let index = 0; index < steps().length; index++) {
    if (makesProcess((steps()[index] as Step).call) && (await attempt(withoutFork(steps(), index)))) index--;
  }
}

/** The steps without the fork at `at`: what its child did, the parent does. */
export function withoutFork(steps: readonly Step[], at: number): Step[] {
  const parent = (steps[at] as Step).process;
  const child = steps.slice(0, at + 1).filter((step) => makesProcess(step.call)).length;
  const renumber = (process: number): number =>
    process === child ? parent : process > child ? process - 1 : process;
  return steps.flatMap((step, index) => {
    // What ended the child does not end the parent.
    if (index === at || (step.process === child && isExit(step.call))) return [];
    return [{ ...step, process: renumber(step.process) }];
  });
}

/** The steps without those from `from` to before `to`, and without all processes that are then never made. */
export function withoutSteps(steps: readonly Step[], from: number, to: number): Step[] {
  const number = new Map<number, number>([[0, 0]]);
  const kept: Step[] = [];
  let child = 0;
  let next = 1;
  for (const [index, step] of steps.entries()) {
    if (makesProcess(step.call)) child++;
    const process = number.get(step.process);
    if (process === undefined || (index >= from && index < to)) continue;
    if (makesProcess(step.call)) number.set(child, next++);
    kept.push({ ...step, process });
  }
  return kept;
}

const PAGE = 4096;
const MAP_EXTRAS: readonly number[] = [0x100, 0x2000, 0x4000, 0x8000, 0x1_0000, 0x2_0000, 0x40];

async function plainerArguments(
  steps: () => readonly Step[],
  attempt: (steps: readonly Step[]) => Promise<boolean>,
): Promise<boolean> {
  let plainer = false;
  for (let index = 0; index < steps().length; index++) {
    for (let position = 0; position < (steps()[index] as Step).args.length; position++) {
      for (const value of plainerValues(steps()[index] as Step, position)) {
        const changed = steps().map((step, i) =>
          i === index ? { ...step, args: step.args.map((old, at) => (at === position ? value : old)) } : step,
        );
        if (await attempt(changed)) {
          plainer = true;
          break;
        }
      }
    }
  }
  return plainer;
}

/** Values to try for an argument, plainest first; none when it is plain already. */
function plainerValues(step: Step, position: number): Argument[] {
  const value = step.args[position] as Argument;
  if (typeof value !== "number") return [];
  const values: number[] = [];
  if (step.call === "mmap" && position === 3) {
    for (const bit of MAP_EXTRAS) if ((value & bit) !== 0) values.push(value & ~bit);
    return values;
  }
  if (step.call === "mmap" && position === 5) values.push(0);
  if (step.call === "write" && position === 1) values.push(1);
  const isAddress = position === 0 || (step.call === "mremap" && position === 4);
  const isLength = position === 1 || (step.call === "mremap" && position === 2);
  if (isAddress && value > PAGE) values.push(value - (value % PAGE));
  if (isLength && value > PAGE && step.call !== "setrlimit" && step.call !== "split") {
    values.push(PAGE, 2 * PAGE, Math.ceil(value / PAGE / 2) * PAGE, value - (value % PAGE));
  }
  return values.filter(
    (candidate, i) => candidate !== value && candidate < value && values.indexOf(candidate) === i,
  );
}
