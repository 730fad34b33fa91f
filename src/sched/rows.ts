/**
 * Where rows and other words are, and what they are called.
 *
 * A row is placed once per (slab, creator, n-th allocation of that creator) and keeps its words for the whole
 * exploration. A word number is therefore the same in every schedule of one machine, but not on another machine:
 * there rows may have been discovered in another order. What leaves the machine (traces, hashes) uses *stable names*,
 * made only of slab, creator and count; what people read uses labels.
 *
 * Creators are numbered 0 = sequential code, t + 1 = task t.
 */
import type { FieldSpec, Sparse } from "./fields.ts";
import type { Log } from "./log.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./memory.ts";
import { MAX_TASKS, ProtocolError } from "./protocol.ts";
import type { Races } from "./race.ts";
import { COUNTER, OWN, PLAIN } from "./roles.ts";
import { ALIVE, POISON, type Row, type Slab } from "./slab.ts";

/** Room for the rows of one creator in a serial number. */
const ROWS_PER_CREATOR = 2 ** 24;

/** What stands behind a poisoned reference. */
export interface Poison {
  readonly code: string;
  /** What it is, for reports. */
  readonly text: string;
}

/** Rows and names of one machine. */
export class Rows {
  /** Role of each word (see `fields.ts`), 0 for plain ones. */
  role: Uint8Array = new Uint8Array(1 << 12);
  readonly #memory: Memory;
  readonly #log: Log;
  readonly #races: Races;
  readonly #slabs: Map<Slab<Row>, SlabRows> = new Map();
  /** Every row, stand-ins included, and by the word of its life mark its place there + 1. */
  readonly #rows: Row[] = [];
  #numberOf: Int32Array = new Int32Array(1 << 12);
  /** What stands before the number of each row in its names: who made it. */
  readonly #stablePrefixes: string[] = [];
  readonly #displayPrefixes: string[] = [];
  /** Stable name of words that are no field: life marks, signals, sections. */
  readonly #stable: Map<number, string> = new Map();
  /** What reports call them, where that differs. */
  readonly #display: Map<number, string> = new Map();
  readonly #poison: Map<string, Row> = new Map();
  readonly #poisonAt: Map<number, Poison> = new Map();
  /** Freed rows are used again: see `Machine.recycleRows`. */
  recycling = false;
  #live: Row[] = [];
  #liveAtMark = 0;

  constructor(memory: Memory, log: Log, races: Races) {
    this.#memory = memory;
    this.#log = log;
    this.#races = races;
  }

  /** Places fresh words and makes room for them in the log and the race clocks. Returns the first. */
  place(count: number): number {
    const at = this.#memory.place(count);
    const size = this.#memory.size;
    if (!this.recycling) {
      this.#log.reserveObjects(size);
      this.#races.reserveWords(size);
    }
    if (size > this.role.length) {
      const grown = new Uint8Array(Math.max(size, this.role.length * 2));
      grown.set(this.role);
      this.role = grown;
      const numbers = new Int32Array(grown.length);
      numbers.set(this.#numberOf);
      this.#numberOf = numbers;
    }
    return at;
  }

  /** Places one word of the machine's own. `stable` must be the same on every machine. */
  placeOwn(stable: string, display: string = stable): number {
    const at = this.place(1);
    this.role[at] = OWN;
    this.#stable.set(at, stable);
    if (display !== stable) this.#display.set(at, display);
    return at;
  }

  /** Other words for reports. */
  rename(word: number, display: string): void {
    this.#display.set(word, display);
  }

  /** A further word for an entry of the sparse table at `word`; it lives and dies with the same row. */
  placeEntry(word: number, key: number): number {
    const at = this.place(1);
    this.#stable.set(at, `${this.stableName(word)}[${key}]`);
    this.#memory.lifeOf[at] = this.#memory.lifeOf[word];
    return at;
  }

  /** The next row of a creator. @param creatorName stable name and name for reports, "" for sequential code */
  allocate(machine: Machine, slab: Slab<Row>, creator: number, stable: string, display: string): Row {
    let rows = this.#slabs.get(slab);
    if (rows === undefined) {
      rows = new SlabRows();
      this.#slabs.set(slab, rows);
    }
    const spare = rows.spare.pop();
    if (spare !== undefined) {
      this.#memory.nums[spare.at] = ALIVE;
      return spare;
    }
    const row = rows.take(creator) ?? this.#placeRow(machine, slab, rows, creator, stable, display);
    this.#memory.setNum(row.at, ALIVE);
    if (!slab.permanent && !this.recycling) this.#live.push(row);
    return row;
  }

  /**
   * Makes a row ready to be the next one of its slab, all fields 0, null or free. Only where nothing is explored: the row
   * comes back as another object under the same number.
   */
  recycle(row: Row): void {
    const { nums, refs } = this.#memory;
    const { at, slab } = row;
    nums.fill(0, at, at + slab.words);
    refs[at + 1] = undefined;
    for (const offset of slab.references) refs[at + offset] = undefined;
    for (const name of slab.sparse) (row as unknown as Record<string, Sparse>)[name].clear();
    this.#slabs.get(slab)!.spare.push(row);
  }

  #placeRow(
    machine: Machine,
    slab: Slab<Row>,
    rows: SlabRows,
    creator: number,
    stable: string,
    display: string,
  ): Row {
    const at = this.place(slab.words);
    const row = slab.handle(machine, at, creator * ROWS_PER_CREATOR + rows.count(creator));
    rows.put(creator, row);
    if (!slab.permanent) this.#memory.lifeOf.fill(at, at + 1, at + slab.words);
    this.role[at] = OWN;
    for (const { spec, offset } of slab.fields)
      this.role.fill(spec.role, at + offset, at + offset + spec.words);
    this.#know(row, stable, display);
    return row;
  }

  #know(row: Row, stable: string, display: string): void {
    this.#numberOf[row.at] = this.#rows.push(row);
    this.#stablePrefixes.push(stable);
    this.#displayPrefixes.push(display);
  }

  /** (slab, creator, n), where the life mark of a row is; undefined elsewhere. Made when asked for: most never are. */
  #rowName(at: number, prefixes: readonly string[]): string | undefined {
    const number = this.#numberOf[at] - 1;
    if (!(number >= 0)) return undefined;
    const { slab, serial } = this.#rows[number];
    return `${slab.name}#${prefixes[number]}${(serial % ROWS_PER_CREATOR) + 1}`;
  }

  /** Stable name of a word that has one of its own. */
  #ownName(word: number): string | undefined {
    return this.#stable.get(word) ?? this.#rowName(word, this.#stablePrefixes);
  }

  #ownDisplay(word: number): string | undefined {
    return this.#display.get(word) ?? this.#rowName(word, this.#displayPrefixes);
  }

  /** A stand-in that is no object: see `Machine.poison`. */
  poison(machine: Machine, slab: Slab<Row>, code: string, name: string, text: string): Row {
    const key = `${slab.name}|${code}|${name}`;
    let row = this.#poison.get(key);
    if (row === undefined) {
      const at = this.place(slab.words);
      this.#memory.lifeOf.fill(at, at, at + slab.words);
      this.#memory.nums[at] = POISON; // never changes: not journalled
      row = slab.handle(machine, at, -1);
      for (const { spec, offset } of slab.fields)
        this.role.fill(spec.role, at + offset, at + offset + spec.words);
      this.#poison.set(key, row);
      this.#know(row, "", "");
      this.#display.set(at, name);
      this.#poisonAt.set(at, { code, text });
      this.#stable.set(at, name);
    }
    return row;
  }

  poisonAt(life: number): Poison | undefined {
    return this.#poisonAt.get(life);
  }

  /** The row of a slab with this serial number. */
  bySerial<T extends Row>(slab: Slab<T>, serial: number): T {
    const creator = Math.floor(serial / ROWS_PER_CREATOR);
    const row = this.#slabs.get(slab)?.at(creator, serial % ROWS_PER_CREATOR);
    if (row === undefined) throw new ProtocolError(`no ${slab.name} has the serial number ${serial}`);
    return row as T;
  }

  /** Every row of a slab allocated so far in this run, set-up included, freed ones too. */
  ofSlab<T extends Row>(slab: Slab<T>): T[] {
    return (this.#slabs.get(slab)?.placed() ?? []) as T[];
  }

  /** The row whose life mark is word `at`. */
  at(life: number): Row | undefined {
    return this.#rows[this.#numberOf[life] - 1];
  }

  /** Rows allocated and not freed, permanent ones left out. */
  alive(): Row[] {
    if (this.recycling) {
      return [...this.#slabs].flatMap(([slab, rows]) => {
        if (slab.permanent) return [];
        return rows.placed().filter((row) => this.#memory.nums[row.at] === ALIVE);
      });
    }
    return this.#live.filter((row) => this.#memory.nums[row.at] === ALIVE);
  }

  mark(): void {
    this.#liveAtMark = this.#live.length;
    for (const rows of this.#slabs.values()) rows.mark();
  }

  reset(): void {
    if (this.#live.length > this.#liveAtMark) this.#live.length = this.#liveAtMark;
    for (const rows of this.#slabs.values()) rows.reset();
  }

  // ---- names

  /** Life mark of the row that a word belongs to, or the word itself. */
  #home(word: number): number {
    const life = this.#memory.lifeOf[word];
    if (life >= 0) return life;
    let at = word;
    while (at > 0 && this.#numberOf[at] === 0 && !this.#stable.has(at)) at--;
    return at;
  }

  /** The field a word belongs to, or undefined for words that are none. */
  fieldOf(word: number): { readonly row: Row; readonly field: string; readonly guard: string } | undefined {
    const at = this.#home(word);
    const row = this.at(at);
    return row && { row, field: row.slab.fieldAt(word - at), guard: row.slab.guardAt(word - at) };
  }

  /** Name for reports: the row's label, or (slab, creator, n), and the field. */
  nameOf(word: number): string {
    const at = this.#home(word);
    const row = this.at(at);
    const own = this.#ownDisplay(word) ?? this.#stable.get(word);
    if (row === undefined || (own !== undefined && at !== word)) return own ?? `word ${word}`;
    const label = this.#memory.refs[at + 1];
    const name = typeof label === "string" ? label : (this.#ownDisplay(at) ?? `word ${at}`);
    const field = row.slab.fieldAt(word - at);
    return field ? `${name}.${field}` : name;
  }

  /** Name without labels: the same for the same object on every machine. */
  stableName(word: number): string {
    const own = this.#ownName(word);
    if (own !== undefined) return own;
    const at = this.#home(word);
    return `${this.#ownName(at) ?? "word"}+${word - at}`;
  }

  /**
   * Text for a reference held in a field, free of anything that depends on the schedule: rows by name, values by
   * their content, things with a `digest` by that.
   */
  referenceName(reference: unknown): string {
    if (reference === null || reference === undefined) return "null";
    if (Array.isArray(reference)) return `[${reference.map((r) => this.referenceName(r)).join(",")}]`;
    if (typeof reference === "object" && "at" in reference && typeof reference.at === "number") {
      return this.stableName(reference.at);
    }
    if (typeof reference === "function") return `function ${reference.name}`;
    if (typeof reference === "symbol") return reference.toString();
    if (typeof reference !== "object") return `${reference as string | number | boolean | bigint}`;
    if (hasDigest(reference)) return reference.digest();
    const parts = Object.entries(reference).map(([key, value]) => `${key}:${this.referenceName(value)}`);
    return `{${parts.sort().join(",")}}`;
  }

  /** Words of the fields of a row that satisfy `test`. */
  words(row: Row, test: (spec: FieldSpec) => boolean): number[] {
    const found: number[] = [];
    for (const { spec, offset } of row.slab.fields) {
      if (test(spec)) for (let i = 0; i < spec.words; i++) found.push(row.at + offset + i);
    }
    return found;
  }

  isCounter(word: number): boolean {
    return this.role[word] === COUNTER;
  }

  isPlain(word: number): boolean {
    return this.role[word] === PLAIN;
  }
}

function hasDigest(thing: object): thing is { digest(): string } {
  return "digest" in thing && typeof thing.digest === "function";
}

/** Where the rows of one slab are: by creator and number. */
class SlabRows {
  /** Rows that were given back and may be used again. */
  readonly spare: Row[] = [];
  /** Allocations so far in this run, by creator. */
  readonly #counts: Int32Array = new Int32Array(MAX_TASKS + 2);
  readonly #atMark: Int32Array = new Int32Array(MAX_TASKS + 2);
  readonly #places: Row[][] = Array.from({ length: MAX_TASKS + 2 }, () => []);

  /** The creator's next row, undefined when it has none yet. */
  take(creator: number): Row | undefined {
    const row = this.#places[creator][this.#counts[creator]];
    if (row !== undefined) this.#counts[creator]++;
    return row;
  }

  /** Number of the creator's next row. */
  count(creator: number): number {
    return this.#counts[creator];
  }

  /** Remembers the creator's next row. */
  put(creator: number, row: Row): void {
    this.#places[creator][this.#counts[creator]++] = row;
  }

  placed(): Row[] {
    const rows: Row[] = [];
    for (let creator = 0; creator < this.#places.length; creator++) {
      const count = this.#counts[creator];
      for (let n = 0; n < count; n++) rows.push(this.#places[creator][n]);
    }
    return rows;
  }

  at(creator: number, n: number): Row | undefined {
    return this.#places[creator]?.[n];
  }

  mark(): void {
    this.#atMark.set(this.#counts);
  }

  reset(): void {
    this.#counts.set(this.#atMark);
  }
}
