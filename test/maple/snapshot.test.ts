/** Snapshots: going back in constant time, as often as wanted, without the tree growing. */
import { describe, expect, it } from "vitest";
import { MapleTree } from "../../src/maple/index.ts";
import { dice, Oracle, QUICK, same } from "./world.ts";

function row(count: number): MapleTree<object> {
  const tree = new MapleTree<object>();
  for (let i = 0; i < count; i++) tree.store(i * 10, i * 10 + 7, { i });
  return tree;
}

describe("a snapshot", () => {
  it("brings back exactly the tree it was taken of, nodes and values", () => {
    const tree = row(200);
    const picture = tree.toString();
    const before = [...tree];
    const snapshot = tree.snapshot();
    expect(snapshot.size).toBe(200);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 200; i += 3) tree.erase(i * 10);
      tree.store(55, 1700, {});
      tree.validate();
      tree.restore(snapshot);
      tree.validate();
      expect(tree.toString()).toBe(picture);
      const after = [...tree];
      expect(
        after.every(
          ([first, last, value], i) =>
            first === before[i]![0] && last === before[i]![1] && value === before[i]![2],
        ),
      ).toBe(true);
    }
  });

  it("of an empty tree, and of a single value, bring these back", () => {
    const tree = new MapleTree<object>();
    const empty = tree.snapshot();
    const value = {};
    tree.store(0, 0, value);
    const single = tree.snapshot();
    tree.store(0, 100, {});
    tree.restore(single);
    expect([tree.load(0) === value, tree.size, tree.nodes]).toEqual([true, 1, 0]);
    tree.restore(empty);
    expect([tree.load(0), tree.size, tree.nodes]).toEqual([undefined, 0, 0]);
    tree.restore(single);
    expect(tree.load(0)).toBe(value);
    tree.validate();
  });

  it("is not disturbed by others: any order of going back and forth", () => {
    const random = dice(4);
    const tree = new MapleTree<number>();
    const oracle = new Oracle<number>();
    const states: { snapshot: ReturnType<typeof tree.snapshot>; pieces: typeof oracle.pieces }[] = [];
    for (let step = 0; step < (QUICK ? 800 : 3000); step++) {
      const first = random(2000);
      const last = first + random(40);
      const value = random(3) === 0 ? undefined : step + 2 ** 31;
      tree.store(first, last, value);
      oracle.store(first, last, value);
      if (random(20) === 0) {
        states.push({ snapshot: tree.snapshot(), pieces: oracle.pieces.map((p) => ({ ...p })) });
      }
      if (states.length > 0 && random(25) === 0) {
        const state = states[random(states.length)]!;
        tree.restore(state.snapshot);
        oracle.pieces = state.pieces.map((p) => ({ ...p }));
      }
      if (states.length > 12 || (states.length > 0 && random(60) === 0)) {
        const [gone] = states.splice(random(states.length), 1);
        tree.forget(gone!.snapshot);
      }
      if (step % 7 === 0) {
        tree.validate();
        same([...tree], oracle.pieces);
      }
    }
    expect(states.length).toBeGreaterThan(2);
    for (const state of states) {
      tree.restore(state.snapshot);
      tree.validate();
      same([...tree], state.pieces);
    }
  });

  it("belongs to its tree and can be forgotten once", () => {
    const tree = row(5);
    const snapshot = tree.snapshot();
    expect(() => row(5).restore(snapshot)).toThrow(
      "restore: that snapshot was forgotten or belongs to another tree",
    );
    expect(() => row(5).forget(snapshot)).toThrow(
      "forget: that snapshot was forgotten before or belongs to another tree",
    );
    tree.forget(snapshot);
    expect(() => tree.restore(snapshot)).toThrow("restore: that snapshot was forgotten or belongs");
    expect(() => tree.forget(snapshot)).toThrow("forget: that snapshot was forgotten before");
  });

  it("outlives clear and destroy", () => {
    const tree = row(50);
    const snapshot = tree.snapshot();
    tree.clear();
    expect(tree.size).toBe(0);
    tree.store(5, 9, {});
    tree.validate();
    tree.restore(snapshot);
    expect(tree.size).toBe(50);
    tree.validate();
    tree.forget(snapshot);
    tree.clear();
    tree.store(1, 2, {});
    tree.validate();
  });

  it("does not follow a copy", () => {
    const tree = row(50);
    const snapshot = tree.snapshot();
    const copy = tree.clone();
    copy.erase(55);
    copy.validate();
    expect(() => copy.restore(snapshot)).toThrow();
    expect(tree.size).toBe(50);
    const dup = tree.dup()!;
    dup.erase(55);
    dup.validate();
    tree.validate();
  });
});

/** Bytes of every typed array buffer a call makes and keeps, by watching the constructor. */
function bytesAllotted(work: () => void): number {
  const original = globalThis.ArrayBuffer;
  let bytes = 0;
  globalThis.ArrayBuffer = new Proxy(original, {
    construct(target, args: [number], self) {
      bytes += args[0];
      return Reflect.construct(target, args, self) as object;
    },
  });
  try {
    work();
  } finally {
    globalThis.ArrayBuffer = original;
  }
  return bytes;
}

describe("a copy of a tree with snapshots", () => {
  it("does not keep for ever what only these needed", () => {
    const tree = row(200);
    const snapshots = Array.from({ length: 20 }, (_, k) => {
      for (let i = 0; i < 200; i++) tree.store(i * 10 + 2, i * 10 + 3, { k });
      return tree.snapshot();
    });
    const copy = tree.clone();
    const before = [...copy];
    const grown = bytesAllotted(() => {
      for (let round = 0; round < 40; round++) {
        for (let i = 0; i < 200; i++) copy.store(i * 10 + 4, i * 10 + 5, { round });
        for (let i = 0; i < 200; i++) copy.store(i * 10 + 4, i * 10 + 7, before[0]![2]);
      }
    });
    expect(grown).toBeLessThan(2_000_000);
    copy.validate();
    expect(snapshots).toHaveLength(20);
  });
});

describe("memory", () => {
  const cycle = (
    tree: MapleTree<object>,
    snapshot: ReturnType<typeof tree.snapshot>,
    values: object[],
  ): void => {
    tree.restore(snapshot);
    for (let i = 0; i < 20; i++) tree.store(i * 83, i * 83 + 20, values[i]);
    tree.erase(500);
  };

  const CYCLES = QUICK ? 2000 : 100_000;

  it(`does not grow over ${CYCLES} times going back and storing`, () => {
    const tree = row(200);
    const values = Array.from({ length: 20 }, () => ({}));
    const snapshot = tree.snapshot();
    for (let i = 0; i < 10; i++) cycle(tree, snapshot, values);
    const grown = bytesAllotted(() => {
      for (let i = 0; i < CYCLES; i++) cycle(tree, snapshot, values);
    });
    expect(grown).toBe(0);
    tree.validate();
  });

  it("grows by one copy of each node at most while one snapshot lives", () => {
    const tree = row(200);
    const { nodes } = tree;
    tree.snapshot();
    const round = (): void => {
      for (let i = 0; i < 200; i++) tree.store(i * 10, i * 10 + 7, i % 2 === 0 ? {} : { i });
      for (let i = 0; i < 200; i++) tree.store(i * 10 + 2, i * 10 + 3, {});
      for (let i = 0; i < 200; i++) tree.store(i * 10, i * 10 + 7, {});
    };
    const first = bytesAllotted(round);
    expect(first).toBeLessThan(5 * nodes * 193 * 8);
    expect(bytesAllotted(() => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].forEach(round))).toBe(0);
    tree.validate();
  });

  it("stays bounded while snapshots come and go", () => {
    const tree = row(200);
    const random = dice(8);
    const window: ReturnType<typeof tree.snapshot>[] = [];
    const run = (steps: number): number =>
      bytesAllotted(() => {
        for (let step = 0; step < steps; step++) {
          const first = random(2000);
          tree.store(first, first + random(20), random(3) === 0 ? undefined : {});
          if (step % 10 === 0) window.push(tree.snapshot());
          if (window.length > 5) tree.forget(window.shift()!);
        }
      });
    const steps = QUICK ? 3000 : 20_000;
    run(steps);
    const sizeOfSweeps = run(steps);
    // Every sweep makes a new arena; it must stay small, however many snapshots there were.
    expect(sizeOfSweeps).toBeGreaterThan(0);
    expect(sizeOfSweeps / steps).toBeLessThan(2000);
    tree.validate();
    const before = [...tree];
    while (window.length > 0) tree.forget(window.pop()!);
    for (let step = 0; step < steps; step++) tree.store(5, 6, {});
    tree.validate();
    tree.store(5, 6, undefined);
    expect(tree.size).toBeGreaterThan(before.length - 3);
  });
});
