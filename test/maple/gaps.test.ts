/** What a gap search reads: it enters only what can hold the gap, and stops where its window ends. */
import { describe, expect, it } from "vitest";
import { Core } from "../../src/maple/core.ts";
import { highestGap, lowestGap } from "../../src/maple/gaps.ts";
import { plan, publish, retire } from "../../src/maple/store.ts";
import { validate } from "../../src/maple/validate.ts";
import { dice, QUICK } from "./world.ts";

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

describe("the gaps of a tree", () => {
  it("are right whatever the working space holds of an earlier, taller tree", () => {
    const t = new Core(8);
    t.rcu = true;
    for (let i = 0; i < 30; i++) {
      plan(t, i * 5, i * 5 + 4, false);
      publish(t, t.values.put(i));
      retire(t);
    }
    const firstLeaf = t.S[t.root << 4]!;
    expect([t.height, t.P[firstLeaf << 4]]).toEqual([2, 4]);
    plan(t, 50, 53, true);
    // A place whose gap would be 4, as the gap of the write's leaf will be.
    t.Ls.fill((firstLeaf << 4) - 16, t.height);
    publish(t, 0);
    retire(t);
    validate(t);
  });
});

describe("gap searches in trees of several levels", () => {
  it("find what a scan of all free runs finds, wherever the run lies in its leaf", () => {
    const roll = dice(31);
    for (const count of QUICK ? [700] : [12, 100, 700, 4000]) {
      const t = new Core(8);
      const free: [first: number, last: number][] = [];
      let at = 0;
      for (let i = 0; i < count; i++) {
        const hole = roll(3) === 0 ? 0 : 1 + (roll(20) === 0 ? roll(200) : roll(12));
        if (hole > 0) free.push([at, at + hole - 1]);
        plan(t, at + hole, at + hole + 4, false);
        publish(t, t.values.put(i));
        retire(t);
        at += hole + 5;
      }
      free.push([at, MAX]);
      const scan = (min: number, max: number, size: number, highest: boolean): number => {
        const starts = free
          .map(([first, last]) => [Math.max(first, min), Math.min(last, max)] as const)
          .filter(([first, last]) => last - first + 1 >= size)
          .map(([first, last]) => (highest ? last - size + 1 : first));
        return (highest ? starts.at(-1) : starts[0]) ?? -1;
      };
      for (let k = 0; k < (QUICK ? 500 : 1500); k++) {
        const min = roll(at);
        const max = Math.min(MAX, min + (roll(4) === 0 ? roll(40) : roll(2 * at)));
        const size = 1 + (roll(2) === 0 ? roll(14) : roll(210));
        expect(lowestGap(t, min, max, size), `${count}: ${min} ${max} ${size}`).toBe(
          scan(min, max, size, false),
        );
        expect(highestGap(t, min, max, size), `${count}: ${min} ${max} ${size}`).toBe(
          scan(min, max, size, true),
        );
      }
      expect(lowestGap(t, at + 1, MAX - 5, 10)).toBe(at + 1);
      expect(lowestGap(t, at, MAX - 5, MAX)).toBe(-1);
    }
  });
});
