/**
 * Slabs: where shared structures live. A slab declares its fields once, each with its guard; a row is one structure,
 * read and written like a plain object (`vma.start`), and every access is checked: is the row alive, does anything
 * order this access against the others?
 *
 *   row:  [ life | label | field words ... ]
 *
 * A row's words are placed once per (slab, creating task, n-th allocation of that task) and kept for the whole
 * exploration, so a word number means the same object in every schedule. A freed row is never used again within a
 * run: whoever still holds it meets a dead life mark.
 */
import type { Machine } from "./machine.ts";

/** Life mark of a row. */
export const DEAD = 0;
export const ALIVE = 1;
/** Never was a row: dereferencing it is a bad pointer. */
export const POISON = 2;

/** What a field is. Made by `num`, `bool`, `ref`, `atomic`, `mutex`, `spinlock`, `rwsem`, `list`, `table`. */
export interface FieldSpec {
  readonly type: "num" | "bool" | "ref" | "atomic" | "lock" | "list" | "table" | "sparse" | "tally";
  /** Words it takes. */
  readonly words: number;
  /** What must be held to touch it, in words for reports. */
  readonly guard: string;
  /** For locks: a holder may not sleep. */
  readonly spins?: boolean;
  /** For atomics: a reference count, which may not come back from zero. */
  readonly counts?: boolean;
}

/** A plain number. @param guard what must be held to touch it, for reports */
export const num = (guard: string): FieldSpec => ({ type: "num", words: 1, guard });
/** A plain boolean. */
export const bool = (guard: string): FieldSpec => ({ type: "bool", words: 1, guard });
/** A plain reference to a row or to an immutable value; null at first. */
export const ref = (guard: string): FieldSpec => ({ type: "ref", words: 1, guard });
/** An atomic number: touched only through announced steps. */
export const atomic = (): FieldSpec => ({ type: "atomic", words: 1, guard: "" });
/** An atomic reference count: adding to it once it is zero is a finding. Set its first value before publishing. */
export const refcount = (): FieldSpec => ({ type: "atomic", words: 1, guard: "", counts: true });
/** A sleeping mutual exclusion lock. */
export const mutex = (): FieldSpec => ({ type: "lock", words: 1, guard: "" });
/** A spinning mutual exclusion lock: its holder may not sleep. */
export const spinlock = (): FieldSpec => ({ type: "lock", words: 1, guard: "", spins: true });
/** A reader/writer lock, unfair: readers may enter while a writer waits. */
export const rwsem = (): FieldSpec => ({ type: "lock", words: 1, guard: "" });
/** A plain list of references. */
export const list = (guard: string): FieldSpec => ({ type: "list", words: 1, guard });
/** `entries` plain numbers, 0 at first. */
export const table = (entries: number, guard: string): FieldSpec => ({ type: "table", words: entries, guard });

/** Numbers by key, 0 where nothing was set: one atomic object, touched only through announced steps. */
export const sparse = (): FieldSpec => ({ type: "sparse", words: 1, guard: "" });

/**
 * A number that is only ever added to, and read when everybody who adds has finished (statistics, ghost state of a
 * checker). Additions commute, so they need no step and hide no order.
 */
export const tally = (): FieldSpec => ({ type: "tally", words: 1, guard: "" });

/** A lock word. Taken and released through the machine's announced steps. */
export interface Lock {
  readonly word: number;
}

/** An atomic word: `value` may be touched only behind a step that announced it. */
export interface Atomic {
  readonly word: number;
  value: number;
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
  /** Indices of the entries that are not 0, ascending: one access to each of those entries. */
  used(): number[];
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
}

/** See `tally`. */
export interface Tally {
  readonly word: number;
  /** The row must be alive; nothing else is checked. */
  add(amount: number): void;
  /** For those who come after everybody who adds. */
  readonly total: number;
}

/** What every row has. */
export interface Row {
  /** Number of its life mark: its identity, the same in every schedule. */
  readonly at: number;
  /** Number among the rows of its slab, made from (creating task, n-th allocation): the same on every machine. */
  readonly serial: number;
  readonly machine: Machine;
  readonly slab: Slab<Row>;
}

interface RowClass {
  new (machine: Machine, at: number, serial: number): Row;
}

interface Placed {
  readonly spec: FieldSpec;
  readonly name: string;
  readonly offset: number;
}

/** Words in front of the fields: life mark, label. */
const HEADER = 2;

/**
 * Declaration of a slab: name and fields. Immutable; the rows belong to a machine.
 *
 *     interface Account extends Row { balance: number; readonly lock: Lock }
 *     const accounts: Slab<Account> = slab<Account>("account", { balance: num("account.lock"), lock: mutex() })
 */
export class Slab<out T extends Row> {
  readonly name: string;
  /** Words per row. */
  readonly words: number;
  readonly fields: readonly Placed[];
  /** Rows live as long as the machine: not counted as leaks, no life mark to check. */
  readonly permanent: boolean;
  readonly #rowClass: RowClass;
  declare readonly rowType?: T;

  constructor(name: string, fields: Readonly<Record<string, FieldSpec>>, permanent: boolean) {
    this.name = name;
    this.permanent = permanent;
    const placed: Placed[] = [];
    let offset = HEADER;
    for (const [field, spec] of Object.entries(fields)) {
      placed.push({ spec, name: field, offset });
      offset += spec.words;
    }
    this.fields = placed;
    this.words = offset;
    this.#rowClass = rowClass(this, placed);
  }

  /** The handle of the row at `at`. Only the machine makes handles, one per row. */
  handle(machine: Machine, at: number, serial: number): T {
    return new this.#rowClass(machine, at, serial) as unknown as T;
  }

  /** Name of the field that holds word `offset` of a row, with the index inside a table. */
  fieldAt(offset: number): string {
    if (offset === 0) return "";
    for (const field of this.fields) {
      if (offset >= field.offset && offset < field.offset + field.spec.words) {
        return field.spec.type === "table" ? `${field.name}[${offset - field.offset}]` : field.name;
      }
    }
    return "";
  }

  /** Guard declared for the field at word `offset`. */
  guardAt(offset: number): string {
    return this.fields.find((f) => offset >= f.offset && offset < f.offset + f.spec.words)?.spec.guard ?? "";
  }
}

/** Declares a slab. @param options.permanent rows are never freed and never leak (globals) */
export function slab<T extends Row>(
  name: string,
  fields: Readonly<Record<Exclude<keyof T, keyof Row>, FieldSpec>>,
  options: { readonly permanent?: boolean } = {},
): Slab<T> {
  return new Slab<T>(name, fields, options.permanent ?? false);
}

function rowClass(owner: Slab<Row>, fields: readonly Placed[]): RowClass {
  class SlabRow implements Row {
    readonly machine: Machine;
    readonly at: number;
    readonly serial: number;
    constructor(machine: Machine, at: number, serial: number) {
      this.machine = machine;
      this.at = at;
      this.serial = serial;
      for (const { spec, name, offset } of fields) {
        const word = at + offset;
        if (spec.type === "atomic") Object.defineProperty(this, name, { value: new AtomicWord(machine, word) });
        if (spec.type === "tally") Object.defineProperty(this, name, { value: new TallyWord(machine, word) });
        if (spec.type === "sparse") Object.defineProperty(this, name, { value: new SparseWord(machine, word) });
        if (spec.type === "lock") Object.defineProperty(this, name, { value: new LockWord(word) });
        if (spec.type === "list") Object.defineProperty(this, name, { value: new ListWord(machine, word) });
        if (spec.type === "table") {
          Object.defineProperty(this, name, { value: new TableWords(machine, word, spec.words) });
        }
      }
    }
    get slab(): Slab<Row> {
      return owner;
    }
  }
  for (const { spec, name, offset } of fields) {
    if (spec.type === "num") {
      Object.defineProperty(SlabRow.prototype, name, {
        get(this: Row): number {
          return this.machine.readNum(this.at + offset);
        },
        set(this: Row, value: number) {
          this.machine.writeNum(this.at + offset, value);
        },
      });
    } else if (spec.type === "bool") {
      Object.defineProperty(SlabRow.prototype, name, {
        get(this: Row): boolean {
          return this.machine.readNum(this.at + offset) !== 0;
        },
        set(this: Row, value: boolean) {
          this.machine.writeNum(this.at + offset, value ? 1 : 0);
        },
      });
    } else if (spec.type === "ref") {
      Object.defineProperty(SlabRow.prototype, name, {
        get(this: Row): unknown {
          return this.machine.readRef(this.at + offset) ?? null;
        },
        set(this: Row, value: unknown) {
          this.machine.writeRef(this.at + offset, value);
        },
      });
    }
  }
  return SlabRow;
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

class SparseWord extends AtomicWord implements Sparse {
  readonly #machine: Machine;
  /** Entry words, placed the first time a key is set: where they are depends on the key alone in meaning. */
  readonly #words: Map<number, number> = new Map();
  readonly #keys: number[] = [];
  constructor(machine: Machine, word: number) {
    super(machine, word);
    this.#machine = machine;
  }
  get(key: number): number {
    this.#machine.readAtomic(this.word);
    const word = this.#words.get(key);
    return word === undefined ? 0 : this.#machine.memory.nums[word];
  }
  set(key: number, value: number): void {
    let word = this.#words.get(key);
    if (word === undefined) {
      word = this.#machine.placeEntry(this.word, key);
      this.#words.set(key, word);
      this.#keys.splice(this.#position(key), 0, key);
    }
    this.#machine.writeAtomic(this.word, this.#machine.memory.nums[this.word] + 1);
    this.#machine.memory.setNum(word, value);
  }
  next(from: number): number {
    this.#machine.readAtomic(this.word);
    const nums = this.#machine.memory.nums;
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

class ListWord<T> implements List<T> {
  readonly word: number;
  readonly #machine: Machine;
  constructor(machine: Machine, word: number) {
    this.#machine = machine;
    this.word = word;
  }
  items(): readonly T[] {
    return (this.#machine.readRef(this.word) as readonly T[] | null | undefined) ?? NOTHING;
  }
  get length(): number {
    return this.items().length;
  }
  has(item: T): boolean {
    return this.items().includes(item);
  }
  push(item: T): void {
    this.#machine.writeRef(this.word, Object.freeze([...this.items(), item]));
  }
  insertAfter(after: T | null, item: T): void {
    const items = this.items();
    const at = after === null ? 0 : items.indexOf(after) + 1;
    if (after !== null && at === 0) throw new Error("insertAfter: the element to insert behind is not in the list");
    this.#machine.writeRef(this.word, Object.freeze([...items.slice(0, at), item, ...items.slice(at)]));
  }
  remove(item: T): boolean {
    const items = this.items();
    const at = items.indexOf(item);
    if (at < 0) return false;
    this.#machine.writeRef(this.word, Object.freeze([...items.slice(0, at), ...items.slice(at + 1)]));
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
  used(): number[] {
    const nums = this.#machine.memory.nums;
    const found: number[] = [];
    for (let i = 0; i < this.length; i++) {
      if (nums[this.word + i] !== 0) {
        this.#machine.readNum(this.word + i);
        found.push(i);
      }
    }
    return found;
  }
}
