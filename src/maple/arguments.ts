/** Checks of what callers hand in. Misuse throws an Error whose sentence says what was wrong. */

import type { Estimate } from "./core.ts";

/** Throws unless this is an index: an integer from 0 to 2^53 - 1. */
export function checkIndex(call: string, index: number): void {
  if (index >= 0 && Number.isSafeInteger(index)) return;
  throw new RangeError(
    `${call}: ${describe(index)} is not an index; an index is an integer from 0 to 2^53 - 1`,
  );
}

/** Throws unless these are two indices in order. */
export function checkRange(call: string, first: number, last: number): void {
  if (first >= 0 && first <= last && Number.isSafeInteger(first) && Number.isSafeInteger(last)) return;
  checkIndex(call, first);
  checkIndex(call, last);
  throw new RangeError(
    `${call}: the range [${first}, ${last}] is reversed; ranges are inclusive, first <= last`,
  );
}

/** Throws if this cannot be stored. */
export function checkValue(call: string, value: unknown): void {
  if (value === null) {
    throw new TypeError(`${call}: null is not a value; store undefined, or erase, to empty a range`);
  }
}

/** Throws unless this is a number of indices: an integer from 1 to 2^53 - 1. */
export function checkSize(call: string, size: number): void {
  if (size >= 1 && Number.isSafeInteger(size)) return;
  throw new RangeError(`${call}: ${describe(size)} is not a size; a size is an integer from 1 to 2^53 - 1`);
}

/** Throws unless this is a way to count the nodes a store asks for. */
export function checkEstimate(estimate: Estimate): void {
  if (estimate === "room" || estimate === "height" || estimate === "always") return;
  throw new TypeError(
    `MapleTree: ${describe(estimate)} is not an estimate; say "room", "height" or "always"`,
  );
}

function describe(value: unknown): string {
  return typeof value === "number" ? String(value) : `${typeof value} ${JSON.stringify(String(value))}`;
}
