/**
 * Which task is which: numbers, names and words of tasks, the same in every schedule.
 *
 * A task is the n-th that its creator starts. Its *number* is given when it is first met and kept for all runs of a
 * machine; on another machine it may be another. Its *path* is made of the way from a first task and is the same
 * everywhere; its *name* is what its spec says, for people.
 *
 *     task 1            the first of the tasks a run starts with
 *     task 1/2          the second that it spawned
 */
import { MAX_TASKS, ProtocolError, type TaskSpec } from "./protocol.ts";
import type { Races } from "./race.ts";
import type { Rows } from "./rows.ts";

/** Tasks of one machine. */
export class Tasks {
  /** Names by number. A number not met in this run may still have its name of an earlier one. */
  readonly names: string[] = [];
  /** Word of each task's signal flag, birth mark and end mark. */
  readonly signalWord: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly birthWord: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly endWord: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly paths: string[] = [];
  /** Tasks met in all runs. */
  count = 0;
  /** Numbers by creator + 1 and n. */
  readonly #numbers: number[][] = Array.from({ length: MAX_TASKS + 1 }, () => []);
  /** Tasks started in this run, by creator + 1. */
  readonly #started: Int32Array = new Int32Array(MAX_TASKS + 1);
  /** Bit mask of the tasks named in this run. */
  #named = 0;
  readonly #rows: Rows;
  readonly #races: Races;

  constructor(rows: Rows, races: Races) {
    this.#rows = rows;
    this.#races = races;
  }

  /** A new run begins. */
  reset(): void {
    for (let n = 0; n <= this.count; n++) this.#started[n] = 0;
    this.#named = 0;
  }

  /** Number of the task that `creator` (-1: nobody) starts as its n-th, from 0. */
  number(creator: number, n: number): number {
    const numbers = this.#numbers[creator + 1];
    let task = numbers[n];
    if (task === undefined) {
      task = this.count;
      if (task >= MAX_TASKS) {
        throw new ProtocolError(`more than ${MAX_TASKS} tasks: does the program spawn without end?`);
      }
      this.count++;
      numbers[n] = task;
      const path = creator < 0 ? `task ${n + 1}` : `${this.paths[creator]}/${n + 1}`;
      this.paths[task] = path;
      this.signalWord[task] = this.#rows.placeOwn(`${path}.signal`);
      this.birthWord[task] = this.#rows.placeOwn(`${path}.birth`);
      this.endWord[task] = this.#rows.placeOwn(`${path}.end`);
      this.#races.reserveTasks(this.count);
    }
    return task;
  }

  /** Number of the task that `creator` would start next. */
  next(creator: number): number {
    return this.number(creator, this.#started[creator + 1]);
  }

  /** `creator` starts a task. */
  started(creator: number): void {
    this.#started[creator + 1]++;
  }

  /** Names the tasks that a run starts with: mostly the same as in the run before. */
  nameFirst(specs: readonly TaskSpec[]): void {
    const numbers = this.#numbers[0];
    let known = true;
    for (let n = 0; known && n < specs.length; n++) known = this.names[numbers[n]] === specs[n].name;
    if (known) for (let n = 0; n < specs.length; n++) this.#named |= 1 << numbers[n];
    else for (let n = 0; n < specs.length; n++) this.name(this.number(-1, n), specs[n].name);
  }

  /** Gives a task its name in this run. */
  name(task: number, name: string): void {
    for (let t = 0; t < this.count; t++) {
      if (t !== task && (this.#named & (1 << t)) !== 0 && this.names[t] === name) {
        throw new ProtocolError(
          `two tasks are named "${name}": names tell tasks apart in traces, give each its own`,
        );
      }
    }
    this.#named |= 1 << task;
    if (this.names[task] === name) return;
    this.names[task] = name;
    this.#rows.rename(this.signalWord[task], `${name}.signal`);
    this.#rows.rename(this.birthWord[task], `${name}.birth`);
    this.#rows.rename(this.endWord[task], `${name}.end`);
  }
}
