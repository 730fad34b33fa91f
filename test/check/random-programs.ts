/**
 * Random small programs: 2 or 3 tasks of 1 to 4 operations over two cells, a counter, a mutex, a reader/writer lock
 * and a row that may be freed. Described as data, so that a failing one can be printed and shrunk.
 */

import type { Program } from "../../src/check/index.ts";
import {
  type Atomic,
  atomic,
  type Lock,
  type Machine,
  type Path,
  type Row,
  type Slab,
  slab,
} from "../../src/sched/index.ts";
import { equals, program, type Run, type World } from "./world.ts";

/** A generator of numbers: mulberry32. */
export function random(seed: number): (below: number) => number {
  let a = seed >>> 0;
  return (below) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** One operation. `c` and `v` number cells and values; `body` is what a section or branch holds. */
export type Op =
  | { readonly op: "read" | "rmw" | "decAndTest" | "incNotZero" | "useRow" | "writeRow"; readonly c: number }
  | { readonly op: "write" | "add" | "cas" | "await" | "assertNot"; readonly c: number; readonly v: number }
  | { readonly op: "await2"; readonly v: number }
  | { readonly op: "freeRow" | "signalPending" }
  | { readonly op: "signal"; readonly v: number }
  | { readonly op: "spawn"; readonly body: readonly Op[] }
  | { readonly op: "choice"; readonly v: number; readonly body: readonly Op[] }
  | { readonly op: "if"; readonly c: number; readonly v: number; readonly body: readonly Op[] }
  | { readonly op: "section"; readonly how: Section; readonly leave: boolean; readonly body: readonly Op[] };

export type Section =
  | "lock"
  | "tryLock"
  | "lockKillable"
  | "read"
  | "write"
  | "readTry"
  | "writeTry"
  | "readKillable"
  | "writeKillable"
  | "downgrade";

const SECTIONS: readonly Section[] = [
  "lock",
  "lock",
  "tryLock",
  "lockKillable",
  "read",
  "write",
  "readTry",
  "writeTry",
  "readKillable",
  "writeKillable",
  "downgrade",
];

/** A program as data. */
export interface Sketch {
  readonly tasks: readonly (readonly Op[])[];
  readonly faults: number;
}

/** Draws a sketch. */
export function draw(seed: number): Sketch {
  const next = random(seed);
  const taskCount = 2 + (next(3) === 0 ? 0 : 1);
  const most = taskCount === 2 ? 4 : 3;
  let spawns = 0;
  const ops = (count: number, depth: number): Op[] => Array.from({ length: count }, () => op(depth));
  const op = (depth: number): Op => {
    const c = next(2);
    const v = next(2);
    switch (next(depth > 0 ? 25 : 15)) {
      case 0:
      case 1:
        return { op: "read", c };
      case 2:
      case 3:
        return { op: "write", c, v };
      case 4:
        return { op: "rmw", c };
      case 5:
        return { op: "add", c, v: next(3) - 1 };
      case 6:
        return { op: "cas", c, v };
      case 7:
        return { op: "await", c, v };
      case 8:
        return next(2) ? { op: "await2", v: next(3) } : { op: "assertNot", c, v };
      case 9:
        return { op: "signal", v: next(taskCount) };
      case 10:
        return { op: "signalPending" };
      case 11:
        return next(2) ? { op: "decAndTest", c } : { op: "incNotZero", c };
      case 12:
        return { op: "freeRow" };
      case 13:
        return { op: "useRow", c };
      case 14:
        return { op: "writeRow", c };
      case 15:
      case 16:
      case 17:
        return { op: "choice", v: 2 + next(2), body: ops(1, depth - 1) };
      case 18:
      case 19:
        return { op: "if", c, v, body: ops(1, depth - 1) };
      case 20:
        if (spawns++ === 0) return { op: "spawn", body: ops(1 + next(2), 0) };
        return { op: "read", c };
      default:
        return {
          op: "section",
          how: SECTIONS[next(SECTIONS.length)]!,
          leave: next(8) === 0,
          body: ops(next(3), depth - 1),
        };
    }
  };
  return { tasks: Array.from({ length: taskCount }, () => ops(1 + next(most), 2)), faults: next(4) };
}

/** Draws a sketch of choices: what a step does, and what comes next, mostly depends on one. */
export function drawChoices(seed: number): Sketch {
  const next = random(seed ^ 0x5bd1e995);
  const tasks = 2 + (next(2) === 0 ? 0 : 1);
  const access = (): Op => {
    const c = next(2);
    const v = next(2);
    switch (next(6)) {
      case 0:
      case 1:
        return { op: "write", c, v };
      case 2:
        return { op: "rmw", c };
      case 3:
        return { op: "cas", c, v };
      case 4:
        return next(3) === 0 ? { op: "await", c, v } : { op: "section", how: "lock", leave: false, body: [] };
      default:
        return { op: "read", c };
    }
  };
  const choice = (): Op => ({
    op: "choice",
    v: 2 + next(2),
    body: next(3) === 0 ? [access(), { op: "choice", v: 2, body: [access()] }] : [access()],
  });
  const ops = (): Op[] => {
    const list: Op[] = [];
    for (let n = 1 + next(tasks === 2 ? 3 : 2); n > 0; n--) {
      list.push(access());
      if (next(3) !== 0) list.push(choice());
    }
    return list;
  };
  return { tasks: Array.from({ length: tasks }, ops), faults: 1 + next(3) };
}

interface Pair extends Row {
  readonly first: Atomic;
  readonly second: Atomic;
}
const pairs: Slab<Pair> = slab<Pair>("pair", { first: atomic(), second: atomic() });

class Things {
  readonly k: Machine;
  readonly cells: readonly Atomic[];
  readonly mutex: Lock;
  readonly rwsem: Lock;
  readonly row: Pair;
  constructor(w: World) {
    this.k = w.k;
    this.cells = [w.cell("x"), w.cell("y")];
    this.mutex = w.mutex("m");
    this.rwsem = w.rwsem("s");
    this.row = w.k.alloc(pairs);
  }
}

/** The program a sketch describes. */
export function realise(sketch: Sketch): Program<() => Run[]> {
  return program(JSON.stringify(sketch), (w) => {
    const things = new Things(w);
    return () => sketch.tasks.map((ops) => () => runAll(things, ops, { spawned: 0 }));
  });
}

/** What a task knows of itself. */
interface Own {
  spawned: number;
}

function* runAll(w: Things, ops: readonly Op[], own: Own): Path {
  for (const op of ops) yield* run(w, op, own);
}

function* run(w: Things, op: Op, own: Own): Path {
  const { k, cells } = w;
  switch (op.op) {
    case "read":
      if (k.read(cells[op.c]!, "read")) yield;
      return;
    case "write":
      if (k.write(cells[op.c]!, "write")) yield;
      cells[op.c]!.value = op.v;
      return;
    case "rmw":
      if (k.rmw(cells[op.c]!, "rmw")) yield;
      cells[op.c]!.value = (cells[op.c]!.value + 1) % 3;
      return;
    case "add":
      if (k.add(cells[op.c]!, op.v, "add")) yield;
      return;
    case "cas":
      if (k.cas(cells[op.c]!, op.v, "cas")) yield;
      if (k.result === 1) cells[op.c]!.value = 1 - op.v;
      return;
    case "await":
      if (k.await(equals(op.v), [cells[op.c]!], "await")) yield;
      return;
    case "await2": {
      const sum = op.v;
      if (
        k.await({ name: `sum = ${sum}`, holds: (a, b) => sum === a! + b! }, [cells[0]!, cells[1]!], "await2")
      )
        yield;
      return;
    }
    case "assertNot":
      if (k.read(cells[op.c]!, "assertNot")) yield;
      k.assert(k.result !== op.v, `cell ${op.c} is ${op.v}`);
      return;
    case "signal":
      if (k.signal(op.v, "signal")) yield;
      return;
    case "signalPending":
      if (k.signalPending("signalPending")) yield;
      if (k.result !== 0) {
        if (k.read(cells[0]!, "signalled")) yield;
      }
      return;
    case "decAndTest":
      if (k.decAndTest(cells[op.c]!, "decAndTest")) yield;
      return;
    case "incNotZero":
      if (k.incNotZero(cells[op.c]!, "incNotZero")) yield;
      return;
    case "freeRow":
      if (k.free(w.row, "freeRow")) yield;
      return;
    case "useRow":
      if (k.read(op.c ? w.row.second : w.row.first, "useRow")) yield;
      return;
    case "writeRow": {
      const cell = op.c ? w.row.second : w.row.first;
      if (k.write(cell, "writeRow")) yield;
      cell.value = 1;
      return;
    }
    case "spawn":
      if (
        k.spawn(
          {
            name: `${k.taskNames[k.current]}.${++own.spawned}`,
            run: () => runAll(w, op.body, { spawned: 0 }),
          },
          "spawn",
        )
      )
        yield;
      return;
    case "choice":
      for (let n = k.choose("choice", op.v); n > 0; n--) yield* runAll(w, op.body, own);
      return;
    case "if":
      if (k.read(cells[op.c]!, "if")) yield;
      if (k.result === op.v) yield* runAll(w, op.body, own);
      return;
    case "section":
      yield* section(w, op.how, op.leave, op.body, own);
      return;
    default:
      op satisfies never;
  }
}

function* section(w: Things, how: Section, leave: boolean, body: readonly Op[], own: Own): Path {
  const { k, mutex, rwsem } = w;
  switch (how) {
    case "lock":
      if (k.lock(mutex, "lock")) yield;
      break;
    case "tryLock":
      if (k.tryLock(mutex, "tryLock")) yield;
      if (k.result === 0) return;
      break;
    case "lockKillable":
      if (k.lockKillable(mutex, "lockKillable")) yield;
      if (k.interrupted) return;
      break;
    case "read":
      if (k.readLock(rwsem, "readLock")) yield;
      break;
    case "readTry":
      if (k.readTryLock(rwsem, "readTryLock")) yield;
      if (k.result === 0) return;
      break;
    case "readKillable":
      if (k.readLockKillable(rwsem, "readLockKillable")) yield;
      if (k.interrupted) return;
      break;
    case "write":
    case "downgrade":
      if (k.writeLock(rwsem, "writeLock")) yield;
      break;
    case "writeTry":
      if (k.writeTryLock(rwsem, "writeTryLock")) yield;
      if (k.result === 0) return;
      break;
    case "writeKillable":
      if (k.writeLockKillable(rwsem, "writeLockKillable")) yield;
      if (k.interrupted) return;
      break;
    default:
      how satisfies never;
  }
  yield* runAll(w, body, own);
  if (leave) return;
  switch (how) {
    case "lock":
    case "tryLock":
    case "lockKillable":
      if (k.unlock(mutex, "unlock")) yield;
      return;
    case "read":
    case "readTry":
    case "readKillable":
      if (k.readUnlock(rwsem, "readUnlock")) yield;
      return;
    case "downgrade":
      if (k.downgrade(rwsem, "downgrade")) yield;
      if (k.readUnlock(rwsem, "readUnlock")) yield;
      return;
    case "write":
    case "writeTry":
    case "writeKillable":
      if (k.writeUnlock(rwsem, "writeUnlock")) yield;
      return;
    default:
      how satisfies never;
  }
}
