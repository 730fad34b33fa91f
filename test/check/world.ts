/**
 * The vocabulary of the checker's tests: small programs over named cells and locks.
 *
 * A program is made by a function that gets the machine and a `World` of cells and locks and returns its tasks.
 * Cells are atomics, so every access to one is an announced step.
 */

import type { Program } from "../../src/check/index.ts";
import {
  type Atomic,
  atomic,
  type Condition,
  type Lock,
  Machine,
  mutex,
  type Path,
  type Row,
  rwsem,
  type Slab,
  slab,
  type TaskSpec,
} from "../../src/sched/index.ts";

interface Cell extends Row {
  readonly value: Atomic;
}
const cells: Slab<Cell> = slab<Cell>("cell", { value: atomic() }, { permanent: true });

interface Mutex extends Row {
  readonly lock: Lock;
}
const mutexes: Slab<Mutex> = slab<Mutex>("mutex", { lock: mutex() }, { permanent: true });

interface Rwsem extends Row {
  readonly lock: Lock;
}
const rwsems: Slab<Rwsem> = slab<Rwsem>("rwsem", { lock: rwsem() }, { permanent: true });

/** Named shared things, made when first asked for during set-up. */
export class World {
  readonly k: Machine;
  constructor(k: Machine) {
    this.k = k;
  }
  cell(name: string, initial = 0): Atomic {
    const row = this.k.alloc(cells);
    this.k.label(row, name);
    if (initial !== 0) this.k.init(row.value, initial);
    return row.value;
  }
  cells(name: string, count: number): Atomic[] {
    return Array.from({ length: count }, (_, i) => this.cell(`${name}[${i}]`));
  }
  mutex(name: string): Lock {
    const row = this.k.alloc(mutexes);
    this.k.label(row, name);
    return row.lock;
  }
  mutexes(name: string, count: number): Lock[] {
    return Array.from({ length: count }, (_, i) => this.mutex(`${name}[${i}]`));
  }
  rwsem(name: string): Lock {
    const row = this.k.alloc(rwsems);
    this.k.label(row, name);
    return row.lock;
  }
}

export type Run = () => Path<unknown>;

/** A program: shared things made once, tasks made for each execution. */
export function program(name: string, build: (w: World, k: Machine) => () => Run[]): Program<() => Run[]> {
  return {
    name,
    machine: () => new Machine(),
    setup: (k) => build(new World(k), k),
    tasks: (_k, make): TaskSpec[] => make().map((run, i) => ({ name: `t${i}`, run })),
  };
}

/** An await for one value. */
export const equals = (value: number): Condition => ({ name: `= ${value}`, holds: (v) => v === value });

/** A program on a machine, set up and marked. */
export function prepared(p: Program<() => Run[]>): { k: Machine; specs: () => readonly TaskSpec[] } {
  const k = p.machine ? p.machine() : new Machine();
  k.raceDetection = false;
  const state = p.setup(k);
  k.mark();
  const tasks = p.tasks(k, state);
  return { k, specs: () => tasks };
}
