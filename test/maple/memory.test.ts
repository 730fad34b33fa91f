/** The arena over time: how it grows, what a snapshot keeps, what a sweep finds. */
import { describe, expect, it } from "vitest";
import { Core } from "../../src/maple/core.ts";
import {
  copyByNode,
  copyWhole,
  dropSnapshot,
  forgetAll,
  goBack,
  makeRoom,
  sweep,
  sweepIfDue,
  takeSnapshot,
} from "../../src/maple/memory.ts";
import { plan, publish, REBALANCE, reclaim, retire, SPANNING, SPLIT } from "../../src/maple/store.ts";
import { validate } from "../../src/maple/validate.ts";
import { dice, QUICK } from "./world.ts";

function store(t: Core, first: number, last: number, value: unknown): void {
  plan(t, first, last, value === undefined);
  publish(t, t.values.put(value));
  retire(t);
}

function row(count: number): Core {
  const t = new Core(8);
  for (let i = 0; i < count; i++) store(t, i * 10, i * 10 + 7, { i });
  return t;
}

/** Everything the tree says, by value. */
function content(t: Core): string {
  const out: unknown[] = [];
  const visit = (n: number, levels: number): void => {
    for (let i = n << 4; i < (n << 4) + t.E[n]!; i++) {
      if (levels > 0) visit(t.S[i]!, levels - 1);
      else out.push([t.P[i], t.values.get(t.S[i]!)]);
    }
  };
  if (t.height === 0) out.push(t.values.get(t.root));
  else visit(t.root, t.height - 1);
  return JSON.stringify(out);
}

describe("the arena", () => {
  it("doubles while it is small, then grows by an eighth, and always as far as needed", () => {
    const t = new Core(8);
    makeRoom(t, 6);
    expect(t.capacity).toBe(8);
    makeRoom(t, 7);
    expect(t.capacity).toBe(16);
    makeRoom(t, 100);
    expect(t.capacity).toBe(102);
    const large = new Core(2047);
    large.top = 2040;
    makeRoom(large, 10);
    expect(large.capacity).toBe(4094);
    const larger = new Core(2048);
    larger.top = 2040;
    makeRoom(larger, 10);
    expect(larger.capacity).toBe(2048 + 256);
  });

  it("has room for each write before that begins, however little there was", () => {
    for (const rcu of [false, true]) {
      const roll = dice(29);
      const t = row(200);
      t.rcu = rcu;
      const inTallTree = new Set<number>();
      const steps = QUICK ? 150 : 400;
      for (let step = 0; step < steps + 100; step++) {
        // Random stores, then everything is erased, range after range.
        const erasing = step >= steps;
        const first = erasing ? (step - steps) * 20 : roll(2000);
        const last = first + (erasing ? 17 : roll(step % 30 === 0 ? 300 : 9));
        const value = erasing || roll(4) === 0 ? undefined : "x";
        const { height } = t;
        const write = (): void => store(t, first, last, value);
        // With a snapshot every node it touches is a new one; done twice, the second time with not a unit to spare.
        const snapshot = takeSnapshot(t);
        const { top } = t;
        write();
        const used = t.top - top;
        goBack(t, snapshot);
        t.allot(top + used);
        write();
        expect(t.capacity).toBeGreaterThan(t.top);
        if (height > 2) inTallTree.add(t.kind);
        dropSnapshot(t, snapshot);
        sweep(t);
        validate(t);
      }
      for (const kind of [SPLIT, REBALANCE, SPANNING]) expect(inTallTree).toContain(kind);
    }
  });

  it("becomes small again when a large tree is forgotten, not when it is small anyway", () => {
    const small = row(50);
    const { capacity } = small;
    expect(capacity).toBeLessThanOrEqual(64);
    forgetAll(small);
    expect(small.capacity).toBe(capacity);
    const large = row(400);
    expect(large.capacity).toBeGreaterThan(64);
    forgetAll(large);
    expect(large.capacity).toBe(16);
    const exact = new Core(64);
    forgetAll(exact);
    expect(exact.capacity).toBe(64);
  });

  it("of a copy is as large as the tree's, if that has an eighth to spare at most", () => {
    const t = row(100);
    const units = t.top + 1;
    let capacity = units;
    while (capacity - units < capacity >> 3) capacity++;
    t.allot(capacity);
    const copy = copyWhole(t);
    expect([copy.capacity, content(copy)]).toEqual([capacity, content(t)]);
    validate(copy);
    while (capacity - units <= capacity >> 3) capacity++;
    t.allot(capacity);
    expect(copyWhole(t).capacity).toBe(units);
  });

  it("of a copy is as large as needed, and used again if it fits without waste", () => {
    const t = row(100);
    const copy = copyWhole(t);
    expect(copy.capacity).toBe(t.top + 1);
    const { P } = copy;
    expect(copyWhole(t, copy).P).toBe(P);
    const tight = new Core(t.top);
    copyWhole(t, tight);
    expect(tight.capacity).toBe(t.top + 1);
    const wide = new Core(4 * (t.top + 1) + 64);
    copyWhole(t, wide);
    expect(wide.capacity).toBe(4 * (t.top + 1) + 64);
    const wasteful = new Core(4 * (t.top + 1) + 65);
    copyWhole(t, wasteful);
    expect(wasteful.capacity).toBe(t.top + 1);
    expect(copyWhole(new Core(8)).capacity).toBe(16);
    for (const each of [copy, tight, wide, wasteful]) {
      validate(each);
      expect(content(each)).toBe(content(t));
    }
    expect(copyByNode(t, undefined)!.capacity).toBe(2 * t.nodes + 3);
  });
});

describe("versions and epochs", () => {
  it("only ever rise", () => {
    const t = row(20);
    const snapshot = takeSnapshot(t);
    const steps: [() => void, epoch: boolean][] = [
      [() => store(t, 1, 2, "x"), false],
      [() => goBack(t, snapshot), true],
      [() => sweep(t), true],
      [() => forgetAll(t), false],
    ];
    for (const [step, epochToo] of steps) {
      const { version, epoch } = t;
      step();
      expect(t.version).toBeGreaterThan(version);
      expect(t.epoch).toBe(epochToo ? epoch + 1 : epoch);
    }
  });
});

describe("a snapshot", () => {
  it("keeps what waits for a grace period, and readers, as they were", () => {
    const t = row(20);
    t.rcu = true;
    t.readers = 1;
    t.lives = new Uint32Array(t.capacity);
    store(t, 12, 13, "x");
    const waiting = [...t.waiting];
    expect(waiting.length).toBeGreaterThan(0);
    const snapshot = takeSnapshot(t);
    store(t, 22, 23, "y");
    t.readers = 3;
    expect(t.waiting.length).toBeGreaterThan(waiting.length);
    for (let round = 0; round < 2; round++) {
      goBack(t, snapshot);
      expect([t.waiting, t.waitingBatch, t.batch, t.readers]).toEqual([waiting, waiting.map(() => 1), 1, 1]);
      reclaim(t, 9);
      store(t, 22, 23, "z");
    }
  });

  it("that is forgotten frees what only it held back, whichever goes first", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const t = row(20);
      const taken = [0, 1, 2].map((k) => {
        for (let i = 0; i < 20; i++) store(t, i * 10 + 2 + k, i * 10 + 2 + k, { k });
        return takeSnapshot(t);
      });
      const tops = taken.map((s) => s.top);
      const valueTops = taken.map((s) => s.valuesTop);
      const alive = new Set([0, 1, 2]);
      for (const k of order) {
        expect(dropSnapshot(t, taken[k]!)).toBe(true);
        expect(dropSnapshot(t, taken[k]!)).toBe(false);
        alive.delete(k);
        const left = [...alive];
        expect(t.frozen).toBe(Math.max(0, ...left.map((i) => tops[i]!)));
        expect(t.values.frozen).toBe(Math.max(1, ...left.map((i) => valueTops[i]!)));
      }
      const last = Math.max(...tops);
      expect(tops).toEqual([...tops].toSorted((a, b) => a - b));
      expect(last).toBe(tops[2]);
    }
  });
});

describe("a sweep", () => {
  it("keeps the tree and its snapshots, and nothing else", () => {
    const t = row(60);
    const before = content(t);
    const snapshot = takeSnapshot(t);
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 60; i++) store(t, i * 10 + 2, i * 10 + 3, { round });
    }
    const now = content(t);
    sweep(t);
    validate(t);
    expect(content(t)).toBe(now);
    expect([t.frozen, t.values.frozen]).toEqual([snapshot.top, snapshot.valuesTop]);
    expect(t.sweepAt).toBe(2 * t.top + 64);
    expect(t.sweepValuesAt).toBe(2 * t.values.top + 64);
    goBack(t, snapshot);
    validate(t);
    expect(content(t)).toBe(before);
    dropSnapshot(t, snapshot);
    sweep(t);
    validate(t);
    expect([t.frozen, t.values.frozen, t.values.top]).toEqual([0, 1, 61]);
    expect([t.sweepAt, t.sweepValuesAt]).toEqual([Infinity, Infinity]);
    expect(content(t)).toBe(before);
    expect(t.values.table[0]).toBeUndefined();
  });

  it("gives each value that two trees share one place", () => {
    const t = row(60);
    takeSnapshot(t);
    store(t, 302, 303, "x");
    sweep(t);
    // 60 values, the second half of the cut one, and "x".
    expect(t.values.top).toBe(63);
    expect(t.nodes).toBeLessThan(t.top);
  });

  it("keeps trees without nodes", () => {
    const t = new Core(8);
    const empty = takeSnapshot(t);
    store(t, 0, 0, "only");
    const single = takeSnapshot(t);
    store(t, 0, 0, "other");
    sweep(t);
    expect(t.values.get(t.root)).toBe("other");
    goBack(t, single);
    expect(t.values.get(t.root)).toBe("only");
    goBack(t, empty);
    expect(t.root).toBe(0);
    validate(t);
  });

  it("waits for its time, and for readers and grace periods", () => {
    const swept = (change: (t: Core) => void): boolean => {
      const t = row(20);
      takeSnapshot(t);
      change(t);
      const { epoch } = t;
      sweepIfDue(t);
      return t.epoch !== epoch;
    };
    expect(swept(() => undefined)).toBe(false);
    expect(swept((t) => (t.sweepAt = t.top))).toBe(false);
    expect(swept((t) => (t.sweepAt = t.top - 1))).toBe(true);
    expect(swept((t) => (t.sweepValuesAt = t.values.top))).toBe(false);
    expect(swept((t) => (t.sweepValuesAt = t.values.top - 1))).toBe(true);
    const due = (t: Core): number => (t.sweepAt = 0);
    expect(swept((t) => [due(t), t.readers++])).toBe(false);
    expect(swept((t) => [due(t), t.waiting.push(2)])).toBe(false);
    const fresh = row(20);
    takeSnapshot(fresh);
    expect([fresh.sweepAt, fresh.sweepValuesAt]).toEqual([2 * fresh.top + 64, 2 * fresh.values.top + 64]);
  });

  it("is due in a copy of a tree that had snapshots or waiting nodes, not in others", () => {
    const plain = row(20);
    expect([copyWhole(plain).sweepAt, copyWhole(plain).sweepValuesAt]).toEqual([Infinity, Infinity]);
    takeSnapshot(plain);
    const copy = copyWhole(plain);
    expect([copy.sweepAt, copy.sweepValuesAt]).toEqual([copy.top + 64, copy.values.top + 64]);
    const waiting = row(20);
    waiting.waiting.push(2);
    expect(copyWhole(waiting).sweepAt).toBe(waiting.top + 64);
  });
});

describe("forgetAll", () => {
  it("keeps what snapshots see", () => {
    const t = row(60);
    const before = content(t);
    const snapshot = takeSnapshot(t);
    store(t, 2, 3, "x");
    forgetAll(t);
    expect([t.root, t.height, t.size, t.nodes, t.top]).toEqual([0, 0, 0, 0, t.frozen]);
    store(t, 5, 9, "y");
    validate(t);
    goBack(t, snapshot);
    expect(content(t)).toBe(before);
    validate(t);
    dropSnapshot(t, snapshot);
    forgetAll(t);
    expect([t.top, t.frozen, t.values.top, t.sweepAt, t.sweepValuesAt]).toEqual([
      1,
      0,
      1,
      Infinity,
      Infinity,
    ]);
    validate(t);
  });
});
