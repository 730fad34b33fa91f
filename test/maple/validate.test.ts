/** validate(): every kind of damage is seen, and named with node, slot, expected and found. */
import { beforeEach, describe, expect, it } from "vitest";
import { Core } from "../../src/maple/core.ts";
import { MapleTree } from "../../src/maple/index.ts";
import { plan, publish, retire } from "../../src/maple/store.ts";
import { validate } from "../../src/maple/validate.ts";

/** A core with 12 ranges: a root, leaf [0, 47] and leaf [48, max]; values are table entries. */
let t: Core;
let root: number;
let left: number;
let right: number;

beforeEach(() => {
  t = new Core(8);
  for (let i = 0; i < 12; i++) {
    plan(t, i * 10, i * 10 + 7, false);
    publish(t, t.values.put({ i }));
    retire(t);
  }
  root = t.root;
  left = t.S[root << 4]!;
  right = t.S[(root << 4) + 1]!;
  validate(t);
});

describe("validate sees", () => {
  const CASES: [what: string, damage: () => void, message: () => string | RegExp][] = [
    ["a dead node", () => (t.E[left] = 0), () => `leaf ${left}: expected a live node, found a dead one`],
    ["too many slots", () => (t.E[left] = 17), () => `leaf ${left}: expected at most 16 slots, found 17`],
    ["too few slots", () => (t.E[left] = 6), () => `leaf ${left}: expected more than 6 slots, found 6`],
    [
      "a root with one child",
      () => (t.E[root] = 1),
      () => `inner node ${root}: expected a root with at least 2 children, found 1`,
    ],
    [
      "pivots out of order",
      () => (t.P[(left << 4) + 1] = 3),
      () => `leaf ${left} slot 1: expected a pivot of at least 8, found 3`,
    ],
    [
      "a pivot that is no number",
      () => (t.P[left << 4] = NaN),
      () => `leaf ${left} slot 0: expected a pivot of at least 0, found NaN`,
    ],
    [
      "a pivot beyond the node",
      () => (t.P[(left << 4) + 8] = 50),
      () => `leaf ${left} slot 8: expected a pivot of at most 47, found 50`,
    ],
    [
      "a node that ends early",
      () => (t.P[(left << 4) + 8] = 46),
      () => `leaf ${left} slot 8: expected the node's maximum 47, found 46`,
    ],
    [
      "a child that hangs in two places",
      () => (t.S[(root << 4) + 1] = left),
      () => `leaf ${left}: expected one place in the tree, found a second one`,
    ],
    ["a child that is none", () => (t.S[root << 4] = 0), () => "leaf 0: expected a unit from 1 to"],
    [
      "a child beyond the arena",
      () => (t.S[root << 4] = t.top),
      () => `leaf ${t.top}: expected a unit from 1 to ${t.top - 1}, found ${t.top}`,
    ],
    [
      "two null ranges that touch",
      () => {
        t.values.drop(t.S[(left << 4) + 2]!);
        t.S[(left << 4) + 2] = 0;
      },
      () => `leaf ${left} slot 2: expected an entry behind a null range, found another null range`,
    ],
    [
      "null at the end of a leaf",
      () => {
        t.S[(left << 4) + 8] = 0;
        t.S[(left << 4) + 7] = -5;
        t.S[right << 4] = -6;
      },
      () => `leaf ${left} slot 8: expected an entry at the end of the leaf, found a null range`,
    ],
    [
      "null at the end of a leaf that touches the next one's",
      () => {
        t.S[(left << 4) + 8] = 0;
        t.S[(left << 4) + 7] = -5;
      },
      () => "expected an entry",
    ],
    [
      "a gap too large",
      () => (t.P[(root << 4) + 16] = 3),
      () => `inner node ${root} slot 0: expected gap 2, found 3`,
    ],
    ["a gap too small", () => (t.P[(root << 4) + 17] = 3), () => `inner node ${root} slot 1: expected gap`],
    [
      "a handle that nobody holds",
      () => t.values.put({}),
      () => "values: expected 13 handles in the tree, free or to be dropped, found 12",
    ],
    ["a wrong size", () => (t.size = 11), () => "tree: expected size 12, found 11"],
    ["a wrong count of nodes", () => (t.nodes = 4), () => "tree: expected 3 nodes, found 4"],
    [
      "a pivot behind the last slot",
      () => (t.P[(left << 4) + 12] = 40),
      () => `leaf ${left} slot 12: expected Infinity behind the last slot, found 40`,
    ],
    [
      "a gap behind the last one",
      () => (t.P[(root << 4) + 16 + 10] = 9),
      () => `inner node ${root} gap 10: expected Infinity behind the last gap, found 9`,
    ],
    [
      "two slots with one handle",
      () => (t.S[left << 4] = t.S[(left << 4) + 2]!),
      () => `leaf ${left} slot 2: expected a handle of its own, found handle 2, which another slot has too`,
    ],
    [
      "a handle on the free list",
      () => t.values.drop(t.S[left << 4]!),
      () => `leaf ${left} slot 0: expected a handle in use, found handle 1, which is free`,
    ],
    [
      "a handle beyond the table",
      () => (t.S[left << 4] = t.values.top),
      () => `leaf ${left} slot 0: expected a handle below 13, found 13`,
    ],
    [
      "a node on the free list",
      () => {
        t.free(left, false);
        t.E[left] = 9;
      },
      () => `leaf ${left}: expected a node in use, found a free or retired one`,
    ],
    [
      "a node waiting for a grace period",
      () => t.waiting.push(right << 1),
      () => `leaf ${right}: expected a node in use, found a free or retired one`,
    ],
    [
      "a lost unit",
      () => t.takeLeaf(),
      () => `arena: expected ${t.top - 1} units in the tree, free or waiting, found ${t.top - 2}`,
    ],
    [
      "a free list in a circle",
      () => {
        const n = t.takeLeaf();
        t.free(n, false);
        t.S[n << 4] = n;
      },
      () => `unit ${t.freeLeaf}: expected one place on the free lists, found a second one`,
    ],
    [
      "a circle of free handles",
      () => {
        const handle = t.values.put("x");
        t.values.drop(handle);
        t.values.table[handle] = handle;
      },
      () => "handle 13: expected one place on the free list, found a second one",
    ],
    [
      "a snapshot's unit on the free list",
      () => {
        const n = t.takeLeaf();
        t.free(n, false);
        t.frozen = n + 1;
      },
      () => `unit ${t.freeLeaf}: expected a free unit from ${t.frozen} on, the rest is the snapshots', found`,
    ],
  ];
  CASES.push([
    "a handle of a value alone in the root that is beyond the table",
    () => {
      t = new Core(8);
      t.root = 5;
    },
    () => "root: expected a handle below 1, found 5",
  ]);
  for (const [what, damage, message] of CASES) {
    it(what, () => {
      damage();
      expect(() => validate(t)).toThrow(message());
      expect(() => validate(t)).toThrow(/^maple tree: /);
    });
  }
});

describe("a tree's own validate", () => {
  it("sees that its memory was overwritten", () => {
    const original = globalThis.ArrayBuffer;
    const arenas: ArrayBuffer[] = [];
    globalThis.ArrayBuffer = new Proxy(original, {
      construct(target, args: [number], self) {
        arenas.push(Reflect.construct(target, args, self) as ArrayBuffer);
        return arenas.at(-1)!;
      },
    });
    const tree = new MapleTree<string>();
    try {
      tree.store(10, 19, "a");
    } finally {
      globalThis.ArrayBuffer = original;
    }
    tree.validate();
    new Uint8Array(arenas.at(-1)!).fill(0);
    expect(() => tree.validate()).toThrow("maple tree: leaf 1: expected a live node, found a dead one");
  });
});

describe("validate between publishing a store and retiring it", () => {
  it("counts the nodes that are replaced and not given back yet", () => {
    t.rcu = true;
    plan(t, 2, 3, false);
    publish(t, t.values.put("new"));
    expect(t.dead).toHaveLength(1);
    validate(t);
    t.nodes++;
    expect(() => validate(t)).toThrow("maple tree: tree: expected 3 nodes, found 4");
    t.nodes--;
    retire(t);
    validate(t);
  });

  it("counts the values that are replaced and not dropped yet", () => {
    t.rcu = true;
    plan(t, 0, 7, false);
    publish(t, t.values.put("new"));
    expect([t.dead, t.dropped]).toEqual([[], [1]]);
    validate(t);
    retire(t);
    validate(t);
  });
});
