/**
 * What is left of a search, as plain data: to stop and resume, and to divide the work.
 *
 * Numbers of words and tasks depend on what a machine met before; names do not. A frontier speaks in names. Where a
 * name means nothing yet on a machine (a row that no execution has allocated so far), its number stays open and is
 * filled in when the machine places it: see `Bindings`.
 */
import { kinds, type Machine } from "../sched/index.ts";
import type { PlannedStep, WakeupNode } from "./wakeup.ts";

const { CHOICE } = kinds;

/** A step by names. */
export interface FrozenStep {
  readonly task: string;
  readonly objects: readonly string[];
  readonly classes: readonly number[];
  readonly outcomes: readonly number[] | null;
  readonly counts: readonly number[];
  readonly foreign: boolean;
}

/**
 * A wakeup tree by names: steps that follow each other without a branch, then the branches. Plans are hundreds of steps
 * long; nested step by step they would be too deep to copy between threads.
 */
export interface FrozenBranch {
  readonly steps: readonly FrozenStep[];
  readonly children: readonly FrozenBranch[];
}

/** What is left to do at one log entry of the path. */
export interface FrozenNode {
  readonly entry: number;
  readonly sleep: readonly FrozenStep[];
  readonly children: readonly FrozenBranch[];
  /** For choices: how many outcomes, and whether the others are still to be tried. */
  readonly count: number;
  readonly free: boolean;
}

/** A search that stopped between two executions, or a part of a search that was never begun. */
export interface Frontier {
  /** The path: the task of each step, or the outcome of a choice. */
  readonly path: readonly (string | number)[];
  readonly nodes: readonly FrozenNode[];
  /** Entries of the path that belong to somebody else: nothing is planned or tried there. */
  readonly floor: number;
  /** The path is a whole execution that was counted; otherwise it is where the first one starts. */
  readonly executed: boolean;
}

/** Name of a task made of the way it was spawned: the same on every machine. */
export function taskPath(machine: Machine, task: number): string {
  return machine.stableName(machine.birthWord[task]).replace(/\.birth$/, "");
}

/** The newest run as a path. */
export function pathOf(machine: Machine): (string | number)[] {
  const log = machine.log;
  const path: (string | number)[] = [];
  for (let i = 0; i < log.length; i++) {
    path.push(log.kind[i] === CHOICE ? log.outcome[i] : taskPath(machine, log.task[i]));
  }
  return path;
}

export function freezeStep(machine: Machine, step: PlannedStep): FrozenStep {
  return {
    ...step,
    task: taskPath(machine, step.task),
    objects: step.objects.map((word) => machine.stableName(word)),
  };
}

export function freezeBranch(machine: Machine, branch: WakeupNode): FrozenBranch {
  const steps: FrozenStep[] = [];
  let last = branch;
  for (; ; last = last.children[0]) {
    steps.push(freezeStep(machine, last.step));
    if (last.children.length !== 1) break;
  }
  return { steps, children: last.children.map((child) => freezeBranch(machine, child)) };
}

/** A step whose numbers may still be open. */
interface OpenStep {
  task: number;
  objects: number[];
  readonly classes: readonly number[];
  readonly outcomes: readonly number[] | null;
  readonly counts: readonly number[];
  readonly foreign: boolean;
}

/** Turns names into the numbers of one machine, those it does not know yet as soon as it does. */
export class Bindings {
  readonly #machine: Machine;
  readonly #words: Map<string, number> = new Map();
  readonly #tasks: Map<string, number> = new Map();
  /** What to fill in, by name. */
  readonly #openWords: Map<string, { readonly number: number; readonly places: [OpenStep, number][] }> =
    new Map();
  readonly #openTasks: Map<string, OpenStep[]> = new Map();
  #wordsSeen = 1;
  #tasksSeen = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Are there names without a number? */
  get open(): boolean {
    return this.#openWords.size + this.#openTasks.size > 0;
  }

  /** Learns the names placed since it was last asked. */
  learn(): void {
    const machine = this.#machine;
    for (; this.#wordsSeen < machine.memory.size; this.#wordsSeen++) {
      const name = machine.stableName(this.#wordsSeen);
      this.#words.set(name, this.#wordsSeen);
      const open = this.#openWords.get(name);
      if (!open) continue;
      for (const [step, k] of open.places) step.objects[k] = this.#wordsSeen;
      this.#openWords.delete(name);
    }
    for (; this.#tasksSeen < machine.tasks; this.#tasksSeen++) {
      const name = taskPath(machine, this.#tasksSeen);
      this.#tasks.set(name, this.#tasksSeen);
      for (const step of this.#openTasks.get(name) ?? []) step.task = this.#tasksSeen;
      this.#openTasks.delete(name);
    }
  }

  /** Number of a task, -1 when the machine has not met it. */
  task(name: string): number {
    return this.#tasks.get(name) ?? -1;
  }

  step(frozen: FrozenStep): PlannedStep {
    const step: OpenStep = { ...frozen, task: this.task(frozen.task), objects: [] };
    if (step.task < 0) {
      step.task = NOBODY;
      const waiting = this.#openTasks.get(frozen.task);
      if (waiting) waiting.push(step);
      else this.#openTasks.set(frozen.task, [step]);
    }
    frozen.objects.forEach((name, k) => {
      const word = this.#words.get(name);
      if (word !== undefined) {
        step.objects.push(word);
        return;
      }
      let open = this.#openWords.get(name);
      if (!open) {
        open = { number: -1 - this.#openWords.size, places: [] };
        this.#openWords.set(name, open);
      }
      open.places.push([step, k]);
      step.objects.push(open.number);
    });
    return step;
  }

  branch(frozen: FrozenBranch): WakeupNode {
    const steps = frozen.steps.map((step) => this.step(step));
    let children = frozen.children.map((child) => this.branch(child));
    for (let i = steps.length - 1; i > 0; i--) children = [{ step: steps[i], children }];
    return { step: steps[0], children };
  }
}

/** Stands for a task that does not exist yet. */
const NOBODY = 1_000;
