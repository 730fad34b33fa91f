/** Handles: what needs the table and what does not, and when a place in it is used again. */
import { describe, expect, it } from "vitest";
import { isReserved, Reserved, Values, ZERO_ENTRY } from "../../src/maple/values.ts";

describe("a handle", () => {
  it("of a small integer is the integer: no place in the table", () => {
    const values = new Values();
    for (const n of [0, 1, 70_000, 2 ** 30 - 1]) {
      const handle = values.put(n);
      expect(handle).toBe(-1 - n);
      expect([values.get(handle), values.visible(handle), values.duplicate(handle)]).toEqual([n, n, handle]);
      values.drop(handle);
    }
    expect(values.top).toBe(1);
    expect(values.free).toBe(0);
  });

  it("of anything else takes a place", () => {
    const values = new Values();
    const things = [2 ** 30, -1, 0.5, NaN, -0, "1", true, {}];
    const handles = things.map((thing) => values.put(thing));
    expect(handles).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(values.top).toBe(9);
    for (const [i, handle] of handles.entries()) {
      expect(Object.is(values.get(handle), things[i])).toBe(true);
      expect(Object.is(values.visible(handle), things[i])).toBe(true);
    }
  });

  it("of nothing is 0", () => {
    const values = new Values();
    expect(values.put(undefined)).toBe(0);
    expect([values.get(0), values.visible(0), values.duplicate(0)]).toEqual([undefined, undefined, 0]);
    values.table[0] = "never read";
    expect([values.get(0), values.visible(0), values.duplicate(0)]).toEqual([undefined, undefined, 0]);
  });

  it("of a reserved entry is known again and not visible", () => {
    const values = new Values();
    const mine = new Reserved("mine");
    const zero = values.put(ZERO_ENTRY);
    const first = values.put(mine);
    expect(values.put(mine)).toBe(first);
    expect(values.put(ZERO_ENTRY)).toBe(zero);
    expect(values.reserved).toEqual([ZERO_ENTRY, mine]);
    expect([isReserved(zero), isReserved(first), isReserved(values.put(2 ** 30 - 1))]).toEqual([
      true,
      true,
      false,
    ]);
    expect([values.get(zero), values.get(first)]).toEqual([ZERO_ENTRY, mine]);
    expect([values.visible(zero), values.visible(first)]).toEqual([undefined, undefined]);
    expect(values.top).toBe(1);
  });

  it("is given out again after it was dropped, the last dropped first", () => {
    const values = new Values();
    const [a, b] = [values.put("a"), values.put("b")];
    values.drop(a);
    values.drop(b);
    expect([values.put("c"), values.put("d"), values.put("e")]).toEqual([b, a, 3]);
    expect([values.get(b), values.get(a), values.get(3)]).toEqual(["c", "d", "e"]);
  });

  it("twice for one value names two places", () => {
    const values = new Values();
    const thing = {};
    const one = values.put(thing);
    const two = values.duplicate(one);
    expect(two).not.toBe(one);
    values.drop(one);
    expect(values.get(two)).toBe(thing);
  });
});

describe("freeze and rewind", () => {
  it("keep what was given out, and forget what came later", () => {
    const values = new Values();
    const kept = values.put("kept");
    const dropped = values.put("dropped before");
    values.drop(dropped);
    values.freeze();
    values.drop(kept);
    const late = values.put("late");
    expect(late).toBe(3);
    values.drop(late);
    expect(values.put("later")).toBe(late);
    expect(values.get(kept)).toBe("kept");
    values.rewind();
    expect([values.top, values.free, values.put("again")]).toEqual([3, 0, 3]);
  });
});

describe("clear and copy", () => {
  it("clear lets go of every value", () => {
    const values = new Values();
    values.put({});
    values.put({});
    values.freeze();
    values.clear();
    expect(values.table).toEqual([undefined]);
    expect([values.top, values.frozen, values.free]).toEqual([1, 1, 0]);
    const handle = values.put("new");
    values.drop(handle);
    expect(values.free).toBe(handle);
  });

  it("copy has the same handles and a life of its own", () => {
    const values = new Values();
    const mine = new Reserved("mine");
    const [a, b, reserved] = [values.put("a"), values.put("b"), values.put(mine)];
    values.drop(b);
    const copy = values.copy();
    const other = new Reserved("other");
    copy.put(other);
    expect([copy.get(a), copy.get(reserved)]).toEqual(["a", mine]);
    expect(copy.put("c")).toBe(b);
    expect(values.put("d")).toBe(b);
    expect([copy.get(b), values.get(b)]).toEqual(["c", "d"]);
    expect(values.reserved).toEqual([ZERO_ENTRY, mine]);
    expect(new Values().table).toEqual([undefined]);
  });
});
