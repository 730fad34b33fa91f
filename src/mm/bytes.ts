/**
 * Addresses and lengths as user space passes them: 64-bit numbers, exact at every edge.
 *
 *     number    an integer from 0 to 2^53 - 1
 *     bigint    anything; taken modulo 2^64, so -1n is the highest address
 *
 * Inside, everything is a page number: at most 2^52 - 1, and sums of two are still exact in a double. A sum of pages
 * at or above `PAGES_64` is what wraps around in 64 bits of bytes.
 */

/** An address or a length in bytes. */
export type Bytes = number | bigint;

/** Bytes of a page. */
const PAGE = 4096;
/** Pages of a 64-bit address space: one more than the last page number. */
export const PAGES_64: number = 2 ** 52;

const MASK_64 = 2n ** 64n - 1n;

/** The page an address lies in; of a length, the whole pages in it. */
export function pageOf(bytes: Bytes): number {
  if (typeof bytes === "bigint") return Number((bytes & MASK_64) >> 12n);
  if (Number.isSafeInteger(bytes) && bytes >= 0) return Math.floor(bytes / PAGE);
  throw misuse(bytes);
}

/** Bytes behind the page boundary: 0 for an aligned address. */
export function restOf(bytes: Bytes): number {
  if (typeof bytes === "bigint") return Number(bytes & 4095n);
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes % PAGE;
  throw misuse(bytes);
}

/** Rounds up to pages as the kernel does: a length within the last page of 64 bits becomes 0 (PAGE_ALIGN). */
export function pagesUp(bytes: Bytes): number {
  const pages = pageOf(bytes) + (restOf(bytes) > 0 ? 1 : 0);
  return pages === PAGES_64 ? 0 : pages;
}

/** The first byte of a page that user space can have. */
export function byteOf(page: number): number {
  return page * PAGE;
}

function misuse(bytes: number): Error {
  return new RangeError(
    `${bytes} is no address or length: pass an integer from 0 to 2^53 - 1, or a bigint for anything above`,
  );
}
