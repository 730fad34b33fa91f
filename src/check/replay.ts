/**
 * Running a trace again.
 *
 * A trace names its tasks, so that it means the same on every machine: task numbers depend on which spawn an
 * exploration met first, names do not. `schedule` ends with the step the finding belongs to, or with the last step
 * of the run when the finding is about the end of it (a deadlock, a leak). Beyond its schedule a replay stops.
 */
import { type Driver, type Finding, kinds, type Machine, type RunEnd } from "../sched/index.ts";
import { type Executed, Execution } from "./execution.ts";
import { Order } from "./order.ts";
import type { Program } from "./program.ts";
import { type Divergence, foldFingerprint, stepText, type Trace } from "./trace.ts";

const { CHOICE } = kinds;

/** What a replay is told to do, and what it did so far. */
export class ReplayDriver implements Driver {
  /** Set when the program did not do what the schedule says. */
  divergence: Divergence | undefined;
  readonly #tasks: readonly string[];
  readonly #schedule: readonly (readonly [number, number])[];
  readonly #choices: readonly number[];
  readonly #onStep: ((machine: Machine) => void) | undefined;
  #run = 0;
  #inRun = 0;
  #choice = 0;

  constructor(
    tasks: readonly string[],
    schedule: readonly (readonly [number, number])[],
    choices: readonly number[],
    onStep?: (machine: Machine) => void,
  ) {
    this.#tasks = tasks;
    this.#schedule = schedule;
    this.#choices = choices;
    this.#onStep = onStep;
  }

  pick(machine: Machine, enabled: number): number {
    this.#onStep?.(machine);
    while (this.#run < this.#schedule.length && this.#inRun >= this.#schedule[this.#run][1]) {
      this.#run++;
      this.#inRun = 0;
    }
    if (this.#run >= this.#schedule.length || this.divergence) return -1;
    const name = this.#tasks[this.#schedule[this.#run][0]];
    const task = machine.taskNames.indexOf(name);
    if (task < 0 || task >= machine.tasks)
      return this.#diverge(machine, `there is no task "${name}" at this point`);
    if ((enabled & (1 << task)) === 0) {
      const why =
        machine.pendingKind[task] === kinds.NONE ? "has ended" : `waits (${machine.describePending(task)})`;
      return this.#diverge(machine, `${name} should take a step but ${why}`);
    }
    this.#inRun++;
    return task;
  }

  choose(machine: Machine, site: string, count: number): number {
    const n = this.#choice++;
    if (n >= this.#choices.length) {
      this.#diverge(machine, `the choice "${site}" is not in the trace`);
      return 0;
    }
    const outcome = this.#choices[n];
    if (outcome < count) return outcome;
    this.#diverge(machine, `the choice "${site}" has ${count} outcomes, the trace says outcome ${outcome}`);
    return 0;
  }

  /** Did the run use up the whole schedule? */
  get finished(): boolean {
    let run = this.#run;
    if (run < this.#schedule.length && this.#inRun >= this.#schedule[run][1]) run++;
    return run >= this.#schedule.length;
  }

  #diverge(machine: Machine, message: string): -1 {
    this.divergence ??= { entry: machine.log.length, message };
    return -1;
  }
}

/** What came of a replay. */
export interface Replayed {
  /** Everything the run showed, end-of-run checks included when the run came to its end. */
  readonly findings: readonly Finding[];
  /** The finding the trace promises, as it was found again; absent when it was not. */
  readonly finding?: Finding;
  readonly end: RunEnd;
  readonly fingerprint: number;
  readonly endState: number;
  /** First place where the program did something else than the trace says. */
  readonly divergence?: Divergence;
}

/** How to replay. */
export interface ReplayOptions {
  /** Use this machine, freshly made, instead of one from the program: to look at it afterwards. */
  readonly machine?: Machine;
  /** Called before each scheduling decision, and thus after each step; switch `machine.telling` on for notes. */
  readonly onStep?: (machine: Machine) => void;
  /** As in the exploration that wrote the trace; on when left out. */
  readonly raceDetection?: boolean;
}

/**
 * Runs a trace of this program on a fresh machine. The program is responsible for being the same one: compare
 * `trace.program` and `trace.parameters` first. Never throws for a trace that no longer fits: see `divergence`.
 */
export function replay<S, M extends Machine>(
  program: Program<S, M>,
  trace: Trace,
  options: ReplayOptions = {},
): Replayed {
  const execution = new Execution(program, options.machine as M | undefined);
  if (options.raceDetection === false) execution.machine.raceDetection = false;
  for (const code of trace.off ?? []) execution.machine.detect(code, false);
  const driver = new ReplayDriver(trace.tasks, trace.schedule, trace.choices, options.onStep);
  const run = execution.run(driver, -1);
  const order = new Order(execution.machine);
  order.update(0);
  const fingerprint = foldFingerprint(order, execution.machine);
  let divergence = driver.divergence ?? firstDifference(trace, execution.machine);
  if (!divergence && !driver.finished) {
    const entry = execution.machine.log.length;
    const here = run.end === "blocked" ? "every task waits or has ended here" : "the program ends here";
    divergence = {
      entry,
      message: `${here}, the trace goes on with "${trace.steps[entry] ?? "more steps"}"`,
    };
  }
  if (!divergence && fingerprint !== trace.fingerprint) {
    divergence = {
      entry: execution.machine.log.length,
      message: "the steps are named alike but touch other objects, or the trace was edited",
    };
  }
  if (!divergence && run.endState !== trace.endState) {
    divergence = {
      entry: execution.machine.log.length,
      message: "every step is the same, but the state after them differs",
    };
  }
  const finding = trace.finding && run.findings.find((f) => sameFinding(f, trace.finding!));
  return {
    findings: run.findings,
    ...(finding ? { finding } : {}),
    end: run.end,
    fingerprint,
    endState: run.endState,
    ...(divergence ? { divergence } : {}),
  };
}

function firstDifference(trace: Trace, machine: Machine): Divergence | undefined {
  const log = machine.log;
  for (let i = 0; i < log.length && i < trace.steps.length; i++) {
    const now = stepText(machine, i);
    if (now !== trace.steps[i])
      return { entry: i, message: `the trace says "${trace.steps[i]}", now it is "${now}"` };
  }
  return undefined;
}

/** Are these the same finding, word for word, wherever in the log they stand? */
export function sameFinding(a: Finding, b: Finding): boolean {
  return (
    a.code === b.code &&
    a.message === b.message &&
    a.at.task === b.at.task &&
    a.at.site === b.at.site &&
    a.other?.task === b.other?.task &&
    a.other?.site === b.other?.site &&
    a.fatal === b.fatal &&
    a.objects.length === b.objects.length &&
    a.objects.every((object, i) => object === b.objects[i])
  );
}

/** The newest run of an execution as a trace. */
export function record(
  execution: Execution<unknown, Machine>,
  run: Executed,
  order: Order,
  about: {
    readonly model: string;
    readonly program: string;
    readonly parameters: Readonly<Record<string, string>>;
    readonly off: readonly string[];
  },
  finding?: Finding,
): Trace {
  const machine = execution.machine;
  const log = machine.log;
  const schedule: [number, number][] = [];
  const choices: number[] = [];
  const steps: string[] = [];
  for (let i = 0; i < log.length; i++) {
    steps.push(stepText(machine, i));
    if (log.kind[i] === CHOICE) {
      choices.push(log.outcome[i]);
      continue;
    }
    const last = schedule.at(-1);
    if (last && last[0] === log.task[i]) last[1]++;
    else schedule.push([log.task[i], 1]);
  }
  return {
    v: 1,
    model: about.model,
    program: about.program,
    parameters: about.parameters,
    ...(about.off.length > 0 ? { off: about.off } : {}),
    tasks: machine.taskNames.slice(0, machine.tasks),
    schedule,
    choices,
    steps,
    fingerprint: foldFingerprint(order, machine),
    endState: run.endState,
    ...(finding ? { finding } : {}),
  };
}
