/** Random programs against a sorted array; more than a million operations over several geometries. */
import { describe, expect, it } from "vitest";
import { MAX_INDEX, MapleTree } from "../../src/maple/index.ts";
import { dice, type Geometry, Pair, QUICK, runProgram } from "./world.ts";

const GEOMETRIES: Geometry[] = [
  { name: "dense", space: 60, length: 3 },
  { name: "crowded", space: 400, length: 8 },
  { name: "medium", space: 3000, length: 40 },
  { name: "sparse", space: 1_000_000, length: 200 },
  { name: "single indices", space: 500, length: 1 },
  { name: "long ranges", space: 5000, length: 2000 },
  { name: "whole index space", space: MAX_INDEX, length: 1_000_000 },
  { name: "crowded, RCU", space: 400, length: 8, rcu: true },
  { name: "sparse, RCU", space: 100_000, length: 30, rcu: true },
  { name: "medium, asks by height", space: 3000, length: 10, estimate: "height" },
  { name: "medium, asks always", space: 3000, length: 10, estimate: "always", rcu: true },
  { name: "medium, snapshots", space: 3000, length: 10, snapshots: true },
  { name: "crowded, snapshots, RCU", space: 400, length: 4, snapshots: true, rcu: true },
];

/** Operations of one step: a write, a load, a find, two gap searches. */
const OPERATIONS_PER_STEP = 5;
const COUNT = QUICK ? 120 : 400;
const SEEDS = QUICK ? 1 : 7;
const STEPS = QUICK ? 250 : 2400;

describe("a tree under random programs says what a sorted array says, and is valid after each store", () => {
  for (const geometry of GEOMETRIES) {
    it(geometry.name, () => {
      for (let seed = 1; seed <= SEEDS; seed++) runProgram(geometry, seed * 7919, STEPS);
    });
  }

  it("over more than a million operations", () => {
    if (QUICK) return;
    expect(GEOMETRIES.length * SEEDS * STEPS * OPERATIONS_PER_STEP).toBeGreaterThan(1_000_000);
  });
});

describe("a tree under adversarial sequences", () => {
  it("is valid while built in ascending order and erased in ascending order", () => {
    const pair = new Pair();
    for (let i = 0; i < COUNT; i++) pair.store(i * 10, i * 10 + 5, i);
    pair.compare();
    for (let i = 0; i < COUNT; i++) pair.erase(i * 10 + 2);
    expect(pair.tree.nodes).toBe(0);
  });

  it("is valid while built in descending order and erased in descending order", () => {
    const pair = new Pair();
    for (let i = COUNT - 1; i >= 0; i--) pair.store(i * 10, i * 10 + 9, i);
    pair.compare();
    for (let i = COUNT - 1; i >= 0; i--) pair.erase(i * 10);
    expect(pair.tree.nodes).toBe(0);
  });

  it("is valid while built from both ends and erased from the middle", () => {
    const pair = new Pair({ rcu: true });
    for (let i = 0; i < 200; i++) {
      pair.store(i * 8, i * 8 + 3, i);
      pair.store(10_000 - i * 8, 10_003 - i * 8, i);
    }
    pair.compare();
    for (let i = 199; i >= 0; i--) {
      pair.erase(i * 8);
      pair.erase(10_000 - i * 8);
    }
    expect(pair.tree.nodes).toBe(0);
  });

  it("survives stores over the whole space between small ones", () => {
    const pair = new Pair();
    const random = dice(3);
    for (let round = 0; round < (QUICK ? 4 : 30); round++) {
      for (let i = 0; i < 60; i++) pair.store(random(1000), 1000 + random(1000), i);
      pair.store(0, MAX_INDEX, round);
      expect(pair.tree.nodes).toBe(1);
      pair.store(500, 600, "a");
      pair.store(0, MAX_INDEX, undefined);
      expect(pair.tree.nodes).toBe(0);
    }
  });

  it("keeps its place at the edges of the index space", () => {
    const pair = new Pair();
    pair.store(MAX_INDEX, MAX_INDEX, "top");
    pair.store(0, 0, "bottom");
    for (let i = 1; i < 60; i++) {
      pair.store(MAX_INDEX - 2 * i, MAX_INDEX - 2 * i, i);
      pair.store(2 * i, 2 * i, -i);
    }
    pair.compare();
    expect(pair.tree.load(MAX_INDEX)).toBe("top");
    expect(pair.tree.load(0)).toBe("bottom");
    pair.store(1, MAX_INDEX - 1, undefined);
    expect(pair.tree.size).toBe(2);
    pair.erase(MAX_INDEX);
    pair.erase(0);
    expect(pair.tree.nodes).toBe(0);
  });

  it("swallows many leaves with one store, at every offset", () => {
    for (let from = 0; from < 120; from += QUICK ? 37 : 7) {
      for (let to = from; to < 300; to += QUICK ? 97 : 23) {
        const pair = new Pair();
        for (let i = 0; i < 300; i++) pair.tree.store(i * 4, i * 4 + 2, i);
        for (let i = 0; i < 300; i++) pair.oracle.store(i * 4, i * 4 + 2, i);
        pair.store(from * 4 + 1, to * 4 + 1, "wide");
        pair.compare();
        pair.store(from * 4, to * 4 + 3, undefined);
        pair.compare();
      }
    }
  });
});

describe("a large tree", () => {
  it.skipIf(QUICK)("holds 200,000 ranges stored in random order", () => {
    const tree = new MapleTree<number>();
    const random = dice(5);
    const order = Array.from({ length: 200_000 }, (_, i) => i);
    for (let i = order.length - 1; i > 0; i--) {
      const j = random(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    for (const i of order) tree.store(i * 10, i * 10 + 6, i);
    tree.validate();
    expect(tree.size).toBe(200_000);
    expect(tree.height).toBeLessThanOrEqual(7);
    let expected = 0;
    for (const [first, last, value] of tree.entries()) {
      if (first !== expected * 10 || last !== first + 6 || value !== expected)
        throw new Error(`entry ${expected}`);
      expected++;
    }
    for (const i of order) if (i % 3 !== 0) tree.erase(i * 10 + 1);
    tree.validate();
    expect(tree.size).toBe(Math.ceil(200_000 / 3));
  });
});
