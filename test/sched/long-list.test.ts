import { describe, expect, it } from "vitest";
import { LongList } from "../../src/sched/long-list.ts";

describe("a long list", () => {
  it("does what an array does, whatever is done to it", () => {
    let seed = 1;
    const below = (n: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    let wanted = [0, 1, 2];
    const list = new LongList(wanted);
    for (let next = 3; next < 3000; next++) {
      const some = wanted[below(Math.max(1, wanted.length))];
      switch (below(5)) {
        case 0:
        case 1:
          list.push(next);
          wanted = [...wanted, next];
          break;
        case 2:
          expect(list.insertAfter(some ?? null, next)).toBe(true);
          wanted =
            some === undefined ? [next, ...wanted] : wanted.flatMap((x) => (x === some ? [x, next] : [x]));
          break;
        case 3:
          expect(list.remove(some ?? -1)).toBe(some !== undefined);
          wanted = wanted.filter((x) => x !== some);
          break;
        default:
          list.insertAfter(null, next);
          wanted = [next, ...wanted];
      }
      expect(list.length).toBe(wanted.length);
      if (next % 50 === 0) expect(list.items()).toEqual(wanted);
    }
    expect(list.has(wanted[0]!)).toBe(true);
    expect([list.has(-1), list.remove(-1), list.insertAfter(-1, -2)]).toEqual([false, false, false]);
    expect(() => list.push(wanted[0]!)).toThrow(/holds an element once/);
  });
});
