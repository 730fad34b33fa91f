/**
 * One program on one machine: set-up once, then executions, each judged at its end.
 *
 *     run -> findings of the steps -> (all ended, none by a finding) -> program.after -> rows still alive are leaks
 */
import {
  type Driver,
  type Finding,
  HiddenNondeterminism,
  Machine,
  ProtocolError,
  type Row,
  type RunEnd,
  SequentialFinding,
  type TaskSpec,
  WouldWait,
} from "../sched/index.ts";
import type { Program } from "./program.ts";

/** The program under test threw something that is neither a finding nor a breach of the protocol. */
export class ProgramError extends Error {}

/** What one execution showed. */
export interface Executed {
  readonly end: RunEnd;
  readonly findings: readonly Finding[];
  /** Hash of the state after the last step, before `after`. */
  readonly endState: number;
}

/** Most rows that a leak report names. */
const LEAKS_NAMED = 5;

/** A program set up on a machine. */
export class Execution<S, M extends Machine> {
  readonly program: Program<S, M>;
  readonly machine: M;
  readonly state: S;
  /** Made once: closures made anew for each execution would cost more than the execution. */
  readonly tasks: readonly TaskSpec[];
  readonly #aliveAtMark: ReadonlySet<number>;

  /** @param machine a fresh machine to use instead of the program's own */
  constructor(program: Program<S, M>, machine?: M) {
    this.program = program;
    this.machine = machine ?? program.machine?.() ?? (new Machine() as M);
    this.state = this.#guard("set-up", () => program.setup(this.machine));
    this.#refusePromise("set-up", this.state);
    this.tasks = this.#guard("tasks", () => program.tasks(this.machine, this.state));
    this.#refuseNonTasks();
    this.machine.mark();
    this.#aliveAtMark = new Set(this.machine.alive().map((row) => row.at));
  }

  /** What runs here runs to its end at once: an async function would go on while others run. */
  #refusePromise(where: string, returned: unknown): void {
    if (typeof returned !== "object" || returned === null || !("then" in returned)) return;
    throw new ProgramError(
      `${this.program.name}: ${where} returned a promise (is it an async function?): programs under test are synchronous`,
    );
  }

  #refuseNonTasks(): void {
    const tasks: unknown = this.tasks;
    this.#refusePromise("tasks", tasks);
    if (!Array.isArray(tasks)) {
      throw new ProgramError(
        `${this.program.name}: tasks returned no list: return [{ name, run: function* () { ... } }]`,
      );
    }
    for (const [i, task] of (tasks as Partial<TaskSpec>[]).entries()) {
      if (typeof task?.name === "string" && task.name !== "" && typeof task.run === "function") continue;
      throw new ProgramError(
        `${this.program.name}: task ${i} has no ${typeof task?.run === "function" ? "name" : "run function"}: write { name: "A", run: function* () { ... } }`,
      );
    }
  }

  /** Runs the tasks: see `Machine.run`. The end is not judged yet. */
  steps(driver: Driver, keep: number): RunEnd {
    const machine = this.machine;
    return this.#guard("an execution", () => machine.run(this.tasks, driver, keep));
  }

  /** Runs and judges. */
  run(driver: Driver, keep: number): Executed {
    const end = this.steps(driver, keep);
    const endState = this.machine.endStateHash();
    return { end, findings: this.judge(end), endState };
  }

  /** Everything the execution that has just ended shows. Runs `after`, so the state is not the end state any more. */
  judge(end: RunEnd): readonly Finding[] {
    const { machine, program } = this;
    if (end === "done" && machine.killed === 0) {
      if (program.after) {
        try {
          this.#refusePromise("after", program.after(machine, this.state));
        } catch (error) {
          if (!(error instanceof SequentialFinding)) throw this.#explained("after", error);
        }
      }
      if (program.leaks) this.#findLeaks();
    }
    return machine.findings;
  }

  #findLeaks(): void {
    const { machine } = this;
    const leaked: Row[] = machine.alive().filter((row) => !this.#aliveAtMark.has(row.at));
    if (leaked.length === 0) return;
    const names = leaked.map((row) => machine.rowName(row)).sort();
    const named = names.slice(0, LEAKS_NAMED);
    const more = names.length > named.length ? ` and ${names.length - named.length} more` : "";
    machine.note("leak", { message: `never freed: ${named.join(", ")}${more}`, objects: named });
  }

  /** Runs something that runs the program: what the program throws becomes a sentence. */
  guarded<T>(run: () => T): T {
    return this.#guard("an execution", run);
  }

  #guard<T>(where: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.#explained(where, error);
    }
  }

  #explained(where: string, error: unknown): unknown {
    if (
      error instanceof ProgramError ||
      error instanceof ProtocolError ||
      error instanceof HiddenNondeterminism
    )
      return error;
    if (error instanceof SequentialFinding || error instanceof WouldWait) {
      return new ProgramError(`${this.program.name}: ${where} failed: ${error.message}`, { cause: error });
    }
    const { machine } = this;
    const t = machine.log.length > 0 ? machine.log.task[machine.log.length - 1] : -1;
    const behind = where === "an execution" && t >= 0 ? `, behind ${machine.describePending(t)}` : "";
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return new ProgramError(
      `${this.program.name}: ${where} threw ${what}${behind}. A program under test may not throw: errors of the modelled system are return values`,
      { cause: error },
    );
  }
}
