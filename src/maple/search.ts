/**
 * The search inside a node: which slot holds an index.
 *
 * The answer is the number of pivots below the index, so it can be counted without a branch: a loop that stops at the right
 * slot stops somewhere else for every index, and the processor guesses wrong about once per node. All pivots behind
 * the last used one are Infinity (core.ts keeps them so), which makes counting all of them right. Measured against a
 * loop with one compare: 1.3 times as fast at 1,000 and at 60,000 entries.
 */

/** The slot of the inner node at pivot `b` that holds `index`. */
export function innerSlot(P: Float64Array, b: number, index: number): number {
  return (
    b +
    +(P[b] < index) +
    +(P[b + 1] < index) +
    +(P[b + 2] < index) +
    +(P[b + 3] < index) +
    +(P[b + 4] < index) +
    +(P[b + 5] < index) +
    +(P[b + 6] < index) +
    +(P[b + 7] < index) +
    +(P[b + 8] < index)
  );
}

/** The slot of the leaf at pivot `b` that holds `index`. */
export function leafSlot(P: Float64Array, b: number, index: number): number {
  return (
    b +
    +(P[b] < index) +
    +(P[b + 1] < index) +
    +(P[b + 2] < index) +
    +(P[b + 3] < index) +
    +(P[b + 4] < index) +
    +(P[b + 5] < index) +
    +(P[b + 6] < index) +
    +(P[b + 7] < index) +
    +(P[b + 8] < index) +
    +(P[b + 9] < index) +
    +(P[b + 10] < index) +
    +(P[b + 11] < index) +
    +(P[b + 12] < index) +
    +(P[b + 13] < index) +
    +(P[b + 14] < index)
  );
}
