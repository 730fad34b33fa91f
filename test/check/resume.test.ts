/** An exploration that is stopped and taken up again, or cut into parts, adds up to the same exploration. */
import { describe, expect, test } from "vitest";
import {
  type Checkpoint,
  divide,
  type ExplorationResult,
  explore,
  explorePart,
  mergeResults,
  type Part,
  type Program,
  resume,
} from "../../src/check/index.ts";
import { type Atomic, atomic, type Row, slab } from "../../src/sched/index.ts";
import * as P from "./programs.ts";
import { draw, random, realise } from "./random-programs.ts";

const options = { all: true, raceDetection: false };

const cells = slab<Row & { readonly shared: Atomic; readonly own: Atomic }>("cell", {
  shared: atomic(),
  own: atomic(),
});

/** How deep plain data is nested. */
function depthOf(data: unknown): number {
  return typeof data === "object" && data !== null
    ? 1 + Math.max(0, ...Object.values(data).map((value) => depthOf(value)))
    : 0;
}

function whole(p: Program<never>, faults: number): ExplorationResult {
  const exploration = explore(p, { ...options, faults });
  while (exploration.slice(1000));
  return exploration.result();
}

const shipped = <T>(data: T): T => JSON.parse(JSON.stringify(data)) as T;

/** Named programs, and random ones with everything in them. */
const PROGRAMS: readonly (readonly [string, Program<never>, number])[] = [
  ...[
    P.readers(6),
    P.lastzero(4),
    P.filesystem(16),
    P.trylock(3),
    P.peterson(),
    P.allocFail(3),
    P.rwsemCount(2, 2),
    P.awaitWindow(),
    P.holdAndWait(),
    P.philosophers(3),
  ].map((p) => [p.name, p as Program<never>, 2] as const),
  ...Array.from({ length: 30 }, (_, seed) => {
    const sketch = draw(seed + 50_000);
    return [`random program ${seed}`, realise(sketch) as Program<never>, Math.min(sketch.faults, 2)] as const;
  }),
];

describe("stopped and resumed", () => {
  test("at random points, on a new machine each time: the identical result", () => {
    for (const [name, p, faults] of PROGRAMS) {
      const expected = whole(p, faults);
      const next = random(name.length);
      let exploration = explore(p, { ...options, faults });
      while (exploration.slice(1 + next(12))) exploration = resume(p, shipped(exploration.checkpoint()));
      expect(exploration.result(), name).toEqual(expected);
    }
  });

  test("plans of many steps do not make a checkpoint deep", () => {
    const steps = 400;
    const p: Program<{ readonly shared: Atomic; readonly own: Atomic }> = {
      name: "late conflict",
      setup: (k) => k.alloc(cells),
      tasks: (k, { shared, own }) => [
        {
          name: "late",
          *run() {
            for (let i = 0; i < steps; i++) if (k.read(own, "walk")) yield;
            if (k.write(shared, "late")) yield;
            shared.value = 1;
          },
        },
        {
          name: "early",
          *run() {
            if (k.write(shared, "early")) yield;
            shared.value = 2;
          },
        },
      ],
    };
    const exploration = explore(p, { ...options, all: true });
    exploration.slice(1);
    const checkpoint = exploration.checkpoint();
    expect(JSON.stringify(checkpoint).length).toBeGreaterThan(10 * steps);
    expect(depthOf(checkpoint)).toBeLessThan(20);
    const rest = resume(p, shipped(checkpoint));
    while (rest.slice(1000));
    expect(rest.result()).toEqual(whole(p as Program<never>, 1));
  });

  test("before the first execution and after the last", () => {
    const p = P.trylock(2);
    const fresh = resume(p, shipped(explore(p).checkpoint()));
    while (fresh.slice(10));
    const done = resume(p, shipped(fresh.checkpoint()));
    expect(done.slice(10)).toBe(false);
    expect(done.result()).toEqual(fresh.result());
    expect(fresh.result().executions).toBe(4);
  });

  test("with a higher limit of executions", () => {
    const p = P.counterRacy(3);
    const cut = explore(p, { executions: 20 });
    while (cut.slice(7));
    expect(cut.result()).toMatchObject({ verdict: "incomplete", executions: 20 });
    const on = resume(p, shipped(cut.checkpoint()), { executions: 100 });
    while (on.slice(7));
    expect(on.result()).toMatchObject({ verdict: "holds", executions: 36 });
  });

  test("a checkpoint of another program is refused", () => {
    const checkpoint: Checkpoint = explore(P.trylock(2)).checkpoint();
    expect(() => resume(P.trylock(3), checkpoint)).toThrow(/is of "trylock\(2\)", not of "trylock\(3\)"/);
    const half = explore(P.trylock(3));
    half.slice(3);
    const forged = { ...half.checkpoint(), program: "abba" };
    expect(() => resume(P.abba(), forged)).toThrow(/path that its frontier describes/);
  });
});

describe("cut into parts", () => {
  const sums = (
    p: Program<never>,
    faults: number,
    depth: number,
  ): { executions: number; blocked: number; keyHash: string } => {
    let [executions, blocked, a, b] = [0, 0, 0, 0];
    for (let round = 0; round <= faults; round++) {
      const parts: readonly Part[] = divide(p, round, depth);
      const merged = mergeResults(
        parts.map((part) => {
          const exploration = explorePart(p, shipped(part), options);
          while (exploration.slice(1000));
          return exploration.result();
        }),
      );
      executions += merged.executions;
      blocked += merged.blocked;
      a = (a + Number.parseInt(merged.keyHash.slice(0, 8), 16)) >>> 0;
      b = (b + Number.parseInt(merged.keyHash.slice(8), 16)) >>> 0;
    }
    const hex = (n: number): string => n.toString(16).padStart(8, "0");
    return { executions, blocked, keyHash: hex(a) + hex(b) };
  };

  test.each([1, 2, 3])("at depth %i: totals and key hash are those of one process", (depth) => {
    for (const [name, p, faults] of PROGRAMS) {
      const { executions, blocked, keyHash } = whole(p, faults);
      expect(sums(p, faults, depth), name).toEqual({ executions, blocked, keyHash });
    }
  });

  test("a part that is stopped and resumed is the same part", () => {
    const p = P.lastzero(5);
    const part = divide(p, 0, 3)[1];
    const straight = explorePart(p, part);
    while (straight.slice(1000));
    let exploration = explorePart(p, part);
    while (exploration.slice(2)) exploration = resume(p, shipped(exploration.checkpoint()));
    expect(exploration.result()).toEqual(straight.result());
  });
});
