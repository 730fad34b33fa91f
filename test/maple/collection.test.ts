/** The tree as a collection: what people expect of one. */
import { describe, expect, it } from "vitest";
import { MAX_INDEX, MapleTree, Reserved, ZERO_ENTRY } from "../../src/maple/index.ts";

describe("store, load and erase", () => {
  it("overwrite and cut what was there", () => {
    const tree = new MapleTree<string>();
    // aaaaaaaaaabbbbbbbbbb   then   aaaaacccccccccbbbbbb
    tree.store(10, 19, "a");
    tree.store(20, 29, "b");
    tree.store(15, 24, "c");
    expect(tree.toJSON()).toEqual([
      [10, 14, "a"],
      [15, 24, "c"],
      [25, 29, "b"],
    ]);
    expect([9, 10, 14, 15, 24, 25, 29, 30].map((i) => tree.load(i))).toEqual([
      undefined,
      "a",
      "a",
      "c",
      "c",
      "b",
      "b",
      undefined,
    ]);
    expect(tree.erase(20)).toBe("c");
    expect(tree.erase(20)).toBeUndefined();
    expect(tree.size).toBe(2);
    tree.validate();
  });

  it("make two entries of one that is cut in the middle", () => {
    const value = { name: "shared" };
    const tree = new MapleTree<object>();
    tree.store(10, 29, value);
    tree.store(15, 19, undefined);
    expect(tree.size).toBe(2);
    expect(tree.load(12)).toBe(value);
    expect(tree.load(25)).toBe(value);
    tree.erase(12);
    expect(tree.load(25)).toBe(value);
    tree.store(0, 5, {});
    expect(tree.load(25)).toBe(value);
    tree.validate();
  });

  it("do not join neighbours of equal value", () => {
    const tree = MapleTree.from([
      [0, 4, "x"],
      [5, 9, "x"],
    ]);
    expect(tree.size).toBe(2);
  });

  it("start over in a tree that was cleared as in a new one, node by node", () => {
    const build = (tree: MapleTree<number>): string => {
      for (let i = 0; i < 100; i++) tree.store(i * 3, i * 3 + 1, i);
      return tree.toString();
    };
    const tree = new MapleTree<number>();
    const picture = build(tree);
    tree.clear();
    expect(tree.toString()).toBe("(no node)");
    expect(build(tree)).toBe(picture);
  });

  it("empty the tree down to no node", () => {
    const tree = new MapleTree<number>();
    for (let i = 0; i < 100; i++) tree.store(i * 3, i * 3 + 1, i);
    for (let i = 0; i < 100; i++) tree.erase(i * 3);
    expect([tree.size, tree.nodes, tree.height]).toEqual([0, 0, 0]);
    expect(tree.emptyArea(0, MAX_INDEX, 1000)).toBe(0);
  });

  it("keep a value at index 0 without a node", () => {
    const tree = new MapleTree<object>();
    const one = {};
    const two = {};
    tree.store(0, 0, one);
    expect([tree.size, tree.nodes, tree.height, tree.load(0) === one, tree.load(1)]).toEqual([
      1,
      0,
      0,
      true,
      undefined,
    ]);
    tree.store(0, 0, two);
    expect(tree.load(0)).toBe(two);
    tree.store(5, 9, undefined);
    expect(tree.size).toBe(1);
    tree.store(5, 9, one);
    expect([tree.size, tree.nodes, tree.load(0) === two]).toEqual([2, 1, true]);
    expect([...tree.ranges()]).toEqual([
      [0, 0],
      [5, 9],
    ]);
    tree.validate();
    const next = new MapleTree<string>();
    next.store(0, 0, "a");
    next.store(1, 1, "b");
    expect(next.toJSON()).toEqual([
      [0, 0, "a"],
      [1, 1, "b"],
    ]);
    next.validate();
    const gone = new MapleTree<string>();
    gone.store(0, 0, "a");
    gone.store(0, 3, "b");
    expect(gone.toJSON()).toEqual([[0, 3, "b"]]);
    gone.validate();
    const erased = new MapleTree<string>();
    erased.store(0, 0, "a");
    expect(erased.erase(1)).toBeUndefined();
    expect(erased.erase(0)).toBe("a");
    expect(erased.erase(0)).toBeUndefined();
    expect(erased.size).toBe(0);
    const cut = new MapleTree<string>();
    cut.store(0, 0, "a");
    cut.store(0, 10, undefined);
    expect(cut.size).toBe(0);
  });

  it("carry any value but undefined and null", () => {
    const values = [
      0,
      1,
      -1,
      2 ** 30 - 1,
      2 ** 30,
      2 ** 40,
      1.5,
      -0,
      NaN,
      "",
      "text",
      false,
      true,
      10n,
      Symbol("s"),
      {},
      [],
      Object,
    ];
    const tree = new MapleTree<unknown>();
    for (const [i, value] of values.entries()) tree.store(i * 2 + 1, i * 2 + 1, value);
    tree.validate();
    for (const [i, value] of values.entries()) expect(Object.is(tree.load(i * 2 + 1), value)).toBe(true);
    for (const [i, value] of values.entries()) expect(Object.is(tree.erase(i * 2 + 1), value)).toBe(true);
    expect(tree.size).toBe(0);
  });
});

describe("insert", () => {
  it("stores over free indices only", () => {
    const tree = MapleTree.from([[10, 19, "a"]]);
    expect(tree.insert(0, 9, "b")).toBe(true);
    expect(tree.insert(19, 25, "c")).toBe(false);
    expect(tree.insert(5, 30, "c")).toBe(false);
    expect(tree.insert(20, 25, "c")).toBe(true);
    expect(tree.size).toBe(3);
  });

  it("is refused where a reserved entry stands", () => {
    const tree = new MapleTree<string>();
    tree.store(10, 19, ZERO_ENTRY);
    expect(tree.insert(19, 20, "a")).toBe(false);
    expect(tree.size).toBe(0);
  });
});

describe("find, findAfter, next, prev", () => {
  const three = (): MapleTree<string> =>
    MapleTree.from([
      [10, 19, "a"],
      [20, 29, "b"],
      [40, 49, "c"],
    ]);
  const a = { first: 10, last: 19, value: "a" };
  const b = { first: 20, last: 29, value: "b" };
  const c = { first: 40, last: 49, value: "c" };

  it("return entries with their ranges", () => {
    const tree = three();
    expect(tree.find(0)).toEqual(a);
    expect(tree.find(15)).toEqual(a);
    expect(tree.find(30)).toEqual(c);
    expect(tree.find(50)).toBeUndefined();
    expect(tree.findAfter(15)).toEqual(b);
    expect(tree.findAfter(0)).toEqual(a);
    expect(tree.next(29)).toEqual(c);
    expect(tree.next(45)).toBeUndefined();
    expect(tree.prev(45)).toEqual(b);
    expect(tree.prev(35)).toEqual(b);
    expect(tree.prev(15)).toBeUndefined();
    expect(tree.has(45)).toBe(true);
    expect(tree.has(35)).toBe(false);
  });

  it("respect their limits", () => {
    const tree = three();
    expect(tree.find(0, 9)).toBeUndefined();
    expect(tree.find(0, 10)).toEqual(a);
    expect(tree.findAfter(15, 19)).toBeUndefined();
    expect(tree.findAfter(15, 20)).toEqual(b);
    expect(tree.prev(45, 30)).toBeUndefined();
    expect(tree.prev(45, 29)).toEqual(b);
  });
});

describe("reserved entries", () => {
  it("occupy their range, are not counted and not shown", () => {
    const mine = new Reserved("mine");
    const tree = new MapleTree<string>();
    tree.store(0, 0, ZERO_ENTRY);
    expect([tree.nodes, tree.size]).toEqual([1, 0]);
    tree.store(10, 19, "a");
    tree.store(12, 13, mine);
    tree.store(30, 39, ZERO_ENTRY);
    tree.validate();
    expect(tree.size).toBe(2);
    expect(tree.load(12)).toBeUndefined();
    expect(tree.toJSON()).toEqual([
      [10, 11, "a"],
      [14, 19, "a"],
    ]);
    expect(tree.emptyArea(1, 100, 20)).toBe(40);
    expect(tree.cursor(12).walk()).toBe(mine);
    expect(tree.cursor(30).walk()).toBe(ZERO_ENTRY);
    expect(tree.erase(12)).toBeUndefined();
    expect(tree.cursor(12).walk()).toBeUndefined();
    tree.store(0, MAX_INDEX, ZERO_ENTRY);
    expect(tree.size).toBe(0);
    tree.validate();
    expect([String(mine), JSON.stringify(mine), ZERO_ENTRY.name]).toEqual(["mine", '"mine"', "ZERO_ENTRY"]);
  });

  it("are counted rightly when stores cut and cover them in trees of several leaves", () => {
    const tree = new MapleTree<number>();
    for (let i = 0; i < 60; i++) tree.store(i * 10, i * 10 + 7, i % 3 === 0 ? ZERO_ENTRY : i);
    expect(tree.size).toBe(40);
    for (let i = 0; i < 60; i++) tree.store(i * 10 + 3, i * 10 + 4, i % 2 === 0 ? ZERO_ENTRY : i);
    tree.validate();
    tree.store(15, 405, ZERO_ENTRY);
    tree.validate();
    for (let i = 0; i < 60; i++) tree.store(i * 10 + 6, i * 10 + 11, undefined);
    tree.validate();
    tree.store(0, 1, ZERO_ENTRY);
    tree.destroy();
    expect(tree.size).toBe(0);
  });
});

describe("iteration", () => {
  it("is in order, over entries, ranges, values, and with forEach", () => {
    const tree = MapleTree.from([
      [20, 29, "b"],
      [10, 19, "a"],
    ]);
    expect([...tree]).toEqual([
      [10, 19, "a"],
      [20, 29, "b"],
    ]);
    expect([...tree.entries(15, 19)]).toEqual([[10, 19, "a"]]);
    expect([...tree.entries(20)]).toEqual([[20, 29, "b"]]);
    expect([...tree.ranges()]).toEqual([
      [10, 19],
      [20, 29],
    ]);
    expect([...tree.values()]).toEqual(["a", "b"]);
    const seen: unknown[] = [];
    tree.forEach((value, first, last) => seen.push([value, first, last]));
    expect(seen).toEqual([
      ["a", 10, 19],
      ["b", 20, 29],
    ]);
  });

  it("goes on when the tree changes under it", () => {
    const tree = MapleTree.from(Array.from({ length: 100 }, (_, i) => [i * 10, i * 10 + 7, i] as const));
    const seen: number[] = [];
    for (const [first, , value] of tree) {
      seen.push(value);
      tree.erase(first);
      tree.erase(first + 10);
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i * 2));
  });
});

describe("JSON and text", () => {
  it("go out and come back", () => {
    const tree = MapleTree.from([
      [0, 9, { x: 1 }],
      [20, MAX_INDEX, { x: 2 }],
    ]);
    const back = MapleTree.fromJSON<{ x: number }>(
      JSON.parse(JSON.stringify(tree)) as [number, number, { x: number }][],
    );
    expect(back.toJSON()).toEqual(tree.toJSON());
    expect(() => MapleTree.fromJSON({} as [])).toThrow("fromJSON: expected an array of [first, last, value]");
  });

  it("draw a small tree", () => {
    const tree = new MapleTree<unknown>();
    expect(tree.toString()).toBe("(no node)");
    expect(tree.picture()).toBeUndefined();
    tree.store(10, 19, "a");
    tree.store(20, 20, ZERO_ENTRY);
    tree.store(30, 30, { some: "object" });
    tree.store(31, 31, new Map());
    tree.store(40, 50, new Date(0).getTime());
    expect(tree.toString().replaceAll(/leaf \d+/g, "leaf N")).toBe(
      `leaf N [0, max] gap ${MAX_INDEX - 50}
  0-9: -
  10-19: "a"
  20-20: ZERO_ENTRY
  21-29: -
  30-30: Object
  31-31: Map
  32-39: -
  40-50: 0
  51-max: -`,
    );
  });

  it("draw any value, however little it says of itself", () => {
    const silent = Object.create(null) as object;
    const shy = { constructor: undefined };
    const named = { toString: () => "named" };
    const values = [silent, shy, named, 5, -0.5, true, 7n, Symbol("s"), [1, 2], new Map()];
    const tree = MapleTree.from(values.map((value, i): [number, number, unknown] => [i, i, value]));
    const lines = tree.toString().split("\n").slice(1, -1);
    expect(lines.map((line) => line.replace(/^.*: /, ""))).toEqual(
      "object object named 5 -0.5 true 7 Symbol(s) 1,2 Map".split(" "),
    );
  });

  it("draw the nodes of a tall tree", () => {
    const tree = MapleTree.from(Array.from({ length: 12 }, (_, i) => [i * 10, i * 10 + 7, i] as const));
    const root = tree.picture()!;
    expect([root.kind, root.min, root.max, root.slots.length]).toEqual(["inner", 0, MAX_INDEX, 2]);
    expect(root.gap).toBe(MAX_INDEX - 117);
    expect(root.slots.map((slot) => [slot.first, slot.last, slot.child!.kind, slot.child!.gap])).toEqual([
      [0, 47, "leaf", 2],
      [48, MAX_INDEX, "leaf", MAX_INDEX - 117],
    ]);
    expect(tree.toString().split("\n")[0]).toMatch(/^inner \d+ \[0, max\] gap \d+$/);
    expect(tree.toString().split("\n")[1]).toMatch(/^ {2}leaf \d+ \[0, 47\] gap 2$/);
    expect(new MapleTree().toString()).toBe("(no node)");
    const full = new MapleTree<string>();
    full.store(0, MAX_INDEX, "x");
    expect(full.toString()).toMatch(/^leaf \d+ \[0, max\] gap 0\n {2}0-max: "x"$/);
  });
});

describe("clear and destroy", () => {
  it("leave an empty tree that can be used again", () => {
    for (const rcu of [false, true]) {
      const tree = new MapleTree<number>({ rcu });
      tree.destroy();
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 300; i++) tree.store(i * 10, i * 10 + 7, i);
        if (round === 1) tree.destroy();
        else tree.clear();
        expect([tree.size, tree.nodes, tree.height, tree.load(5)]).toEqual([0, 0, 0, undefined]);
        tree.validate();
      }
    }
  });
});
