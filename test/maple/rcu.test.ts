/** RCU mode: retired nodes, read sections, late readers. Every order of steps is explored in rcu-explored.test.ts. */
import { describe, expect, it } from "vitest";
import { MapleTree } from "../../src/maple/index.ts";
import { Counter } from "./world.ts";

type Value = string;
interface Range {
  first: number;
  last: number;
  value: Value | undefined;
}

/** A tree of `count` ranges of 8 indices with gaps of 2 between them. */
function build(count: number, retired?: (batch: number) => void): MapleTree<Value> {
  const tree = new MapleTree<Value>({ rcu: true, ...(retired === undefined ? {} : { retired }) });
  for (let i = 0; i < count; i++) tree.store(i * 10, i * 10 + 7, `v${i}`);
  return tree;
}

/** The range that holds an index, null or not. */
function rangeAt(tree: MapleTree<Value>, index: number): Range {
  const cursor = tree.cursor(index);
  const value = cursor.walk() as Value | undefined;
  return { first: cursor.index, last: cursor.last, value };
}

describe("retired nodes", () => {
  it("are kept while a read section is open and freed when the last one ends", () => {
    const tree = build(12);
    const one = tree.reader(33);
    const two = tree.reader(33);
    one.enter();
    one.step();
    tree.store(32, 33, "new");
    two.enter();
    one.leave();
    tree.store(32, 33, undefined);
    expect(one.load()).toBeUndefined();
    two.leave();
    tree.validate();
    for (let i = 0; i < 1000; i++) tree.store(32, 33 + (i % 3), i % 2 === 0 ? "x" : "y");
    tree.validate();
  });

  it("send a reader that meets one back to the root", () => {
    const tree = build(12);
    const reader = tree.reader(33);
    reader.enter();
    expect(reader.step()).toBe("down");
    expect(reader.step()).toBe("down");
    tree.store(32, 33, "new");
    expect(reader.step()).toBe("restart");
    expect(reader.step()).toBe("down");
    expect(reader.step()).toBe("down");
    expect(reader.step()).toBe("found");
    expect(reader.value).toBe("new");
    expect([reader.first, reader.last]).toEqual([32, 33]);
    reader.leave();
  });

  it("catch a reader outside a read section once they are used again", () => {
    const tree = build(12);
    const reader = tree.reader(33);
    reader.step();
    reader.step();
    tree.store(32, 33, "new");
    expect(() => reader.step()).toThrow(/was freed under this reader; stay in a read section/);
  });

  it("catch it too when the mode was set once more meanwhile", () => {
    const tree = build(12);
    const reader = tree.reader(33);
    reader.step();
    reader.step();
    tree.store(32, 33, "new");
    tree.rcu = true;
    expect(() => reader.step()).toThrow(/was freed under this reader; stay in a read section/);
  });

  it("catch a grace period that was cut short", () => {
    const batches: number[] = [];
    const tree = build(12, (batch) => batches.push(batch));
    for (const batch of batches.splice(0)) tree.reclaim(batch);
    const reader = tree.reader(33);
    reader.enter();
    reader.step();
    reader.step();
    tree.store(32, 33, "new");
    expect(batches).toHaveLength(1);
    expect(reader.step()).toBe("restart");
    reader.step();
    reader.step();
    tree.store(35, 36, "z");
    tree.reclaim(batches.at(-1)!);
    expect(() => reader.step()).toThrow(/was freed under this reader/);
  });

  it("are dead to readers though a snapshot was taken just before they were made", () => {
    const tree = build(3, () => undefined);
    tree.snapshot();
    tree.store(12, 13, "first copy");
    const reader = tree.reader(12);
    reader.enter();
    expect([reader.step(), reader.node]).toEqual(["down", tree.picture()!.node]);
    tree.store(12, 12, "second copy");
    expect(reader.step()).toBe("restart");
    expect(reader.load()).toBe("second copy");
    reader.leave();
  });

  it("are given back once: a grace period that frees nothing is not told to the allocator", () => {
    const counter = new Counter();
    const batches: number[] = [];
    const tree = new MapleTree<Value>({
      rcu: true,
      allocator: counter,
      retired: (batch) => batches.push(batch),
    });
    tree.store(5, 9, "a");
    tree.store(6, 6, "b");
    expect(counter.out).toBe(2);
    for (let round = 0; round < 2; round++) tree.reclaim(batches.at(-1)!);
    expect(counter.out).toBe(1);
  });

  it("are reported with their tree, by copies too", () => {
    const reports: [number, unknown][] = [];
    const tree = new MapleTree<Value>({
      rcu: true,
      retired: (batch, _nodes, of) => reports.push([batch, of]),
    });
    for (let i = 0; i < 12; i++) tree.store(i * 10, i * 10 + 7, `v${i}`);
    for (const copy of [tree.clone(), tree.dup()!]) {
      reports.length = 0;
      copy.store(32, 33, "new");
      expect(reports).toEqual([[1, copy]]);
      expect(reports[0]![1]).toBe(copy);
      copy.reclaim(1);
      copy.validate();
    }
  });

  it("are given back to the allocator when their grace period ends, not before", () => {
    let out = 0;
    const batches: [number, number][] = [];
    const tree = new MapleTree<Value>({
      rcu: true,
      allocator: {
        allocate(count) {
          out += count;
          return true;
        },
        release(count) {
          out -= count;
        },
      },
      retired: (batch, nodes) => batches.push([batch, nodes]),
    });
    tree.store(0, 9, "a");
    tree.store(20, 29, "b");
    tree.store(40, 49, "c");
    expect(tree.nodes).toBe(1);
    expect(batches).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(out).toBe(3);
    tree.reclaim(1);
    expect(out).toBe(2);
    tree.reclaim(2);
    tree.reclaim(2);
    expect(out).toBe(1);
    tree.destroy();
    expect([tree.nodes, tree.size, out]).toEqual([0, 0, 1]);
    tree.reclaim(3);
    expect(out).toBe(0);
  });
});

describe("a tree that readers were in", () => {
  it("keeps watch while sweeps move its nodes into smaller memory", () => {
    const tree = build(300);
    let snapshot = tree.snapshot();
    for (let k = 0; k < 4000; k++) {
      tree.store((k * 37) % 3000, ((k * 37) % 3000) + (k % 90), k % 3 === 0 ? undefined : `w${k}`);
      if (k % 50 === 0) {
        tree.forget(snapshot);
        snapshot = tree.snapshot();
      }
    }
    tree.validate();
    const reader = tree.reader(777);
    reader.step();
    for (let k = 1; k < tree.height; k++) reader.step();
    tree.forget(snapshot);
    for (let k = 0; k < 3; k++) tree.store(0, 2999, k === 1 ? undefined : `x${k}`);
    expect(() => reader.step()).toThrow(/under this reader/);
    tree.validate();
  });

  it("watches over every node of what is copied into it, however large", () => {
    for (const count of [40, 700, 3000]) {
      const target = build(12);
      build(count).clone(target);
      target.validate();
      const index = count * 10 - 7;
      const reader = target.reader(index);
      while (reader.step() === "down" && reader.value === undefined);
      expect(reader.value).toBe(`v${count - 1}`);
      for (let k = 0; k < target.height; k++) expect(reader.step()).toBe("down");
      target.store(index - 1, index, "new");
      expect(() => reader.step()).toThrow(/was freed under this reader/);
    }
  });

  it("destroys every node by itself, in RCU mode and after it, so that a late reader is caught", () => {
    for (const after of [false, true]) {
      const tree = build(40);
      const reader = tree.reader(33);
      reader.step();
      reader.step();
      if (after) tree.rcu = false;
      tree.destroy();
      expect([tree.size, tree.nodes, tree.height]).toEqual([0, 0, 0]);
      expect(() => reader.step()).toThrow(/was freed under this reader/);
      tree.validate();
    }
  });

  it("is empty after destroy even when one value filled it, and when it had no node", () => {
    const tree = new MapleTree<Value>({ rcu: true });
    tree.store(0, Number.MAX_SAFE_INTEGER, "all");
    tree.destroy();
    expect([tree.size, tree.nodes]).toEqual([0, 0]);
    tree.store(0, 0, "only");
    tree.destroy();
    expect([tree.size, tree.load(0)]).toEqual([0, undefined]);
    tree.validate();
  });

  it("keeps what waits for a grace period when it is destroyed without a node", () => {
    const batches: number[] = [];
    const tree = build(12, (batch) => batches.push(batch));
    tree.store(0, Number.MAX_SAFE_INTEGER, undefined);
    tree.destroy();
    for (let i = 0; i < 30; i++) tree.store(i * 10, i * 10 + 7, `n${i}`);
    for (const batch of batches.splice(0)) tree.reclaim(batch);
    for (let i = 30; i < 60; i++) tree.store(i * 10, i * 10 + 7, `n${i}`);
    tree.validate();
    expect(tree.size).toBe(60);
  });
});

describe("a tree that counts its read sections itself", () => {
  const counted = (retired?: (batch: number) => void): [MapleTree<Value>, Counter] => {
    const counter = new Counter();
    const tree = new MapleTree<Value>({
      rcu: true,
      allocator: counter,
      ...(retired === undefined ? {} : { retired }),
    });
    for (let i = 0; i < 12; i++) tree.store(i * 10, i * 10 + 7, `v${i}`);
    return [tree, counter];
  };

  it("gives nodes back at once when nobody reads, and when the last reader has left", () => {
    const [tree, counter] = counted();
    expect(counter.out).toBe(tree.nodes);
    const one = tree.reader(33);
    const two = tree.reader(33);
    one.enter();
    two.enter();
    tree.store(32, 33, "new");
    expect(counter.out).toBe(tree.nodes + 1);
    two.leave();
    expect(counter.out).toBe(tree.nodes + 1);
    one.leave();
    expect(counter.out).toBe(tree.nodes);
    tree.store(35, 36, "new");
    expect(counter.out).toBe(tree.nodes);
  });

  it("does not count a reader twice that was in a section when the tree went back", () => {
    const [tree, counter] = counted();
    const snapshot = tree.snapshot();
    const reader = tree.reader(33);
    reader.enter();
    tree.restore(snapshot);
    tree.forget(snapshot);
    reader.leave();
    tree.store(32, 33, "new");
    expect(counter.out).toBe(tree.nodes);
    const next = tree.reader(33);
    next.enter();
    tree.store(35, 36, "new");
    expect(counter.out).toBe(tree.nodes + 1);
    next.leave();
    expect(counter.out).toBe(tree.nodes);
  });

  it("leaves it to whoever counts grace periods, if somebody does", () => {
    const batches: number[] = [];
    const [tree, counter] = counted((batch) => batches.push(batch));
    tree.reclaim(batches.at(-1)!);
    const reader = tree.reader(33);
    reader.enter();
    tree.store(32, 33, "new");
    reader.leave();
    expect(counter.out).toBe(tree.nodes + 1);
    tree.reclaim(batches.at(-1)!);
    expect(counter.out).toBe(tree.nodes);
  });
});

describe("a reader", () => {
  it("starts at the root again after its section, and for another index", () => {
    const tree = build(12);
    const reader = tree.reader(33);
    expect(reader.node).toBe(0);
    reader.enter();
    reader.step();
    expect(reader.node).toBe(tree.picture()!.node);
    reader.step();
    expect(tree.picture()!.slots.map((slot) => slot.child!.node)).toContain(reader.node);
    reader.leave();
    expect(reader.node).toBe(0);
    reader.step();
    expect(reader.set(75).node).toBe(0);
    expect(reader.load()).toBe("v7");
    expect(reader.node).toBe(0);
  });

  it("reads a tree that is not in RCU mode, as long as nobody writes", () => {
    const tree = new MapleTree<Value>();
    for (let i = 0; i < 40; i++) tree.store(i * 10, i * 10 + 7, `v${i}`);
    expect([tree.reader(123).load(), tree.reader(128).load()]).toEqual(["v12", undefined]);
  });

  it("finds what a load finds, in trees of every height", () => {
    for (const count of [0, 1, 12, 40, 300]) {
      const tree = build(count);
      for (let index = 0; index < count * 10 + 5; index += 3) {
        const reader = tree.reader(index);
        expect(reader.load()).toBe(tree.load(index));
        expect({ first: reader.first, last: reader.last, value: reader.value }).toEqual(rangeAt(tree, index));
      }
    }
  });

  it("finds a single value at index 0, which has no node", () => {
    const tree = new MapleTree<Value>({ rcu: true });
    tree.store(0, 0, "only");
    expect(tree.nodes).toBe(0);
    const reader = tree.reader(0);
    expect(reader.load()).toBe("only");
    expect([reader.first, reader.last]).toEqual([0, 0]);
    expect(reader.set(5).load()).toBeUndefined();
    expect([reader.first, reader.last]).toEqual([1, Number.MAX_SAFE_INTEGER]);
  });

  it("takes as many steps as the tree has levels, and one to start", () => {
    const tree = build(300);
    const reader = tree.reader(1234);
    let steps = 1;
    while (reader.step() !== "found") steps++;
    expect(steps).toBe(tree.height + 1);
  });

  it("says when a read section is begun twice or ended twice", () => {
    const reader = build(3).reader(1);
    reader.enter();
    expect(() => reader.enter()).toThrow("enter: this reader is in a read section already");
    reader.leave();
    expect(() => reader.leave()).toThrow("leave: this reader is in no read section");
  });

  it("says when the tree was restored under it", () => {
    const tree = build(30);
    const snapshot = tree.snapshot();
    const reader = tree.reader(33);
    reader.enter();
    reader.step();
    tree.store(5, 250, "x");
    tree.restore(snapshot);
    expect(() => reader.step()).toThrow(
      "step: the tree went back to a snapshot, or moved its nodes, under this reader",
    );
    reader.leave();
    expect(reader.load()).toBe("v3");
  });
});
