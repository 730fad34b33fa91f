/** What bad arguments are told: a sentence that says what was wrong, and nothing has changed. */
import { beforeEach, describe, expect, it } from "vitest";
import { MAX_INDEX, MapleTree } from "../../src/maple/index.ts";

describe("bad arguments are told what is wrong with them", () => {
  let tree: MapleTree<string>;
  beforeEach(() => {
    tree = new MapleTree<string>();
  });
  const INDEX = /is not an index; an index is an integer from 0 to 2\^53 - 1/;
  const wrong = [
    NaN,
    -1,
    1.5,
    2 ** 53,
    Infinity,
    -Infinity,
    "5" as unknown as number,
    undefined as unknown as number,
    null as unknown as number,
    5n as unknown as number,
    {} as unknown as number,
  ];
  const calls: [string, (x: number) => unknown][] = [
    ["load", (x) => tree.load(x)],
    ["store", (x) => tree.store(x, 5, "a")],
    ["store", (x) => tree.store(0, x, "a")],
    ["insert", (x) => tree.insert(x, 5, "a")],
    ["erase", (x) => tree.erase(x)],
    ["find", (x) => tree.find(x)],
    ["findAfter", (x) => tree.findAfter(x)],
    ["load", (x) => tree.has(x)],
    ["findAfter", (x) => tree.next(x)],
    ["prev", (x) => tree.prev(x)],
    ["emptyArea", (x) => tree.emptyArea(x, 5, 1)],
    ["emptyAreaRev", (x) => tree.emptyAreaRev(0, x, 1)],
    ["prepareStore", (x) => tree.prepareStore(x, 5, "a")],
    ["planStore", (x) => tree.nodesForStore(x, 5, "a")],
    ["cursor", (x) => tree.cursor(x)],
    ["reader", (x) => tree.reader(x)],
    ["set", (x) => tree.reader().set(x)],
    ["set", (x) => tree.cursor().set(x)],
    ["entries", (x) => [...tree.entries(x)]],
    ["entries", (x) => [...tree.entries(0, x === undefined ? Number.NaN : x)]],
    ["setRange", (x) => tree.cursor().setRange(x, 5)],
    ["setRange", (x) => tree.cursor().setRange(0, x)],
    ["store", (x) => MapleTree.from([[x, 5, "a"]])],
    ["store", (x) => MapleTree.fromJSON([[0, x, "a"]])],
  ];
  for (const [name, call] of calls) {
    it(`${name}: what is no index`, () => {
      for (const x of wrong) {
        if (x === undefined && ["cursor", "reader", "entries"].includes(name)) continue;
        expect(() => call(x), `${name}(${String(x)})`).toThrow(INDEX);
        expect(() => call(x)).toThrow(name);
      }
      expect(tree.size).toBe(0);
    });
  }

  it("limits that are no index", () => {
    for (const x of [NaN, -1, 1.5, 2 ** 53]) {
      expect(() => tree.find(0, x)).toThrow(`find: ${x} is not an index`);
      expect(() => tree.findAfter(0, x)).toThrow(`findAfter: ${x} is not an index`);
      expect(() => tree.prev(5, x)).toThrow(`prev: ${x} is not an index`);
      expect(() => tree.cursor().find(x)).toThrow(`find: ${x} is not an index`);
      expect(() => tree.cursor().findBack(x)).toThrow(`findBack: ${x} is not an index`);
      expect(() => tree.cursor().next(x)).toThrow(`next: ${x} is not an index`);
      expect(() => tree.cursor().prev(x)).toThrow(`prev: ${x} is not an index`);
      expect(() => tree.cursor().findRange(x)).toThrow(INDEX);
      expect(() => tree.cursor().nextRange(x)).toThrow(INDEX);
      expect(() => tree.cursor().prevRange(x)).toThrow(INDEX);
    }
    const full = MapleTree.from([
      [1, 2, "a"],
      [4, 5, "b"],
    ]);
    const cursor = full.cursor();
    cursor.find();
    for (const x of [NaN, -1]) expect(() => cursor.find(x)).toThrow(INDEX);
  });

  it("reversed ranges", () => {
    const REVERSED = "the range [5, 4] is reversed; ranges are inclusive, first <= last";
    expect(() => tree.store(5, 4, "a")).toThrow(`store: ${REVERSED}`);
    expect(() => tree.insert(5, 4, "a")).toThrow(`insert: ${REVERSED}`);
    expect(() => tree.cursor().setRange(5, 4)).toThrow(`setRange: ${REVERSED}`);
    expect(() => tree.emptyArea(5, 4, 1)).toThrow(`emptyArea: ${REVERSED}`);
    expect(() => tree.emptyAreaRev(5, 4, 1)).toThrow(`emptyAreaRev: ${REVERSED}`);
    expect(() => tree.planStore(5, 4, "a")).toThrow(`planStore: ${REVERSED}`);
    expect(() => tree.prepareStore(5, 4, "a")).toThrow(`prepareStore: ${REVERSED}`);
    expect(() => [...tree.entries(5, 4)]).toThrow(`entries: ${REVERSED}`);
    expect(() => MapleTree.from([[5, 4, "a"]])).toThrow(`store: ${REVERSED}`);
  });

  it("null as a value, nothing to insert", () => {
    const NULL = "null is not a value; store undefined, or erase, to empty a range";
    expect(() => tree.store(0, 1, null as unknown as string)).toThrow(`store: ${NULL}`);
    expect(() => tree.planStore(0, 1, null as unknown as string)).toThrow(`planStore: ${NULL}`);
    expect(() => tree.prepareStore(0, 1, null as unknown as string)).toThrow(`prepareStore: ${NULL}`);
    expect(() => tree.cursor(3).store(null as unknown as string)).toThrow(`store: ${NULL}`);
    expect(() => MapleTree.from([[0, 1, null]])).toThrow(`store: ${NULL}`);
    expect(() => tree.insert(0, 1, null as unknown as string)).toThrow("insert: there is nothing to insert");
    expect(() => tree.insert(0, 1, undefined as unknown as string)).toThrow(
      "insert: there is nothing to insert",
    );
  });

  it("sizes that are none", () => {
    for (const x of [0, -1, 1.5, NaN, 2 ** 53, Infinity]) {
      expect(() => tree.emptyArea(0, 9, x)).toThrow(
        `emptyArea: ${x} is not a size; a size is an integer from 1 to 2^53 - 1`,
      );
      expect(() => tree.emptyAreaRev(0, 9, x)).toThrow(`emptyAreaRev: ${x} is not a size`);
    }
  });

  it("the largest index and the largest size are none of these", () => {
    const edge = MapleTree.from([[MAX_INDEX, MAX_INDEX, "last"]]);
    expect([edge.load(MAX_INDEX), edge.emptyArea(0, MAX_INDEX, MAX_INDEX)]).toEqual(["last", 0]);
    expect(edge.emptyArea(1, MAX_INDEX, MAX_INDEX)).toBe(-1);
  });

  it("what was given is quoted with its type, so that a number in quotes or a bigint is seen as such", () => {
    const told = (x: unknown): string => {
      try {
        tree.load(x as number);
      } catch (error) {
        return (error as Error).message.split(" is not")[0]!;
      }
      return "";
    };
    expect([5.5, "5", 5n, undefined, null, [1]].map(told)).toEqual([
      "load: 5.5",
      'load: string "5"',
      'load: bigint "5"',
      'load: undefined "undefined"',
      'load: object "null"',
      'load: object "1"',
    ]);
  });

  it("what belongs to another tree, or is no cursor and no tree at all", () => {
    const other = MapleTree.from([[1, 2, "a"]]);
    const foreign = "moveTo: that cursor belongs to another tree; take one from this tree with cursor()";
    expect(() => tree.cursor().moveTo(other.cursor())).toThrow(foreign);
    for (const no of [undefined, null, 5, {}]) {
      expect(() => tree.cursor().moveTo(no as never)).toThrow(
        "moveTo: that is no cursor; take one from this",
      );
    }
    expect(() => tree.restore(other.snapshot())).toThrow(
      "restore: that snapshot was forgotten or belongs to",
    );
    expect(() => tree.forget(other.snapshot())).toThrow(
      "forget: that snapshot was forgotten before or belongs",
    );
    const prepared = other.prepareStore(5, 6, "b")!;
    expect(() => tree.publishStore(prepared)).toThrow(
      "publishStore: that store was prepared by another tree",
    );
    expect(() => tree.cancelStore(prepared)).toThrow("cancelStore: that store was prepared by another tree");
    expect(() => tree.clone({} as never)).toThrow("clone: what is given for its memory is no tree");
  });

  it("what is no array of entries, and an estimate that there is not", () => {
    for (const no of [null, {}, "[]"]) {
      expect(() => MapleTree.fromJSON(no as never)).toThrow(
        "fromJSON: expected an array of [first, last, val",
      );
    }
    expect(() => new MapleTree({ estimate: "exact" as never })).toThrow(
      'MapleTree: string "exact" is not an estimate; say "room", "height" or "always"',
    );
    for (const estimate of ["room", "height", "always"] as const) {
      expect(new MapleTree({ estimate }).size).toBe(0);
    }
  });

  it("an allocator that refuses while a tree is made from entries", () => {
    expect(() => MapleTree.from([[5, 6, "a"]], { allocator: { allocate: () => false } })).toThrow(
      "from: the allocator refused the nodes for [5, 6]",
    );
  });
});

describe("gap search", () => {
  it("finds the lowest and the highest place inside the window", () => {
    const tree = MapleTree.from([
      [10, 19, "a"],
      [30, 39, "b"],
    ]);
    expect(tree.emptyArea(0, 100, 10)).toBe(0);
    expect(tree.emptyArea(1, 100, 10)).toBe(20);
    expect(tree.emptyArea(1, 28, 10)).toBe(-1);
    expect(tree.emptyArea(1, 29, 10)).toBe(20);
    expect(tree.emptyArea(5, 100, 11)).toBe(40);
    expect(tree.emptyAreaRev(0, 100, 10)).toBe(91);
    expect(tree.emptyAreaRev(0, 45, 10)).toBe(20);
    expect(tree.emptyAreaRev(0, 45, 6)).toBe(40);
    expect(tree.emptyAreaRev(5, 25, 7)).toBe(-1);
    expect(tree.emptyAreaRev(4, 9, 6)).toBe(4);
    expect(tree.emptyAreaRev(0, MAX_INDEX, MAX_INDEX - 39)).toBe(40);
    expect(tree.emptyArea(0, MAX_INDEX, MAX_INDEX - 39)).toBe(40);
    expect(tree.emptyArea(0, MAX_INDEX, MAX_INDEX - 38)).toBe(-1);
    expect(tree.emptyArea(0, 3, 5)).toBe(-1);
    expect(tree.emptyAreaRev(0, 3, 5)).toBe(-1);
  });

  it("in trees without nodes", () => {
    const tree = new MapleTree<string>();
    expect(tree.emptyArea(7, 9, 3)).toBe(7);
    expect(tree.emptyAreaRev(7, 9, 3)).toBe(7);
    expect(tree.emptyAreaRev(0, 9, 10)).toBe(0);
    tree.store(0, 0, "a");
    expect(tree.emptyArea(0, 9, 3)).toBe(1);
    expect(tree.emptyArea(5, 9, 2)).toBe(5);
    expect(tree.emptyArea(0, 9, 10)).toBe(-1);
    expect(tree.emptyArea(0, 9, 9)).toBe(1);
    expect(tree.emptyAreaRev(0, 9, 9)).toBe(1);
    expect(tree.emptyAreaRev(0, 9, 10)).toBe(-1);
    expect(tree.emptyArea(0, 3, 5)).toBe(-1);
  });

  it("finds the only gap in a tree of many leaves, from every window that holds it", () => {
    const tree = new MapleTree<number>();
    for (let i = 0; i < 500; i++) if (i !== 333) tree.store(i * 10, i * 10 + 9, i);
    for (let from = 0; from <= 3330; from += 111) {
      expect(tree.emptyArea(from, 4999, 10)).toBe(3330);
      expect(tree.emptyAreaRev(from, 4999, 10)).toBe(3330);
    }
    expect(tree.emptyArea(3331, 4999, 10)).toBe(-1);
    expect(tree.emptyAreaRev(0, 3338, 10)).toBe(-1);
    expect(tree.emptyArea(0, 3338, 10)).toBe(-1);
    expect(tree.emptyArea(3332, 3337, 6)).toBe(3332);
  });
});
