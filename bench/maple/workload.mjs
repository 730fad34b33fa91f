/**
 * The workload "map of an address space", the same for every implementation: N disjoint page ranges in 47 bits, a tenth
 * low, the rest high; 3 to 66 pages each; half of the neighbours touch, the others lie 1 to 64 pages apart, one gap
 * in a thousand is 256 to 4351 pages. Ranges are inserted in random order, their values are small integers.
 *
 * An implementation is a class with the methods of `Ours` (ours.mjs). One process holds one implementation only.
 */

export const PAGE = 4096;
export const TOP = 0x7fff_ffff_ffff;

/** A small seeded generator: dice(n) is an integer below n. */
export function makeDice(seed) {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** The ranges in ascending order: starts and inclusive ends. */
export function makeRanges(n) {
  const dice = makeDice(n);
  const first = new Float64Array(n);
  const last = new Float64Array(n);
  let at = 0x5555_5555_0000;
  const low = Math.floor(n / 10);
  for (let i = 0; i < n; i++) {
    if (i === low) at = 0x7f00_0000_0000;
    const pages = 3 + dice(64);
    first[i] = at;
    last[i] = at + pages * PAGE - 1;
    at += pages * PAGE;
    if (dice(2) === 0) at += (dice(500) === 0 ? 256 + dice(4096) : 1 + dice(64)) * PAGE;
  }
  return { first, last, n };
}

/** A random order of 0 … n-1. */
export function shuffled(n, seed) {
  const dice = makeDice(seed);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = dice(i + 1);
    const swap = order[i];
    order[i] = order[j];
    order[j] = swap;
  }
  return order;
}

export function build(map, ranges, seed = 7) {
  for (const i of shuffled(ranges.n, seed)) map.store(ranges.first[i], ranges.last[i], i & 0xffff);
  return map;
}

/** Query addresses: four of five inside a range. */
function makeQueries(ranges, count) {
  const dice = makeDice(99);
  const queries = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const i = dice(ranges.n);
    const inside = ranges.first[i] + dice((ranges.last[i] - ranges.first[i]) / PAGE) * PAGE + dice(PAGE);
    queries[k] = dice(5) === 0 ? ranges.last[i] + 1 + dice(64) * PAGE : inside;
  }
  return queries;
}

const QUERIES = 1 << 16;

/**
 * The operations. Each is made for one map and returns a function that runs `count` units of work from position `from`
 * and returns a number that depends on every result.
 */
export function makeOperations(map, ranges, Implementation) {
  const queries = makeQueries(ranges, QUERIES);
  const { first, last, n } = ranges;
  const picks = Int32Array.from(
    { length: QUERIES },
    (
      (dice) => () =>
        dice(n - 4)
    )(makeDice(5)),
  );
  const sizes = [PAGE, 48 * PAGE, 512 * PAGE];
  return {
    get(count, from) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += map.get(queries[(from + k) & (QUERIES - 1)]);
      return sum;
    },
    next(count, from) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += map.next(queries[(from + k) & (QUERIES - 1)]);
      return sum;
    },
    /** One unit is one entry; goes on where it stopped. */
    iterate: (count) => map.iterate(count),
    iterateAll: () => map.iterateAll(),
    /** A store into the middle of a range, which makes three of it, and one that makes it whole: two units. */
    split(count, from) {
      for (let k = 0; k < count; k += 2) {
        const i = picks[(from + k) & (QUERIES - 1)];
        map.store(first[i] + PAGE, last[i] - PAGE, 70000);
        map.store(first[i], last[i], i & 0xffff);
      }
      return 0;
    },
    /** An erase and a store that brings it back: two units. */
    erase(count, from) {
      let sum = 0;
      for (let k = 0; k < count; k += 2) {
        const i = picks[(from + k) & (QUERIES - 1)];
        map.erase(first[i]);
        map.store(first[i], last[i], i & 0xffff);
        sum += i;
      }
      return sum;
    },
    gap(count, from) {
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const at = (from + k) & (QUERIES - 1);
        sum += map.gap(queries[at], sizes[at % 3]) / PAGE;
      }
      return sum;
    },
    /** Only the gap behind all ranges is large enough. */
    worstGap(count) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += map.gap(first[0], 0x10_0000_0000) / PAGE;
      return sum;
    },
    /** A whole copy; one unit is one entry. */
    clone() {
      return map.clone();
    },
    cloneInto() {
      return map.cloneInto();
    },
    /** The copy-on-write copy. */
    snapshot(count) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += map.snapshot();
      return sum;
    },
    bytes() {
      const collect = () => {
        globalThis.gc();
        globalThis.gc();
        const usage = process.memoryUsage();
        return usage.heapUsed + usage.external;
      };
      const before = collect();
      const fresh = build(new Implementation(), ranges, 11);
      const bytes = (collect() - before) / n;
      if (fresh.get(first[0]) !== 0) throw new Error("the fresh map is wrong");
      return bytes;
    },
    growth() {
      const collect = () => {
        globalThis.gc();
        globalThis.gc();
        const usage = process.memoryUsage();
        return usage.heapUsed + usage.external;
      };
      // Stores inside leaves: a value over exactly its range, a split and its repair.
      const run = (stores) => {
        for (let k = 0; k < stores; k += 4) {
          const i = picks[k & (QUERIES - 1)];
          map.store(first[i], last[i], 70001);
          map.store(first[i] + PAGE, last[i] - PAGE, 70000);
          map.store(first[i], last[i], i & 0xffff);
          map.store(first[i], last[i], i & 0xffff);
        }
      };
      run(200_000);
      const before = collect();
      run(1_000_000);
      return collect() - before;
    },
  };
}
