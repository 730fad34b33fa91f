/**
 * Searches for free space.
 *
 * Every inner slot knows the largest null run below it, so that a search enters a subtree only if something large
 * enough lies in it; only at the edges of the window can a subtree disappoint, because part of its run lies outside.
 * Kernel counterparts: `mas_empty_area`, `mas_empty_area_rev`.
 */

import type { Core } from "./core.ts";
import { innerSlot, leafSlot } from "./search.ts";

/**
 * The lowest start of `size` free indices within [min, max], or -1.
 *
 *   1  down the edge of the window, to the leaf that holds `min`, while what lies below is large enough at all
 *   2  back up, to the nearest slot on the right with the size below it
 *   3  down again: the first slot with the size has it, and nothing can disappoint
 */
export function lowestGap(t: Core, min: number, max: number, size: number): number {
  const lastStart = max - size + 1;
  if (t.height === 0) {
    const start = t.root !== 0 && min === 0 ? 1 : min;
    return start <= lastStart ? start : -1;
  }
  const { P, S } = t;
  const { gapSlot } = t.scratch;
  const bottom = t.height - 1;
  let base = t.root << 4;
  let d = 0;
  for (; d < bottom; d++) {
    // Most windows begin below everything: that is guessed, and right. Else the last term is 0, and asks for the gaps
    // while the pivots are on their way; see search.ts.
    const i = min <= P[base] ? base : innerSlot(P, S, base, min) + +(P[base + 16] < 0);
    gapSlot[d] = i;
    if (P[i + 16] < size) break;
    base = S[i] << 4;
  }
  if (d === bottom) {
    const found = firstRun(t, leafSlot(P, S, base, min), min, size, lastStart);
    if (found >= 0) return found;
    d--;
  }
  let j = 0;
  for (; d >= 0; d--) {
    j = gapSlot[d] + 1;
    // Behind the last gap stands Infinity.
    while (P[j + 16] < size) j++;
    if (P[j + 16] !== Number.POSITIVE_INFINITY) break;
  }
  if (d < 0) return -1;
  let start = P[j - 1] + 1;
  if (start > lastStart) return -1;
  base = S[j] << 4;
  for (d++; d < bottom; d++) {
    // 0: asks for the slots while the gaps are on their way.
    const near = S[base] >> 31;
    j = base;
    while (P[j + 16] < size) j++;
    if (j !== base) start = P[j - 1] + 1;
    base = S[j + near] << 4;
  }
  return firstRun(t, base, start, size, lastStart);
}

/** The first run of `size` free indices from leaf slot `i` on, which counts from `start`; -1 if there is none up to `lastStart`. */
function firstRun(t: Core, i: number, start: number, size: number, lastStart: number): number {
  const { P, S, E } = t;
  const end = ((i >> 4) << 4) + E[i >> 4];
  for (; i < end && start <= lastStart; i++) {
    const pivot = P[i];
    // One branch that is rarely taken instead of two: whether a slot is null nobody can guess.
    if ((+(S[i] === 0) & +(pivot - start >= size - 1)) !== 0) return start;
    start = pivot + 1;
  }
  return -1;
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
