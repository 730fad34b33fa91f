/**
 * What nested paths cost: 3 tasks x 60 steps, 4 shared writes each, with every step behind four levels of `yield*`, one
 * call of the outermost per ten steps, against the same steps in one flat generator.
 *
 *   node bench/check/run.mjs nesting
 */
import { explore, type Program } from "../../src/check/index.ts";
import type { Atomic, Machine, Path } from "../../src/sched/index.ts";
import { program, type Run } from "../../test/check/world.ts";
import { median, report } from "./table.ts";

const ROUNDS = 5;
const TASKS = 3;
const STEPS = 60;
const EVERY = 15;
const PER_CALL = 10;

/** Steps `from` to `to` of task t: private work, and now and then a write that all share. */
function* work(k: Machine, x: Atomic, own: Atomic, t: number, from: number, to: number): Path {
  for (let i = from; i <= to; i++) {
    if (i % EVERY === 0) {
      if (k.write(x)) yield;
      x.value = t + 1;
    } else {
      if (k.write(own)) yield;
      own.value = i;
    }
  }
}
function* third(k: Machine, x: Atomic, own: Atomic, t: number, from: number, to: number): Path {
  yield* work(k, x, own, t, from, to);
}
function* second(k: Machine, x: Atomic, own: Atomic, t: number, from: number, to: number): Path {
  yield* third(k, x, own, t, from, to);
}
function* first(k: Machine, x: Atomic, own: Atomic, t: number, from: number, to: number): Path {
  yield* second(k, x, own, t, from, to);
}

function model(nested: boolean): Program<() => Run[]> {
  return program(nested ? "nested" : "flat", (w, k) => {
    const x = w.cell("x");
    const own = w.cells("own", TASKS);
    return () =>
      Array.from(
        { length: TASKS },
        (_, t): Run =>
          nested
            ? function* () {
                for (let i = 1; i <= STEPS; i += PER_CALL) yield* first(k, x, own[t], t, i, i + PER_CALL - 1);
              }
            : () => work(k, x, own[t], t, 1, STEPS),
      );
  });
}

function time(p: Program<() => Run[]>): number {
  const exploration = explore(p, { faults: 0 });
  const start = performance.now();
  while (exploration.slice(10_000));
  const ms = performance.now() - start;
  if (exploration.result().executions !== 34_650) throw new Error("not the traces it should have");
  return ms;
}

const ratios: number[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const flat = time(model(false));
  const nested = time(model(true));
  if (round > 0) ratios.push(nested / flat);
}
report([
  {
    metric: "four nested generator levels against flat code",
    value: median(ratios),
    unit: "x",
    better: "less",
    floor: 4,
    target: 2.5,
  },
]);
