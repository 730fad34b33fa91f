/**
 * Views: the objects through which code touches fields that are no simple property.
 *
 *     row.lock.word           a number for the steps          row.list.push(x)     one access to its word
 *     row.users.value         behind an announced step        row.table.get(i)     one access to the entry's word
 *
 * A view knows its machine and its word and keeps no state of its own, but for an index of what is in the words. So the
 * machine's reset brings back every view.
 */
import type { Atomic, AtomicRef, FieldSpec, Flags, List, Lock, Rcu, Sparse, Table, Tally } from "./fields.ts";
import { LongList } from "./long-list.ts";
import type { Machine } from "./machine.ts";
import type { Row, Slab } from "./slab.ts";

/** The view of the field at `word`, or undefined for fields that are properties (num, bool, ref). */
export function viewOf(spec: FieldSpec, machine: Machine, word: number): unknown {
  switch (spec.type) {
    case "atomic":
      return new AtomicWord(machine, word);
    case "atomicRef":
      return new ReferenceWord(machine, word, spec.target!);
    case "sparse":
      return new SparseWord(machine, word);
    case "tally":
      return new TallyWord(machine, word);
    case "lock":
      return new LockWord(word);
    case "list":
      return new ListWord(machine, word);
    case "table":
      return new TableWords(machine, word, spec.words);
    case "flags":
      return new FlagWords(machine, word, spec.words);
    case "rcu":
      return new RcuWords(machine, word);
    default:
      return undefined;
  }
}

class LockWord implements Lock {
  readonly word: number;
  constructor(word: number) {
    this.word = word;
  }
}

class AtomicWord implements Atomic {
  readonly word: number;
  readonly #machine: Machine;
  constructor(machine: Machine, word: number) {
    this.#machine = machine;
    this.word = word;
  }
  get value(): number {
    return this.#machine.readAtomic(this.word);
  }
  set value(value: number) {
    this.#machine.writeAtomic(this.word, value);
  }
}

class ReferenceWord extends AtomicWord implements AtomicRef<Row> {
  readonly #owner: Machine;
  readonly #slab: () => Slab<Row>;
  constructor(machine: Machine, word: number, slab: () => Slab<Row>) {
    super(machine, word);
    this.#owner = machine;
    this.#slab = slab;
  }
  code(row: Row | null): number {
    return row === null ? 0 : row.serial + 1;
  }
  decode(code: number): Row | null {
    return code === 0 ? null : this.#owner.rowOf(this.#slab(), code - 1);
  }
  get target(): Row | null {
    return this.decode(this.value);
  }
  set target(row: Row | null) {
    this.value = this.code(row);
  }
}

class FlagWords implements Flags {
  readonly word: number;
  readonly size: number;
  readonly #bits: readonly Atomic[];
  constructor(machine: Machine, word: number, size: number) {
    this.word = word;
    this.size = size;
    this.#bits = Array.from({ length: size }, (_, i) => new AtomicWord(machine, word + i));
  }
  bit(index: number): Atomic {
    const bit = this.#bits[index];
    if (bit === undefined)
      throw new RangeError(`there is no bit ${index}: these flags have bits 0..${this.size - 1}`);
    return bit;
  }
}

class RcuWords implements Rcu {
  readonly word: number;
  readonly done: Atomic;
  constructor(machine: Machine, word: number) {
    this.word = word;
    this.done = new AtomicWord(machine, word + 1);
  }
}

class SparseWord extends AtomicWord implements Sparse {
  readonly #owner: Machine;
  /** Entry words, placed the first time a key is set: where they are depends on the key alone in meaning. */
  readonly #words: Map<number, number> = new Map();
  readonly #keys: number[] = [];
  /** Words of keys that were forgotten; all 0. */
  readonly #spare: number[] = [];
  constructor(machine: Machine, word: number) {
    super(machine, word);
    this.#owner = machine;
  }
  get(key: number): number {
    this.#owner.readAtomic(this.word);
    const word = this.#words.get(key);
    return word === undefined ? 0 : this.#owner.memory.nums[word];
  }
  clear(): void {
    for (const word of this.#words.values()) this.#owner.memory.nums[word] = 0;
    this.#spare.push(...this.#words.values());
    this.#words.clear();
    this.#keys.length = 0;
  }
  set(key: number, value: number): void {
    let word = this.#words.get(key);
    if (word === undefined && this.#spare.length > 0) {
      word = this.#spare.pop()!;
      this.#words.set(key, word);
      this.#keys.splice(this.#position(key), 0, key);
    } else if (word !== undefined && value === 0 && this.#owner.recycling) {
      this.#words.delete(key);
      this.#keys.splice(this.#position(key), 1);
      this.#spare.push(word);
    } else if (word === undefined) {
      word = this.#owner.placeEntry(this.word, key);
      this.#words.set(key, word);
      this.#keys.splice(this.#position(key), 0, key);
    }
    this.#owner.writeAtomic(this.word, this.#owner.memory.nums[this.word] + 1);
    this.#owner.memory.setNum(word, value);
  }
  next(from: number): number {
    this.#owner.readAtomic(this.word);
    const nums = this.#owner.memory.nums;
    for (let i = this.#position(from); i < this.#keys.length; i++) {
      const key = this.#keys[i];
      if (nums[this.#words.get(key)!] !== 0) return key;
    }
    return -1;
  }
  /** Index of the first known key >= `key`. */
  #position(key: number): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class TallyWord implements Tally {
  readonly word: number;
  readonly #machine: Machine;
  constructor(machine: Machine, word: number) {
    this.#machine = machine;
    this.word = word;
  }
  add(amount: number): void {
    this.#machine.touchRow(this.word);
    this.#machine.memory.setNum(this.word, this.#machine.memory.nums[this.word] + amount);
  }
  get total(): number {
    return this.#machine.memory.nums[this.word];
  }
}

const NOTHING: readonly never[] = Object.freeze([]);
/** Longer lists are changed in place, where nothing is explored. */
const SHORT = 32;

class ListWord<T> implements List<T> {
  readonly word: number;
  readonly #machine: Machine;
  constructor(machine: Machine, word: number) {
    this.#machine = machine;
    this.word = word;
  }
  #read(): readonly T[] | LongList<T> {
    return (this.#machine.readRef(this.word) as readonly T[] | LongList<T> | null | undefined) ?? NOTHING;
  }
  #write(items: readonly T[]): void {
    if (!this.#machine.recycling) this.#machine.writeRef(this.word, Object.freeze(items));
    else this.#machine.writeRef(this.word, items.length > SHORT ? new LongList(items) : items);
  }
  items(): readonly T[] {
    const list = this.#read();
    return list instanceof LongList ? list.items() : list;
  }
  get length(): number {
    return this.#read().length;
  }
  has(item: T): boolean {
    const list = this.#read();
    return list instanceof LongList ? list.has(item) : list.includes(item);
  }
  push(item: T): void {
    const list = this.#read();
    if (list instanceof LongList) list.push(item);
    else if (list.length === 0) this.#write([item]);
    else if (list.length === 1) this.#write([list[0], item]);
    else this.#write([...list, item]);
  }
  insertAfter(after: T | null, item: T): void {
    const list = this.#read();
    let found: boolean;
    if (list instanceof LongList) found = list.insertAfter(after, item);
    else {
      const at = after === null ? 0 : list.indexOf(after) + 1;
      found = after === null || at > 0;
      if (found) this.#write([...list.slice(0, at), item, ...list.slice(at)]);
    }
    if (!found) throw new Error("insertAfter: the element to insert behind is not in the list");
  }
  remove(item: T): boolean {
    const list = this.#read();
    if (list instanceof LongList) return list.remove(item);
    const at = list.indexOf(item);
    if (at < 0) return false;
    if (list.length === 1) this.#write([]);
    else if (list.length === 2) this.#write([list[1 - at]]);
    else this.#write([...list.slice(0, at), ...list.slice(at + 1)]);
    return true;
  }
}

class TableWords implements Table {
  readonly word: number;
  readonly length: number;
  readonly #machine: Machine;
  constructor(machine: Machine, word: number, length: number) {
    this.#machine = machine;
    this.word = word;
    this.length = length;
  }
  #at(index: number): number {
    if (!(index >= 0 && index < this.length)) {
      throw new RangeError(`table index ${index} is outside 0..${this.length - 1}`);
    }
    return this.word + index;
  }
  get(index: number): number {
    return this.#machine.readNum(this.#at(index));
  }
  set(index: number, value: number): void {
    this.#machine.writeNum(this.#at(index), value);
  }
  nextUsed(from: number, to: number): number {
    const nums = this.#machine.memory.nums;
    let i = from;
    while (i < to && nums[this.word + i] === 0) i++;
    return i;
  }
}
