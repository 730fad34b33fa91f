/**
 * Searches for free space.
 *
 * Every inner slot knows the largest null run below it, so that a search enters a subtree only if something large
 * enough lies in it; only at the edges of the window can a subtree disappoint, because part of its run lies outside.
 * Kernel counterparts: `mas_empty_area`, `mas_empty_area_rev`.
 */

import type { Core } from "./core.ts";

/** The lowest start of `size` free indices within [min, max], or -1. */
export function lowestGap(t: Core, min: number, max: number, size: number): number {
  const lastStart = max - size + 1;
  if (t.height === 0) {
    const start = t.root !== 0 && min === 0 ? 1 : min;
    return start <= lastStart ? start : -1;
  }
  const { P, S, E } = t;
  const { gapSlot } = t.scratch;
  const bottom = t.height - 1;
  let d = 0;
  let i = t.root << 4;
  /** First index of slot i. */
  let start = 0;
  for (;;) {
    // Slots that end before the window are of no use; only on its left edge is there one.
    const from = i;
    while (P[i] < min) i++;
    const base = (i >> 4) << 4;
    const end = base + E[i >> 4];
    if (d < bottom) {
      // Behind the last gap stands Infinity.
      while (P[i + 16] < size) i++;
      if (i !== from) start = P[i - 1] + 1;
      if (start > lastStart) return -1;
      if (i < end) {
        gapSlot[d++] = i;
        i = S[i] << 4;
        continue;
      }
    } else {
      for (; i < end; i++) {
        if (start > lastStart) return -1;
        const pivot = P[i];
        if (S[i] === 0) {
          const first = start > min ? start : min;
          if ((pivot < max ? pivot : max) - first + 1 >= size) return first;
        }
        start = pivot + 1;
      }
    }
    // Nothing in this node: on to the next slot of the nearest ancestor that has one.
    do {
      if (--d < 0) return -1;
      i = gapSlot[d] + 1;
      start = P[i - 1] + 1;
    } while (i === (((i - 1) >> 4) << 4) + E[(i - 1) >> 4]);
  }
}

/** The highest start of `size` free indices within [min, max], or -1. */
export function highestGap(t: Core, min: number, max: number, size: number): number {
  if (max - size + 1 < min) return -1;
  if (t.height === 0) {
    const start = max - size + 1;
    return start > 0 || t.root === 0 ? start : -1;
  }
  return highestIn(t, t.root, t.height - 1, 0, min, max, size);
}

function highestIn(
  t: Core,
  n: number,
  levels: number,
  nodeMin: number,
  min: number,
  max: number,
  size: number,
): number {
  const { P, S, E } = t;
  const base = n << 4;
  let i = base + E[n] - 1;
  while (i > base && P[i - 1] >= max) i--;
  for (; i >= base; i--) {
    const end = P[i] < max ? P[i] : max;
    const highest = end - size + 1;
    if (highest < min) return -1;
    const start = i === base ? nodeMin : P[i - 1] + 1;
    if (levels === 0) {
      if (S[i] === 0 && highest >= start) return highest;
    } else if (P[i + 16] >= size) {
      const found = highestIn(t, S[i], levels - 1, start, min, max, size);
      if (found >= 0) return found;
    }
  }
  return -1;
}
