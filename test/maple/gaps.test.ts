/** What a gap search reads: it enters only what can hold the gap, and stops where its window ends. */
import { describe, expect, it } from "vitest";
import { Core } from "../../src/maple/core.ts";
import { highestGap, lowestGap } from "../../src/maple/gaps.ts";
import { plan, publish, retire } from "../../src/maple/store.ts";

/** 3,000 ranges that touch, but for single free indices at every tenth border and a hole of 50 behind the given ones. */
function build(holes: number[]): Core {
  const t = new Core(8);
  let at = 0;
  for (let i = 0; i < 3000; i++) {
    plan(t, at, at + 9, false);
    publish(t, t.values.put(i));
    retire(t);
    at += holes.includes(i) ? 60 : i % 10 === 0 ? 11 : 10;
  }
  return t;
}

/** Runs a search and counts the pivots and gaps it reads. */
function reads(t: Core, search: () => number): [result: number, reads: number] {
  const { P } = t;
  let count = 0;
  t.P = new Proxy(P, {
    get(target, key): unknown {
      count++;
      return Reflect.get(target, key, target);
    },
  });
  const result = search();
  t.P = P;
  return [result, count];
}

const MAX = Number.MAX_SAFE_INTEGER;
const END = 3000 * 10 + 300;

describe("the lowest gap", () => {
  it("is found in one descent when only one fits", () => {
    const t = build([1777]);
    expect(t.height).toBe(4);
    const hole = 1777 * 10 + 10 + 178;
    const [found, read] = reads(t, () => lowestGap(t, 0, MAX, 50));
    expect(found).toBe(hole);
    // 10 gaps a level and the leaf; the pivots of the nodes on the window's edge.
    expect(read).toBeLessThanOrEqual(32);
    const [late, lateRead] = reads(t, () => lowestGap(t, 9000, MAX, 50));
    expect(late).toBe(hole);
    expect(lateRead).toBeLessThanOrEqual(32);
  });

  it("is not looked for behind the window", () => {
    const t = build([2900]);
    const [none, read] = reads(t, () => lowestGap(t, 0, 500, 20));
    expect(none).toBe(-1);
    expect(read).toBeLessThanOrEqual(15);
    const [left, leftRead] = reads(t, () => lowestGap(t, 15_000, 15_100, 30));
    expect(left).toBe(-1);
    expect(leftRead).toBeLessThanOrEqual(15);
  });

  it("at the left edge of the window costs one more leaf at most", () => {
    const t = build([100, 2000]);
    const first = 100 * 10 + 10 + 10;
    expect(lowestGap(t, 0, MAX, 50)).toBe(first);
    const [second, read] = reads(t, () => lowestGap(t, first + 5, MAX, 50));
    expect(second).toBe(2000 * 10 + 10 + 50 + 199);
    expect(read).toBeLessThanOrEqual(90);
  });
});

describe("the highest gap", () => {
  it("is found in one descent when only one fits", () => {
    const t = build([1777]);
    const hole = 1777 * 10 + 10 + 178;
    const [found, read] = reads(t, () => highestGap(t, 0, END, 50));
    expect(found).toBe(hole);
    expect(read).toBeLessThanOrEqual(165);
  });

  it("is not looked for before the window", () => {
    const t = build([100]);
    const [none, read] = reads(t, () => highestGap(t, 25_000, 25_300, 20));
    expect(none).toBe(-1);
    expect(read).toBeLessThanOrEqual(25);
    const [short, shortRead] = reads(t, () => highestGap(t, 10, 20, 12));
    expect(short).toBe(-1);
    expect(shortRead).toBe(0);
  });
});
