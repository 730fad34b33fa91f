/**
 * Fields: what a slab row is made of, and the views through which code touches them.
 *
 *   plain      num bool ref list table      read and written like a property; guarded, watched for races
 *   atomic     atomic atomicRef refcount flags sparse seqcount ...     touched only behind announced steps
 *   locks      mutex spinlock rwsem fairRwsem irqLine rcu
 *
 * Every field takes one or more words of its row. A word has a *role*, which says what kinds of steps may name it.
 */

import {
  ADD,
  AWAIT,
  CAS,
  COMPLETE,
  DEC_AND_TEST,
  DOWNGRADE,
  ENQUEUE_READ,
  ENQUEUE_WRITE,
  EXCHANGE,
  EXIT,
  FETCH_AND_NOT,
  FETCH_OR,
  FREE,
  INC_NOT_ZERO,
  LEAVE_QUEUE,
  LOAD_ACQUIRE,
  LOCK,
  LOCK_KILLABLE,
  PREPARE_TO_WAIT,
  RCU_CALL,
  RCU_DEREFERENCE,
  RCU_GRACE_START,
  RCU_READ_LOCK,
  RCU_READ_UNLOCK,
  READ,
  READ_ALL,
  READ_LOCK,
  READ_LOCK_KILLABLE,
  READ_TRYLOCK,
  READ_UNLOCK,
  RMW,
  SEQ_READ_BEGIN,
  SEQ_READ_RETRY,
  SEQ_WRITE_BEGIN,
  SEQ_WRITE_END,
  SIGNAL,
  SPAWN,
  STORE,
  STORE_RELEASE,
  TIMER_ARM,
  TIMER_FIRE,
  TRYLOCK,
  UNLOCK,
  WAIT_FOR_COMPLETION,
  WAKE,
  WORK_TAKE,
  WRITE,
  WRITE_LOCK,
  WRITE_LOCK_KILLABLE,
  WRITE_TRYLOCK,
  WRITE_UNLOCK,
} from "./kind.ts";
import { LongList } from "./long-list.ts";
import type { Machine } from "./machine.ts";
import type { Row, Slab } from "./slab.ts";

/** Roles of words; what kinds of steps may name them is `KINDS_OF_ROLE`. 0 is a plain word. */
export const PLAIN = 0;
export const ATOMIC = 1;
export const COUNTER = 2;
export const MUTEX = 3;
export const SPIN = 4;
export const RWSEM = 5;
export const FAIR = 6;
export const SEQ = 7;
export const COMPLETION = 8;
export const QUEUE = 9;
export const TIMER = 10;
export const WORK = 11;
export const RCU = 12;
export const IRQ = 13;
/** Words the machine itself keeps: signals, births, ends, places, sections, life marks. */
export const OWN = 14;

/** Names of roles, for messages. */
export const ROLE_NAMES: readonly string[] = [
  "plain field",
  "atomic",
  "reference count",
  "mutex",
  "spinlock",
  "rwsem",
  "fair rwsem",
  "seqcount",
  "completion",
  "wait queue",
  "timer",
  "work item",
  "rcu domain",
  "irq line",
  "word of the machine",
];

const VALUES: readonly number[] = [
  READ,
  WRITE,
  RMW,
  ADD,
  CAS,
  AWAIT,
  LOAD_ACQUIRE,
  STORE_RELEASE,
  DEC_AND_TEST,
  INC_NOT_ZERO,
  STORE,
  EXCHANGE,
  FETCH_OR,
  FETCH_AND_NOT,
  READ_ALL,
  RCU_DEREFERENCE,
];
/** READ and AWAIT: a look at what a lock guards, or a wait for it, without taking it. */
const MUTUAL: readonly number[] = [LOCK, UNLOCK, TRYLOCK, LOCK_KILLABLE, READ, AWAIT];

/** Kinds of steps by the role of their first object. */
const KINDS_OF_ROLE: readonly (readonly number[])[] = [
  [],
  VALUES,
  VALUES,
  MUTUAL,
  MUTUAL,
  [
    READ_LOCK,
    READ_UNLOCK,
    READ_TRYLOCK,
    WRITE_LOCK,
    WRITE_UNLOCK,
    WRITE_TRYLOCK,
    DOWNGRADE,
    READ_LOCK_KILLABLE,
    WRITE_LOCK_KILLABLE,
    READ,
    AWAIT,
  ],
  [ENQUEUE_READ, ENQUEUE_WRITE],
  [SEQ_WRITE_BEGIN, SEQ_WRITE_END, SEQ_READ_BEGIN, SEQ_READ_RETRY],
  [COMPLETE, WAIT_FOR_COMPLETION, STORE, READ],
  [WAKE, PREPARE_TO_WAIT, AWAIT],
  [TIMER_ARM, TIMER_FIRE, FETCH_AND_NOT, AWAIT],
  [FETCH_OR, FETCH_AND_NOT, WORK_TAKE, AWAIT],
  [RCU_READ_LOCK, RCU_GRACE_START, RCU_CALL, AWAIT, READ, ADD],
  MUTUAL,
  [FREE, SPAWN, SIGNAL, EXIT, AWAIT, READ, RCU_READ_UNLOCK, LEAVE_QUEUE],
];

const ALLOWED: Uint8Array = allowedTable();

function allowedTable(): Uint8Array {
  const table = new Uint8Array(KINDS_OF_ROLE.length * 64);
  KINDS_OF_ROLE.forEach((kinds, role) => {
    for (const kind of kinds) table[role * 64 + kind] = 1;
  });
  return table;
}

/** May a step of this kind have a word of this role as its first object? */
export function mayName(kind: number, role: number): boolean {
  return ALLOWED[role * 64 + kind] === 1;
}

/** What a field is. Made by `num`, `bool`, `ref`, `atomic`, `mutex`, `spinlock`, `rwsem`, `list`, `table` and so on. */
export interface FieldSpec {
  readonly type:
    | "num"
    | "bool"
    | "ref"
    | "atomic"
    | "atomicRef"
    | "lock"
    | "list"
    | "table"
    | "sparse"
    | "tally"
    | "flags"
    | "rcu";
  /** Words it takes. */
  readonly words: number;
  /** What must be held to touch it, in words for reports. */
  readonly guard: string;
  /** Role of its words. */
  readonly role: number;
  /** For flags: the names of the bits, from bit 0. */
  readonly bits?: readonly string[];
  /** For atomic references: where they lead. */
  readonly target?: () => Slab<Row>;
}

/** A plain number. @param guard what must be held to touch it, for reports */
export const num = (guard: string): FieldSpec => ({ type: "num", words: 1, guard, role: PLAIN });
/** A plain boolean. */
export const bool = (guard: string): FieldSpec => ({ type: "bool", words: 1, guard, role: PLAIN });
/** A plain reference to a row or to an immutable value; null at first. */
export const ref = (guard: string): FieldSpec => ({ type: "ref", words: 1, guard, role: PLAIN });
/** A plain list of references. */
export const list = (guard: string): FieldSpec => ({ type: "list", words: 1, guard, role: PLAIN });
/** `entries` plain numbers, 0 at first. */
export const table = (entries: number, guard: string): FieldSpec => ({
  type: "table",
  words: entries,
  guard,
  role: PLAIN,
});

/**
 * A number that is only ever added to, and read when everybody who adds has finished (statistics, ghost state of a
 * checker). Additions commute, so they need no step and hide no order.
 */
export const tally = (): FieldSpec => ({ type: "tally", words: 1, guard: "", role: PLAIN });

/** A field of one announced word with this role. */
const announced = (role: number): FieldSpec => ({ type: "atomic", words: 1, guard: "", role });
const lockOf = (role: number): FieldSpec => ({ type: "lock", words: 1, guard: "", role });

/** An atomic number: touched only through announced steps. */
export const atomic = (): FieldSpec => announced(ATOMIC);
/** An atomic reference to a row of the slab, null at first. @param target a function, so that slabs may refer to each other */
export const atomicRef = (target: () => Slab<Row>): FieldSpec => ({
  type: "atomicRef",
  words: 1,
  guard: "",
  role: ATOMIC,
  target,
});
/** An atomic reference count: adding to it once it is zero is a finding. Set its first value before publishing. */
export const refcount = (): FieldSpec => announced(COUNTER);
/** Numbers by key, 0 where nothing was set: one atomic object, touched only through announced steps. */
export const sparse = (): FieldSpec => ({ type: "sparse", words: 1, guard: "", role: ATOMIC });
/** Bit flags: each bit is an object of its own; reading the whole word conflicts with a change of any bit. */
export const flags = (bits: readonly string[]): FieldSpec => {
  if (bits.length < 1 || bits.length > 30) throw new Error(`flags take 1 to 30 bits, not ${bits.length}`);
  return { type: "flags", words: bits.length, guard: "", role: ATOMIC, bits };
};
/** A sequence counter: readers retry instead of waiting. Its writers must exclude each other by a lock. */
export const seqcount = (): FieldSpec => announced(SEQ);
/** "It is done": counted, so that one `complete` releases one waiter. */
export const completion = (): FieldSpec => announced(COMPLETION);
/** A wait queue for the prepare / check / schedule form, in which a wake-up can be lost. */
export const waitQueue = (): FieldSpec => announced(QUEUE);
/** A timer; its handler is a task made by `timerTask`. */
export const timer = (): FieldSpec => announced(TIMER);
/** A work item; it runs in a task made by `workTask`. */
export const work = (): FieldSpec => announced(WORK);

/** A sleeping mutual exclusion lock. */
export const mutex = (): FieldSpec => lockOf(MUTEX);
/** A spinning mutual exclusion lock: its holder may not sleep. */
export const spinlock = (): FieldSpec => lockOf(SPIN);
/** A reader/writer lock, unfair: readers may enter while a writer waits. */
export const rwsem = (): FieldSpec => lockOf(RWSEM);
/** A reader/writer lock that serves in the order of arrival: readers wait behind a waiting writer. */
export const fairRwsem = (): FieldSpec => lockOf(FAIR);
/** Interrupts of one processor: disabled by a task, entered by a handler, never both at once. */
export const irqLine = (): FieldSpec => lockOf(IRQ);
/** An RCU domain: read sections, grace periods, deferred callbacks. Words: the domain, callbacks done. */
export const rcu = (): FieldSpec => ({ type: "rcu", words: 2, guard: "", role: RCU });

/** A lock word. Taken and released through the machine's announced steps. */
export interface Lock {
  readonly word: number;
}

/** An atomic word: `value` may be touched only behind a step that announced it. */
export interface Atomic {
  readonly word: number;
  value: number;
}

/** An atomic reference: `target` may be touched only behind a step that announced it. */
export interface AtomicRef<T extends Row> {
  readonly word: number;
  /** What `cas`, `exchange` and `store` take for a row: a number that is the same on every machine. */
  code(row: T | null): number;
  target: T | null;
  /** The row that a code stands for, such as the result of an exchange. */
  decode(code: number): T | null;
  value: number;
}

/** Bit flags. */
export interface Flags {
  /** Word of bit 0. */
  readonly word: number;
  readonly size: number;
  /** One bit, as an atomic of value 0 or 1. */
  bit(index: number): Atomic;
}

/** An RCU domain. */
export interface Rcu extends Lock {
  /** Callbacks that have run. */
  readonly done: Atomic;
}

/** A plain list. Every call is one access to its word. */
export interface List<T> {
  readonly word: number;
  readonly length: number;
  /** The elements, first to last: a frozen copy. */
  items(): readonly T[];
  push(item: T): void;
  /** Inserts right behind `after`, or first when it is null. */
  insertAfter(after: T | null, item: T): void;
  /** Removes the first occurrence; false when it is not there. */
  remove(item: T): boolean;
  has(item: T): boolean;
}

/** A plain table of numbers. */
export interface Table {
  readonly word: number;
  readonly length: number;
  get(index: number): number;
  set(index: number, value: number): void;
  /**
   * First index >= `from` whose entry is not 0, or `to` when there is none before it. The zeros passed over are not
   * accesses: hold the lock that guards the whole table.
   */
  nextUsed(from: number, to: number): number;
}

/**
 * A sparse table that is read without a lock: the whole table is one object. `get`, `next` and `set` stand behind a
 * step that announced the table (`k.loadAcquire(row.field)`, `k.rmw(row.field)`); its `value` counts the changes.
 */
export interface Sparse extends Atomic {
  get(key: number): number;
  /** Needs a step that may write. */
  set(key: number, value: number): void;
  /** Smallest key >= `from` whose entry is not 0, or -1. */
  next(from: number): number;
  /** Forgets all keys, when the row is given back. Only where nothing is explored. */
  clear(): void;
}

/** See `tally`. */
export interface Tally {
  readonly word: number;
  /** The row must be alive; nothing else is checked. */
  add(amount: number): void;
  /** For those who come after everybody who adds. */
  readonly total: number;
}

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
