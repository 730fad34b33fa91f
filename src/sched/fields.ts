/**
 * Fields: what a slab row is made of, and what the code sees of them.
 *
 *   plain      num bool ref list table      read and written like a property; guarded, watched for races
 *   atomic     atomic atomicRef refcount flags sparse seqcount ...     touched only behind announced steps
 *   locks      mutex spinlock rwsem fairRwsem irqLine rcu
 *
 * Every field takes one or more words of its row. A word has a *role* (`roles.ts`), which says what kinds of steps may name
 * it. Fields that are no simple property are objects: their types are here, the objects themselves in `views.ts`.
 */
import {
  ATOMIC,
  COMPLETION,
  COUNTER,
  FAIR,
  IRQ,
  MUTEX,
  PLAIN,
  QUEUE,
  RCU,
  RWSEM,
  SEQ,
  SPIN,
  TIMER,
  WORK,
} from "./roles.ts";
import type { Row, Slab } from "./slab.ts";

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
