/** Cursors: where they stand after each move, what ends a walk, how they survive changes. */
import { describe, expect, it } from "vitest";
import { type Cursor, MAX_INDEX, MapleTree, ZERO_ENTRY } from "../../src/maple/index.ts";
import { CursorModel } from "./cursor-model.ts";
import { dice, Oracle, QUICK } from "./world.ts";

/** `count` ranges of 8 indices, 2 free ones behind each: [0,7] [10,17] … */
function row(count: number): MapleTree<number> {
  const tree = new MapleTree<number>();
  for (let i = 0; i < count; i++) tree.store(i * 10, i * 10 + 7, i);
  return tree;
}

const at = (cursor: Cursor<unknown>): [number, number, string] => [cursor.index, cursor.last, cursor.status];

describe("walk", () => {
  it("sets the cursor to the whole range, null ranges too", () => {
    const cursor = row(40).cursor(123);
    expect(cursor.status).toBe("start");
    expect(cursor.walk()).toBe(12);
    expect(at(cursor)).toEqual([120, 127, "active"]);
    expect(cursor.set(128).walk()).toBeUndefined();
    expect(at(cursor)).toEqual([128, 129, "active"]);
    expect(cursor.set(1_000_000).walk()).toBeUndefined();
    expect(at(cursor)).toEqual([398, MAX_INDEX, "active"]);
  });

  it("in a tree without nodes", () => {
    const tree = new MapleTree<string>();
    const cursor = tree.cursor(5);
    expect(cursor.walk()).toBeUndefined();
    expect(at(cursor)).toEqual([0, MAX_INDEX, "none"]);
    tree.store(0, 0, "only");
    expect(cursor.set(0).walk()).toBe("only");
    expect(at(cursor)).toEqual([0, 0, "active"]);
    expect(cursor.set(7).walk()).toBeUndefined();
    expect(at(cursor)).toEqual([1, MAX_INDEX, "none"]);
  });
});

describe("find", () => {
  it("returns the entry at the index first, then one after the other", () => {
    const cursor = row(3).cursor(12);
    expect(cursor.find()).toBe(1);
    expect(at(cursor)).toEqual([10, 17, "active"]);
    expect(cursor.find()).toBe(2);
    expect(cursor.find()).toBeUndefined();
    expect(cursor.find()).toBeUndefined();
  });

  it("returns the first entry behind a free index", () => {
    expect(row(3).cursor(8).find()).toBe(1);
  });

  it("returns an entry that starts at the limit and ends beyond it, none that starts behind it", () => {
    const tree = row(3);
    expect(tree.cursor(8).find(10)).toBe(1);
    expect(tree.cursor(8).find(9)).toBeUndefined();
    expect(tree.cursor(12).find(12)).toBe(1);
    const cursor = tree.cursor(0);
    expect(cursor.find(9)).toBe(0);
    expect(cursor.find(9)).toBeUndefined();
    expect(cursor.find(10)).toBe(1);
    expect(cursor.find(17)).toBeUndefined();
    expect(cursor.find(19)).toBeUndefined();
    expect(cursor.find(20)).toBe(2);
  });

  it("returns nothing when the index is behind the limit", () => {
    expect(row(3).cursor(12).find(11)).toBeUndefined();
  });

  it("goes over all leaves of a tall tree", () => {
    const cursor = row(500).cursor();
    for (let i = 0; i < 500; i++) {
      expect(cursor.find()).toBe(i);
      expect(at(cursor)).toEqual([i * 10, i * 10 + 7, "active"]);
    }
    expect(cursor.find()).toBeUndefined();
  });

  it("works in trees without nodes", () => {
    const tree = new MapleTree<string>();
    expect(tree.cursor().find()).toBeUndefined();
    tree.store(0, 0, "only");
    const cursor = tree.cursor();
    expect(cursor.find()).toBe("only");
    expect(cursor.find()).toBeUndefined();
    expect(at(cursor)).toEqual([1, MAX_INDEX, "none"]);
    expect(tree.cursor(4).find()).toBeUndefined();
    tree.store(0, 0, undefined);
    expect(cursor.find()).toBeUndefined();
  });

  it("continues after a pause behind the range it stood on, even when that was erased", () => {
    const tree = row(50);
    const cursor = tree.cursor(100);
    expect(cursor.find()).toBe(10);
    cursor.pause();
    expect(cursor.status).toBe("pause");
    tree.erase(100);
    tree.store(108, 109, 77);
    expect(cursor.find()).toBe(77);
    cursor.pause();
    expect(cursor.find(109)).toBeUndefined();
    expect(cursor.find(110)).toBe(11);
  });

  it("finds the way on when the tree changes without a pause", () => {
    const tree = row(200);
    const cursor = tree.cursor();
    const seen: unknown[] = [];
    for (let value = cursor.find(); value !== undefined; value = cursor.find()) {
      seen.push(value);
      // Erases what was seen, and something far ahead.
      tree.erase(cursor.index);
      if (typeof value === "number" && value % 10 === 0) tree.erase((value + 5) * 10);
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 10 !== 5));
    expect(tree.size).toBe(0);
  });

  it("does not return again what was behind it when a range under it is cut or grows", () => {
    const tree = row(3);
    const cursor = tree.cursor();
    expect(cursor.find()).toBe(0);
    tree.store(4, 12, 99);
    expect(cursor.find()).toBe(99);
    expect(at(cursor)).toEqual([8, 12, "active"]);
    expect(cursor.find()).toBe(1);
    expect(at(cursor)).toEqual([13, 17, "active"]);
  });
});

describe("find in a tree that has lost its nodes", () => {
  it("returns the value at index 0 and nothing of what the nodes held", () => {
    const tree = row(12);
    const cursor = tree.cursor(34);
    while (cursor.find() !== undefined);
    tree.clear();
    tree.store(0, 0, 77);
    expect(tree.height).toBe(0);
    expect(cursor.set(0).find()).toBe(77);
    for (let k = 0; k < 3; k++) expect(cursor.find()).toBeUndefined();
    expect(at(cursor)).toEqual([1, MAX_INDEX, "none"]);
  });
});

describe("findRange", () => {
  it("stops at null ranges too", () => {
    const cursor = row(2).cursor();
    expect(cursor.findRange()).toBe(0);
    expect(cursor.findRange()).toBeUndefined();
    expect(at(cursor)).toEqual([8, 9, "active"]);
    expect(cursor.findRange()).toBe(1);
    expect(cursor.findRange()).toBeUndefined();
    expect(at(cursor)).toEqual([18, MAX_INDEX, "active"]);
    expect(cursor.findRange()).toBeUndefined();
    expect(at(cursor)).toEqual([18, MAX_INDEX, "active"]);
    expect(row(2).cursor(8).findRange()).toBeUndefined();
  });
});

describe("findBack", () => {
  it("mirrors find", () => {
    const cursor = row(3).cursor(12);
    expect(cursor.findBack()).toBe(1);
    expect(cursor.findBack()).toBe(0);
    expect(at(cursor)).toEqual([0, 7, "active"]);
    expect(cursor.findBack()).toBeUndefined();
    expect(cursor.status).toBe("underflow");
    expect(row(3).cursor(9).findBack()).toBe(0);
    expect(row(3).cursor(9).findBack(7)).toBe(0);
    expect(row(3).cursor(9).findBack(8)).toBeUndefined();
    expect(row(3).cursor(9).findBack(10)).toBeUndefined();
  });

  it("goes back over all leaves of a tree that was taller when the cursor was set", () => {
    const tree = row(2000);
    const cursor = tree.cursor(19_995);
    expect([cursor.walk(), tree.height]).toEqual([1999, 4]);
    tree.store(200, 19_980, undefined);
    expect(tree.height).toBe(2);
    for (const i of [1998, ...Array.from({ length: 20 }, (_, k) => 19 - k)]) {
      expect(cursor.findBack()).toBe(i);
    }
    expect(cursor.findBack()).toBeUndefined();
  });

  it("goes back over all leaves of a tall tree", () => {
    const cursor = row(500).cursor(MAX_INDEX);
    for (let i = 499; i >= 0; i--) {
      expect(cursor.findBack()).toBe(i);
      expect(at(cursor)).toEqual([i * 10, i * 10 + 7, "active"]);
    }
    expect(cursor.findBack()).toBeUndefined();
  });

  it("continues after a pause before the range it stood on", () => {
    const tree = row(50);
    const cursor = tree.cursor(100);
    expect(cursor.findBack()).toBe(10);
    cursor.pause();
    tree.store(85, 99, 77);
    expect(cursor.findBack()).toBe(77);
    cursor.pause();
    expect(cursor.findBack(85)).toBeUndefined();
    expect(cursor.status).toBe("underflow");
    expect(cursor.findBack(80)).toBe(8);
  });

  it("works in trees without nodes", () => {
    const tree = new MapleTree<string>();
    expect(tree.cursor(9).findBack()).toBeUndefined();
    tree.store(0, 0, "only");
    expect(tree.cursor(9).findBack()).toBe("only");
    expect(tree.cursor(9).findBack(1)).toBeUndefined();
    const cursor = tree.cursor(0);
    expect(cursor.findBack()).toBe("only");
    expect(cursor.findBack()).toBeUndefined();
    expect(cursor.status).toBe("none");
    expect(cursor.findBack()).toBeUndefined();
  });
});

describe("next and prev", () => {
  it("step over the entry at the index", () => {
    const tree = row(3);
    expect(tree.cursor(12).next()).toBe(2);
    expect(tree.cursor(12).prev()).toBe(0);
    expect(tree.cursor(8).next()).toBe(1);
    expect(tree.cursor(8).prev()).toBe(0);
  });

  it("end in overflow and underflow, from where the other direction returns the entry itself", () => {
    const cursor = row(3).cursor(12);
    expect(cursor.next()).toBe(2);
    expect(cursor.next()).toBeUndefined();
    expect(cursor.status).toBe("overflow");
    expect(cursor.next()).toBeUndefined();
    expect(cursor.prev()).toBe(2);
    expect(cursor.prev()).toBe(1);
    expect(cursor.prev()).toBe(0);
    expect(cursor.prev()).toBeUndefined();
    expect(cursor.status).toBe("underflow");
    expect(cursor.next()).toBe(0);
    expect(cursor.next()).toBe(1);
  });

  it("stop at their limits", () => {
    const tree = row(3);
    const cursor = tree.cursor(2);
    expect(cursor.next(9)).toBeUndefined();
    expect(cursor.status).toBe("overflow");
    expect(at(cursor)).toEqual([8, 9, "overflow"]);
    expect(cursor.next(10)).toBe(1);
    expect(cursor.prev(8)).toBeUndefined();
    expect(cursor.status).toBe("underflow");
    expect(at(cursor)).toEqual([8, 9, "underflow"]);
    expect(cursor.prev(7)).toBe(0);
    expect(tree.cursor(2).next(2)).toBeUndefined();
    expect(tree.cursor(2).prev(2)).toBeUndefined();
  });

  it("with Range stop at null ranges", () => {
    const cursor = row(2).cursor(3);
    expect(cursor.nextRange()).toBeUndefined();
    expect(at(cursor)).toEqual([8, 9, "active"]);
    expect(cursor.nextRange()).toBe(1);
    expect(cursor.prevRange()).toBeUndefined();
    expect(at(cursor)).toEqual([8, 9, "active"]);
    expect(cursor.prevRange()).toBe(0);
    expect(cursor.prevRange()).toBeUndefined();
    expect(cursor.status).toBe("underflow");
  });

  it("in trees without nodes", () => {
    const tree = new MapleTree<string>();
    const cursor = tree.cursor(3);
    expect(cursor.next()).toBeUndefined();
    expect(cursor.set(3).prev()).toBeUndefined();
    tree.store(0, 0, "only");
    expect(tree.cursor(3).prev()).toBe("only");
    expect(tree.cursor(0).next()).toBeUndefined();
    expect(tree.cursor(3).prev(1)).toBeUndefined();
    expect(tree.cursor(0).prev()).toBeUndefined();
  });

  it("find their way back to both sides of a cursor whose range has changed", () => {
    const tree = row(60);
    const cursor = tree.cursor(304);
    expect(cursor.walk()).toBe(30);
    tree.store(302, 305, 99);
    expect(cursor.next()).toBe(31);
    cursor.set(304).walk();
    tree.store(250, 350, undefined);
    expect(cursor.prev()).toBe(24);
    cursor.set(304).walk();
    tree.store(300, 305, 98);
    expect([cursor.index, cursor.last]).toEqual([248, 350]);
    cursor.set(304).walk();
    expect(cursor.next()).toBe(35);
    expect(at(cursor)).toEqual([351, 357, "active"]);
    tree.store(340, 352, 97);
    expect(cursor.prev()).toBe(97);
    expect(at(cursor)).toEqual([340, 350, "active"]);
    expect(cursor.prev()).toBe(98);
  });
});

describe("a cursor", () => {
  it("shows reserved entries, which the tree's own methods hide", () => {
    const tree = row(3);
    tree.store(10, 17, ZERO_ENTRY);
    expect(tree.cursor(12).find()).toBe(ZERO_ENTRY);
    expect(tree.cursor(5).next()).toBe(ZERO_ENTRY);
    expect(tree.load(12)).toBeUndefined();
    expect(tree.find(9)).toEqual({ first: 20, last: 27, value: 2 });
    expect(tree.prev(22)).toEqual({ first: 0, last: 7, value: 0 });
  });

  it("stores over its range and erases the range at its index", () => {
    const tree = row(3);
    const cursor = tree.cursor();
    expect(cursor.setRange(5, 12).store(9)).toBe(true);
    expect([...tree.ranges()]).toEqual([
      [0, 4],
      [5, 12],
      [13, 17],
      [20, 27],
    ]);
    expect(cursor.set(8).erase()).toBe(9);
    expect(at(cursor)).toEqual([5, 12, "active"]);
    expect(cursor.erase()).toBeUndefined();
    expect(cursor.find()).toBe(1);
  });

  it("takes over the position of another cursor of its tree, not of another tree", () => {
    const tree = row(5);
    const one = tree.cursor(12);
    one.find();
    const two = tree.cursor().moveTo(one);
    expect(two.find()).toBe(2);
    expect(one.find()).toBe(2);
    expect(() => row(5).cursor().moveTo(one)).toThrow("moveTo: that cursor belongs to another tree");
  });

  it("finds its way from a reserved entry at index 0, the only one of its tree", () => {
    const original = new MapleTree<string>();
    original.store(0, 0, ZERO_ENTRY);
    for (const tree of [original, original.clone(), original.dup()!]) {
      const early = tree.cursor();
      expect([early.next(0), early.status]).toEqual([undefined, "overflow"]);
      expect([early.nextRange(), ...at(early)]).toEqual([undefined, 1, MAX_INDEX, "active"]);
      const one = tree.cursor();
      expect(one.find()).toBe(ZERO_ENTRY);
      const two = tree.cursor(9).moveTo(one);
      expect([two.nextRange(), ...at(two)]).toEqual([undefined, 1, MAX_INDEX, "active"]);
    }
  });

  it("that stood nowhere goes back from the range its index has got since", () => {
    const tree = MapleTree.from([[0, 0, "only"]]);
    const cursor = tree.cursor(3);
    expect([cursor.walk(), ...at(cursor)]).toEqual([undefined, 1, MAX_INDEX, "none"]);
    tree.store(0, 9, "wide");
    expect([cursor.prev(), ...at(cursor)]).toEqual([undefined, 0, 9, "underflow"]);
    expect(cursor.next()).toBe("wide");
  });

  it("finds its way in a tree of a single store, from another cursor's position and from a limit it met at once", () => {
    const tree = MapleTree.from([[10, 19, "a"]]);
    const one = tree.cursor(10);
    expect(one.find()).toBe("a");
    expect(tree.cursor(50).moveTo(one).prev()).toBeUndefined();
    const two = tree.cursor(50).moveTo(one);
    expect([two.nextRange(), ...at(two)]).toEqual([undefined, 20, MAX_INDEX, "active"]);
    const late = tree.cursor(50);
    expect([late.next(50), late.status, late.findBack()]).toEqual([undefined, "overflow", "a"]);
    expect(at(late)).toEqual([10, 19, "active"]);
  });

  it("walks any tree as a sorted array does, forwards and backwards, while the tree changes", () => {
    const random = dice(11);
    for (let round = 0; round < (QUICK ? 12 : 60); round++) {
      const tree = new MapleTree<number>();
      const oracle = new Oracle<number>();
      const change = (): void => {
        const first = random(800);
        const last = first + random(30);
        const value = random(3) === 0 ? undefined : random(1000) + 1;
        tree.store(first, last, value);
        oracle.store(first, last, value);
      };
      for (let i = 0; i < 150; i++) change();
      const cursor = tree.cursor(random(800));
      let place = cursor.index - 1;
      for (let i = 0; i < 60; i++) {
        const next = oracle.pieces.find((p) => p.last > place);
        const value = cursor.find();
        expect(value).toBe(next?.value);
        if (next === undefined) break;
        // After a change the rest of a range may be all that is left of it.
        expect(cursor.last).toBe(next.last);
        place = cursor.last;
        if (random(3) === 0) change();
      }
      const back = tree.cursor(random(800));
      place = back.index + 1;
      for (let i = 0; i < 60; i++) {
        const previous = oracle.pieces.findLast((p) => p.first < place);
        const value = back.findBack();
        expect(value).toBe(previous?.value);
        if (previous === undefined) break;
        expect(back.index).toBe(previous.first);
        place = back.index;
        if (random(3) === 0) change();
      }
    }
  });
});

describe("a cursor beside one that knows only the rules", () => {
  /** Trees without a node, of one leaf, of two levels, of three. */
  const SIZES = [
    { name: "no node", space: 1, filled: 0, rounds: 1500 },
    { name: "now a node and now none", space: 3, filled: 1, rounds: 3000 },
    { name: "a leaf", space: 24, filled: 3, rounds: 3000 },
    { name: "two levels", space: 200, filled: 40, rounds: 3000 },
    { name: "three levels", space: 2000, filled: 300, rounds: 1500 },
  ];
  for (const { name, space, filled, rounds } of SIZES) {
    it(`does the same move by move, in trees of ${name}, while the tree changes`, () => {
      for (const seed of QUICK ? [1] : [1, 2, 3]) {
        const roll = dice(seed);
        const tree = new MapleTree<unknown>();
        const oracle = new Oracle<unknown>();
        const write = (first: number, last: number, value: unknown): void => {
          tree.store(first, last, value as string);
          oracle.store(first, last, value);
        };
        for (let i = 0; i < filled; i++) write(i * 6, i * 6 + roll(6), `v${i}`);
        const cursor = tree.cursor();
        const model = new CursorModel(oracle, () => tree.height > 0);
        const limit = (): number => (roll(3) === 0 ? MAX_INDEX : roll(space + 4));
        const low = (): number => (roll(3) === 0 ? 0 : roll(space + 4));
        const back = (): number => Math.max(0, cursor.index - roll(8));
        const ahead = (): number => Math.min(MAX_INDEX, cursor.last + roll(8));
        const moves: [string, () => [unknown, unknown]][] = [
          ["find", () => ((max) => [cursor.find(max), model.find(max, false)])(limit())],
          ["find near", () => ((max) => [cursor.find(max), model.find(max, false)])(ahead())],
          ["find all", () => [cursor.find(), model.find(MAX_INDEX, false)]],
          ["findRange", () => ((max) => [cursor.findRange(max), model.find(max, true)])(limit())],
          ["findRange near", () => ((max) => [cursor.findRange(max), model.find(max, true)])(ahead())],
          ["findBack", () => ((min) => [cursor.findBack(min), model.findBack(min)])(low())],
          ["findBack near", () => ((min) => [cursor.findBack(min), model.findBack(min)])(back())],
          ["next", () => ((max) => [cursor.next(max), model.next(max, false)])(limit())],
          ["next near", () => ((max) => [cursor.next(max), model.next(max, false)])(ahead())],
          ["nextRange", () => ((max) => [cursor.nextRange(max), model.next(max, true)])(ahead())],
          ["nextRange all", () => [cursor.nextRange(), model.next(MAX_INDEX, true)]],
          ["prev", () => ((min) => [cursor.prev(min), model.prev(min, false)])(low())],
          ["prev near", () => ((min) => [cursor.prev(min), model.prev(min, false)])(back())],
          ["prevRange", () => ((min) => [cursor.prevRange(min), model.prev(min, true)])(back())],
          ["walk", () => [cursor.walk(), model.walk()]],
          ["pause", () => [cursor.pause(), model.pause()]],
          [
            "set",
            () => {
              const at = roll(8) === 0 ? MAX_INDEX - roll(3) : roll(space + 4);
              const last = roll(2) === 0 ? at : Math.min(MAX_INDEX, at + roll(5));
              cursor.setRange(at, last);
              return [undefined, model.setRange(at, last)];
            },
          ],
          [
            "a store",
            () => {
              const first = roll(4) === 0 ? Math.min(space, back()) : roll(space);
              const last = filled === 0 ? first : first + roll(9);
              write(first, last, roll(3) === 0 ? undefined : roll(6) === 0 ? ZERO_ENTRY : `s${roll(1000)}`);
              return [undefined, undefined];
            },
          ],
        ];
        const done: string[] = [];
        for (let k = 0; k < rounds; k++) {
          // Runs of the same move go further than single ones.
          const [what, move] = moves[roll(moves.length)]!;
          for (let times = roll(3); times >= 0; times--) {
            done.push(what);
            const [ours, theirs] = move();
            const { status, index, last } = cursor;
            const agree = ours === theirs && status === model.status && index === model.index;
            if (agree && last === model.last) continue;
            const where = `after ${done.slice(-6).join(", ")} (${done.length})`;
            expect([status, index, last, ours], where).toEqual([
              model.status,
              model.index,
              model.last,
              theirs,
            ]);
          }
        }
      }
    });
  }
});
