/**
 * A map from ranges to values that is too simple to be wrong: a sorted array of disjoint ranges, rebuilt by every
 * store. Values are compared by identity; `undefined` is not stored.
 */
import { MAX_INDEX } from "../../src/maple/index.ts";

export interface Piece<V> {
  first: number;
  last: number;
  value: V;
}

export class Oracle<V> {
  pieces: Piece<V>[] = [];

  store(first: number, last: number, value: V | undefined): void {
    const { pieces } = this;
    let from = 0;
    let to = pieces.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (pieces[middle]!.last < first) from = middle + 1;
      else to = middle;
    }
    to = from;
    while (to < pieces.length && pieces[to]!.first <= last) to++;
    const replacement: Piece<V>[] = [];
    const left = pieces[from];
    if (from < to && left!.first < first) replacement.push({ ...left!, last: first - 1 });
    if (value !== undefined) replacement.push({ first, last, value });
    const right = pieces[to - 1];
    if (from < to && right!.last > last) replacement.push({ ...right!, first: last + 1 });
    pieces.splice(from, to - from, ...replacement);
  }

  at(index: number): Piece<V> | undefined {
    return this.pieces.find((p) => p.first <= index && index <= p.last);
  }

  load(index: number): V | undefined {
    return this.at(index)?.value;
  }

  /** The piece that holds `index`, or the next one. */
  find(index: number): Piece<V> | undefined {
    return this.pieces.find((p) => p.last >= index);
  }

  lowestGap(min: number, max: number, size: number): number {
    let start = min;
    for (const p of this.pieces) {
      if (p.last < start) continue;
      if (p.first > start && Math.min(p.first - 1, max) - start + 1 >= size) return start;
      start = p.last + 1;
      if (start > max) return -1;
    }
    return start <= MAX_INDEX && max - start + 1 >= size ? start : -1;
  }

  highestGap(min: number, max: number, size: number): number {
    let end = max;
    for (let i = this.pieces.length - 1; i >= 0; i--) {
      const p = this.pieces[i]!;
      if (p.first > end) continue;
      if (p.last < end && end - Math.max(p.last + 1, min) + 1 >= size) return end - size + 1;
      end = p.first - 1;
      if (end < min) return -1;
    }
    return end - min + 1 >= size ? end - size + 1 : -1;
  }
}

/** A small seeded generator: the same seed gives the same numbers everywhere. */
export function dice(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4294967296) * below);
  };
}
