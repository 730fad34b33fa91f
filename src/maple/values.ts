/**
 * Values of a tree, as 32-bit handles.
 *
 *   handle          stands for
 *   > 0             an entry of `table` (any reference, or a number that does not fit below)
 *   0               nothing: a null range
 *   -1 … -2^30      the integer -1 - handle, kept in the slot itself: no table entry, no garbage
 *   below -2^30     a reserved entry: `reserved[FIRST_RESERVED - handle]`
 *
 * Every occupied leaf slot owns its handle; an entry that a store cuts in two gets a second handle for the same
 * value. A handle below `frozen` may be named by a snapshot and is never given out again while one lives.
 *
 * The kernel keeps pointers in slots; low bits set to `10` mark its reserved ones.
 */

/**
 * A reserved entry, as `XA_ZERO_ENTRY` is one: it occupies its range (the range is no gap, `insert` refuses it),
 * but `load`, `find` and iteration do not show it; a cursor does.
 */
export class Reserved {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  toString(): string {
    return this.name;
  }

  toJSON(): string {
    return this.name;
  }
}

/** The reserved entry everybody shares; the kernel's `XA_ZERO_ENTRY`. */
export const ZERO_ENTRY: Reserved = new Reserved("ZERO_ENTRY");

/** Integers below this live in the slot itself. */
const SMALL = 2 ** 30;
const FIRST_RESERVED = -SMALL - 1;

/** True for the handle of a reserved entry. */
export function isReserved(handle: number): boolean {
  return handle <= FIRST_RESERVED;
}

/** The handle table of one tree. */
export class Values {
  /** `table[0]` is unused; a free entry holds the number of the next free one. */
  table: unknown[] = [undefined];
  /** Head of the free list through `table`, 0 = empty. */
  free = 0;
  /** Entries from here on were never used (since the last restore). */
  top = 1;
  /** Handles below this belong to live snapshots. */
  frozen = 1;
  /** Reserved entries met so far: few, never forgotten. */
  reserved: Reserved[] = [ZERO_ENTRY];

  /** A new handle for a value. */
  put(value: unknown): number {
    if (
      typeof value === "number" &&
      value >= 0 &&
      value < SMALL &&
      (value | 0) === value &&
      !Object.is(value, -0)
    ) {
      return -1 - value;
    }
    if (value === undefined) return 0;
    if (value instanceof Reserved) {
      let known = this.reserved.indexOf(value);
      if (known < 0) known = this.reserved.push(value) - 1;
      return FIRST_RESERVED - known;
    }
    let handle = this.free;
    if (handle !== 0) this.free = this.table[handle] as number;
    else handle = this.top++;
    this.table[handle] = value;
    return handle;
  }

  /** The value behind a handle, reserved ones included; undefined for a null range. */
  get(handle: number): unknown {
    if (handle > 0) return this.table[handle];
    if (handle === 0) return undefined;
    return handle > FIRST_RESERVED ? -1 - handle : this.reserved[FIRST_RESERVED - handle];
  }

  /** The value behind a handle as the ordinary methods show it: a reserved entry is undefined. */
  visible(handle: number): unknown {
    if (handle > 0) return this.table[handle];
    return handle < 0 && handle > FIRST_RESERVED ? -1 - handle : undefined;
  }

  /** A second handle for the same value. */
  duplicate(handle: number): number {
    return handle > 0 ? this.put(this.table[handle]) : handle;
  }

  /** Gives a handle back. */
  drop(handle: number): void {
    if (handle >= this.frozen) {
      this.table[handle] = this.free;
      this.free = handle;
    }
  }

  /** From now on nothing given out so far is reused: a snapshot may name it. */
  freeze(): void {
    this.frozen = this.top;
    this.free = 0;
  }

  /** Forgets everything given out since the last freeze. */
  rewind(): void {
    this.top = this.frozen;
    this.free = 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.table = [undefined];
    this.free = 0;
    this.top = 1;
    this.frozen = 1;
  }

  /** A copy with the same handles. */
  copy(): Values {
    const copy = new Values();
    copy.table = this.table.slice(0, this.top);
    copy.free = this.free;
    copy.top = this.top;
    copy.reserved = this.reserved.slice();
    return copy;
  }
}
