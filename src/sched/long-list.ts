/**
 * A list of many elements, changed in place: where nothing is explored, nobody comes back to an earlier state, and a copy
 * per change would cost as much as the list is long.
 *
 *     first <-> second <-> third        index: element -> its place
 *
 * An element is in it once.
 */

interface Place<T> {
  readonly item: T;
  before: Place<T> | undefined;
  after: Place<T> | undefined;
}

/** Every operation but `items` takes the same time, however long the list. */
export class LongList<T> {
  readonly #index: Map<T, Place<T>> = new Map();
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;

  constructor(items: readonly T[]) {
    for (const item of items) this.push(item);
  }

  get length(): number {
    return this.#index.size;
  }

  has(item: T): boolean {
    return this.#index.has(item);
  }

  /** The elements, first to last, as they are now. */
  items(): T[] {
    const items: T[] = [];
    for (let at = this.#first; at !== undefined; at = at.after) items.push(at.item);
    return items;
  }

  push(item: T): void {
    this.#put(item, this.#last);
  }

  /** Right behind `after`, or first. @returns false when `after` is not there */
  insertAfter(after: T | null, item: T): boolean {
    const before = after === null ? undefined : this.#index.get(after);
    if (after !== null && before === undefined) return false;
    this.#put(item, before);
    return true;
  }

  remove(item: T): boolean {
    const place = this.#index.get(item);
    if (place === undefined) return false;
    this.#index.delete(item);
    const { before, after } = place;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    return true;
  }

  #put(item: T, before: Place<T> | undefined): void {
    const after = before === undefined ? this.#first : before.after;
    const place: Place<T> = { item, before, after };
    const index = this.#index;
    const { size } = index;
    if (index.set(item, place).size === size)
      throw new Error("a list holds an element once: remove it first");
    if (before === undefined) this.#first = place;
    else before.after = place;
    if (after === undefined) this.#last = place;
    else after.before = place;
  }
}
