/**
 * Random small programs over the further primitives: flags, sequence counters, completions, wait queues, timers, work
 * items, RCU, fair locks, interrupts, joins. Described as data, like those of `random-programs.ts`.
 */
import type { Program } from "../../src/check/index.ts";
import {
  type Atomic,
  atomic,
  completion,
  type Flags,
  fairRwsem,
  flags,
  irqLine,
  type Lock,
  type Machine,
  mutex,
  type Path,
  type Rcu,
  type Row,
  rcu,
  type Slab,
  seqcount,
  slab,
  spinlock,
  type TaskSpec,
  timer,
  waitQueue,
  work,
} from "../../src/sched/index.ts";
import { random } from "./random-programs.ts";

/** One operation; `c` and `v` number things and values. */
export type Op =
  | {
      readonly op: "store" | "exchange" | "fetchOr" | "bit" | "testAndBit";
      readonly c: number;
      readonly v: number;
    }
  | { readonly op: "read" | "write" | "testBit"; readonly c: number }
  | {
      readonly op:
        | "complete"
        | "completeAll"
        | "waitForCompletion"
        | "sleep"
        | "wake"
        | "readFlags"
        | "seqRead";
    }
  | { readonly op: "arm"; readonly c: number; readonly v: number }
  | { readonly op: "cancel" | "cancelSync"; readonly c: number }
  | {
      readonly op:
        | "queueWork"
        | "cancelWork"
        | "flushWork"
        | "synchronize"
        | "callRcu"
        | "freeRcu"
        | "barrier"
        | "useRow"
        | "join";
    }
  | { readonly op: "section"; readonly how: Section; readonly body: readonly Op[] };

export type Section = "rcu" | "seq" | "fairRead" | "fairWrite" | "irqOff" | "irqHandler" | "spin";

/** A family of operations that meet each other, so that small programs are not all independent. */
const FAMILIES: readonly (readonly (Op["op"] | Section)[])[] = [
  ["store", "exchange", "fetchOr", "read", "write"],
  ["bit", "testAndBit", "testBit", "readFlags"],
  ["seq", "seqRead", "write", "read"],
  ["complete", "completeAll", "waitForCompletion", "write", "read"],
  ["sleep", "wake", "write", "read"],
  ["arm", "cancel", "cancelSync", "read"],
  ["queueWork", "cancelWork", "flushWork", "read"],
  ["rcu", "synchronize", "callRcu", "freeRcu", "barrier", "useRow", "write", "read"],
  ["fairRead", "fairWrite", "write", "read"],
  ["irqOff", "irqHandler", "spin", "write", "read"],
  ["join", "write", "read", "complete"],
];
const SECTIONS: readonly string[] = ["rcu", "seq", "fairRead", "fairWrite", "irqOff", "irqHandler", "spin"];

/** A program as data. */
export interface Sketch {
  readonly tasks: readonly (readonly Op[])[];
}

/** Draws a sketch. */
export function draw(seed: number): Sketch {
  const next = random(seed);
  const family = FAMILIES[next(FAMILIES.length)]!;
  const other = FAMILIES[next(FAMILIES.length)]!;
  const taskCount = 2 + (next(4) === 0 ? 1 : 0);
  const op = (depth: number): Op => {
    const pool = next(5) === 0 ? other : family;
    const name = pool[next(pool.length)]!;
    if (SECTIONS.includes(name)) {
      if (depth === 0) return { op: "read", c: next(2) };
      return {
        op: "section",
        how: name as Section,
        body: Array.from({ length: next(3) }, () => op(depth - 1)),
      };
    }
    return { op: name, c: next(2), v: next(2) } as Op;
  };
  return { tasks: Array.from({ length: taskCount }, () => Array.from({ length: 1 + next(3) }, () => op(2))) };
}

interface Shared extends Row {
  readonly x: Atomic;
  readonly y: Atomic;
  readonly flags: Flags;
  readonly seq: Atomic;
  readonly done: Atomic;
  readonly queue: Atomic;
  readonly timer0: Atomic;
  readonly timer1: Atomic;
  readonly work: Atomic;
  readonly rcu: Rcu;
  readonly fair: Lock;
  readonly irq: Lock;
  readonly spin: Lock;
  readonly mutex: Lock;
}
const shared: Slab<Shared> = slab<Shared>(
  "shared",
  {
    x: atomic(),
    y: atomic(),
    flags: flags(["a", "b", "c"]),
    seq: seqcount(),
    done: completion(),
    queue: waitQueue(),
    timer0: timer(),
    timer1: timer(),
    work: work(),
    rcu: rcu(),
    fair: fairRwsem(),
    irq: irqLine(),
    spin: spinlock(),
    mutex: mutex(),
  },
  { permanent: true },
);

interface Thing extends Row {
  readonly value: Atomic;
}
const things: Slab<Thing> = slab<Thing>("thing", { value: atomic() });

interface Things {
  readonly k: Machine;
  readonly s: Shared;
  readonly row: Thing;
}

function has(ops: readonly Op[], wanted: readonly string[]): boolean {
  return ops.some((op) => wanted.includes(op.op) || (op.op === "section" && has(op.body, wanted)));
}

/** The program a sketch describes. */
export function realise(sketch: Sketch, machine: () => Machine): Program<Things> {
  const all = sketch.tasks.flat();
  return {
    name: JSON.stringify(sketch),
    machine,
    setup: (k) => ({ k, s: k.alloc(shared), row: k.alloc(things) }),
    tasks: (k, w): TaskSpec[] => {
      const specs: TaskSpec[] = sketch.tasks.map((ops, i) => ({
        name: `t${i}`,
        joinable: i === 0 && has(all, ["join"]),
        run: () => runAll(w, ops),
      }));
      const clock = [w.s.timer0, w.s.timer1];
      if (has(all, ["arm"])) {
        for (const c of [0, 1]) specs.push(k.timerTask(`timer${c}`, clock[c]!, clock, () => tick(w, c)));
      }
      if (has(all, ["queueWork"])) specs.push(k.workTask("work", w.s.work, () => tick(w, 0)));
      if (has(all, ["callRcu", "freeRcu"])) specs.push(k.rcuCallbacks(w.s.rcu));
      return specs;
    },
  };
}

function* tick({ k, s }: Things, c: number): Path {
  const cell = c === 0 ? s.x : s.y;
  if (k.rmw(cell, "tick")) yield;
  cell.value = (cell.value + 1) % 3;
}

function* runAll(w: Things, ops: readonly Op[]): Path {
  for (const op of ops) yield* run(w, op);
}

function* run(w: Things, op: Op): Path {
  const { k, s } = w;
  switch (op.op) {
    case "store":
      if (k.writeOnce(op.c ? s.x : s.y, op.v, "store")) yield;
      return;
    case "exchange":
      if (k.exchange(op.c ? s.x : s.y, op.v, "exchange")) yield;
      if (k.result === op.v) if (k.read(s.y, "saw itself")) yield;
      return;
    case "fetchOr":
      if (k.rmw(op.c ? s.x : s.y, "rmw")) yield;
      (op.c ? s.x : s.y).value |= op.v + 1;
      return;
    case "read":
      if (k.read(op.c ? s.x : s.y, "read")) yield;
      return;
    case "write":
      if (k.write(op.c ? s.x : s.y, "write")) yield;
      (op.c ? s.x : s.y).value = 1;
      return;
    case "bit":
      if (op.v ? k.setBit(s.flags, op.c, "set") : k.clearBit(s.flags, op.c, "clear")) yield;
      return;
    case "testAndBit":
      if (op.v ? k.testAndSetBit(s.flags, op.c, "tas") : k.testAndClearBit(s.flags, op.c, "tac")) yield;
      return;
    case "testBit":
      if (k.testBit(s.flags, op.c, "test")) yield;
      if (k.result === 1) if (k.setBit(s.flags, 2, "saw it")) yield;
      return;
    case "readFlags":
      if (k.readFlags(s.flags, "all")) yield;
      if (k.result > 1) if (k.setBit(s.flags, 0, "saw some")) yield;
      return;
    case "seqRead": {
      if (k.seqReadBegin(s.seq, "begin")) yield;
      const start = k.result;
      if (k.read(s.x, "inside")) yield;
      if (k.seqReadRetry(s.seq, start, "retry")) yield;
      if (k.result === 1) if (k.read(s.y, "once more")) yield;
      return;
    }
    case "complete":
      if (k.complete(s.done, "complete")) yield;
      return;
    case "completeAll":
      if (k.completeAll(s.done, "completeAll")) yield;
      return;
    case "waitForCompletion":
      if (k.waitForCompletion(s.done, "wait")) yield;
      return;
    case "sleep": {
      if (k.prepareToWait(s.queue, "prepare")) yield;
      const ticket = k.result;
      if (k.read(s.x, "check")) yield;
      if (s.x.value === 0) if (k.schedule(s.queue, ticket, "schedule")) yield;
      return;
    }
    case "wake":
      if (k.writeOnce(s.x, 1, "make true")) yield;
      if (k.wakeUp(s.queue, "wake")) yield;
      return;
    case "arm":
      if (k.armTimer(op.c ? s.timer1 : s.timer0, op.v, "arm")) yield;
      return;
    case "cancel":
      if (k.cancelTimer(op.c ? s.timer1 : s.timer0, "cancel")) yield;
      return;
    case "cancelSync":
      yield* k.cancelTimerSync(op.c ? s.timer1 : s.timer0, "cancelSync");
      return;
    case "queueWork":
      yield* k.queueWork(s.work, "queue");
      return;
    case "cancelWork":
      if (k.cancelWork(s.work, "cancelWork")) yield;
      return;
    case "flushWork":
      if (k.flushWork(s.work, "flush")) yield;
      return;
    case "synchronize":
      yield* k.synchronizeRcu(s.rcu, "synchronize");
      return;
    case "callRcu":
      if (k.callRcu(s.rcu, { name: "tick", run: () => tick(w, 0) }, "call")) yield;
      return;
    case "freeRcu":
      if (k.freeRcu(s.rcu, w.row, "freeRcu")) yield;
      return;
    case "barrier":
      yield* k.rcuBarrier(s.rcu, "barrier");
      return;
    case "useRow":
      if (k.read(w.row.value, "use")) yield;
      return;
    case "join":
      if (k.join(0, "join")) yield;
      return;
    case "section":
      yield* section(w, op.how, op.body);
      return;
    default:
      op satisfies never;
  }
}

function* section(w: Things, how: Section, body: readonly Op[]): Path {
  const { k, s } = w;
  switch (how) {
    case "rcu":
      if (k.rcuReadLock(s.rcu, "rcu lock")) yield;
      yield* runAll(w, body);
      if (k.rcuReadUnlock(s.rcu, "rcu unlock")) yield;
      return;
    case "seq":
      if (k.seqWriteBegin(s.seq, "seq begin")) yield;
      yield* runAll(w, body);
      if (k.seqWriteEnd(s.seq, "seq end")) yield;
      return;
    case "fairRead":
      yield* k.fairReadLock(s.fair, "fair read");
      yield* runAll(w, body);
      if (k.fairUnlock(s.fair, "fair unlock")) yield;
      return;
    case "fairWrite":
      yield* k.fairWriteLock(s.fair, "fair write");
      yield* runAll(w, body);
      if (k.fairUnlock(s.fair, "fair unlock")) yield;
      return;
    case "irqOff":
      if (k.irqDisable(s.irq, "irq off")) yield;
      yield* runAll(w, body);
      if (k.irqEnable(s.irq, "irq on")) yield;
      return;
    case "irqHandler":
      if (k.irqEnter(s.irq, "enter")) yield;
      yield* runAll(w, body);
      if (k.irqExit(s.irq, "exit")) yield;
      return;
    case "spin":
      if (k.lock(s.spin, "spin")) yield;
      yield* runAll(w, body);
      if (k.unlock(s.spin, "unspin")) yield;
      return;
    default:
      how satisfies never;
  }
}
