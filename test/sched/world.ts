/**
 * The vocabulary of the scheduler's tests: one row with one thing of each kind, tasks made of small generators, a run
 * by a written schedule ("AAB"), and every run there is.
 */
import {
  type Atomic,
  atomic,
  bool,
  completion,
  type Driver,
  type Flags,
  fairRwsem,
  flags,
  irqLine,
  type List,
  type Lock,
  list,
  Machine,
  mutex,
  num,
  type Path,
  type Rcu,
  type Row,
  type RunEnd,
  rcu,
  ref,
  refcount,
  rwsem,
  type Slab,
  type Sparse,
  seqcount,
  slab,
  sparse,
  spinlock,
  type Table,
  type TaskSpec,
  table,
  timer,
  waitQueue,
  work,
} from "../../src/sched/index.ts";

/** One thing of each kind, alive as long as the machine. */
export interface Things extends Row {
  n: number;
  flag: boolean;
  thing: Thing | null;
  readonly items: List<string>;
  readonly table: Table;
  readonly sparse: Sparse;
  readonly x: Atomic;
  readonly y: Atomic;
  readonly count: Atomic;
  readonly bits: Flags;
  readonly seq: Atomic;
  readonly done: Atomic;
  readonly queue: Atomic;
  readonly early: Atomic;
  readonly late: Atomic;
  readonly work: Atomic;
  readonly m: Lock;
  readonly m2: Lock;
  readonly spin: Lock;
  readonly rw: Lock;
  readonly fair: Lock;
  readonly irq: Lock;
  readonly rcu: Rcu;
}
export const thingsSlab: Slab<Things> = slab<Things>(
  "things",
  {
    n: num("m"),
    flag: bool("m"),
    thing: ref("m"),
    items: list("m"),
    table: table(4, "m"),
    sparse: sparse(),
    x: atomic(),
    y: atomic(),
    count: refcount(),
    bits: flags(["dying", "busy", "dirty"]),
    seq: seqcount(),
    done: completion(),
    queue: waitQueue(),
    early: timer(),
    late: timer(),
    work: work(),
    m: mutex(),
    m2: mutex(),
    spin: spinlock(),
    rw: rwsem(),
    fair: fairRwsem(),
    irq: irqLine(),
    rcu: rcu(),
  },
  { permanent: true },
);

/** Something that can be freed. */
export interface Thing extends Row {
  value: number;
  readonly users: Atomic;
  readonly cell: Atomic;
  readonly lock: Lock;
}
export const thingSlab: Slab<Thing> = slab<Thing>("thing", {
  value: num("lock"),
  users: refcount(),
  cell: atomic(),
  lock: mutex(),
});

export interface World {
  readonly k: Machine;
  readonly s: Things;
}

/** A machine with one of each. Call `k.mark()` when the set-up is complete. */
export function world(): World {
  const k = new Machine();
  const s = k.alloc(thingsSlab);
  k.label(s, "s");
  return { k, s };
}

/** Tasks A, B, C ... from generator functions. */
export function tasks(...runs: readonly (() => Path<unknown>)[]): TaskSpec[] {
  return runs.map((run, i) => ({ name: String.fromCharCode(65 + i), run }));
}

/**
 * Runs the tasks in the order of the letters; what is left is run in the order of the tasks.
 * `choices` are the outcomes of the choices, in order, then 0.
 */
export function run(
  k: Machine,
  specs: readonly TaskSpec[],
  schedule = "",
  choices: readonly number[] = [],
): RunEnd {
  return k.run(specs, driver(schedule, choices), -1);
}

export function driver(schedule = "", choices: readonly number[] = []): Driver {
  let at = 0;
  let chosen = 0;
  return {
    pick(machine, enabled) {
      if (at < schedule.length) {
        const task = schedule.charCodeAt(at++) - 65;
        if ((enabled & (1 << task)) === 0) {
          throw new Error(`schedule ${schedule}: ${machine.taskNames[task]} is not enabled at letter ${at}`);
        }
        return task;
      }
      return 31 - Math.clz32(enabled & -enabled);
    },
    choose: () => choices[chosen++] ?? 0,
  };
}

/** Every run there is: all schedules, all outcomes. Calls `visit` after each; returns how many there were. */
export function everyRun(k: Machine, specs: readonly TaskSpec[], visit: (end: RunEnd) => void): number {
  const left: number[][] = [];
  let forced = -1;
  const take = (options: () => number[]): number => {
    const i = k.log.length;
    if (i < left.length) {
      left.length = i + 1;
      return forced;
    }
    const all = options();
    left.push(all.slice(1));
    return all[0]!;
  };
  const every: Driver = {
    pick: (machine, enabled) =>
      take(() =>
        Array.from({ length: machine.tasks }, (_, t) => t).filter((t) => (enabled & (1 << t)) !== 0),
      ),
    choose: (_machine, _site, count) => take(() => Array.from({ length: count }, (_, o) => o)),
  };
  let keep = -1;
  for (let runs = 1; ; runs++) {
    visit(k.run(specs, every, keep));
    let i = k.log.length - 1;
    while (i >= 0 && left[i]!.length === 0) i--;
    if (i < 0) return runs;
    forced = left[i]!.shift()!;
    keep = i;
  }
}

/** Codes of all findings of all runs, each once, sorted. */
export function codesOfEveryRun(k: Machine, specs: readonly TaskSpec[]): string[] {
  const codes = new Set<string>();
  everyRun(k, specs, () => {
    for (const f of k.findings) codes.add(f.code);
  });
  return [...codes].sort();
}

/** Codes of the findings of the newest run. */
export function codes(k: Machine): string[] {
  return k.findings.map((f) => f.code);
}

/** The steps of the newest run: "A lock s.m". */
export function steps(k: Machine, kindNames: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < k.log.length; i++) {
    const object = k.log.object[k.log.firstAccess[i]!]!;
    const isStep = k.log.firstAccess[i + 1]! > k.log.firstAccess[i]!;
    lines.push(
      `${k.taskNames[k.log.task[i]!]} ${kindNames[k.log.kind[i]!]}${isStep ? ` ${k.nameOf(object)}` : ""}`,
    );
  }
  return lines;
}
