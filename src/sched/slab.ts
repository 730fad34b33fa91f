/**
 * Slabs: where shared structures live. A slab declares its fields once, each with its guard; a row is one structure,
 * read and written like a plain object (`account.balance`), and every access is checked: is the row alive, does anything
 * order this access against the others?
 *
 *   row:  [ life | label | field words ... ]
 *
 * A row's words are placed once per (slab, creating task, n-th allocation of that task) and kept for the whole
 * exploration, so a word number means the same object in every schedule. A freed row is never used again within a
 * run: whoever still holds it meets a dead life mark.
 */
import type { FieldSpec } from "./fields.ts";
import type { Machine } from "./machine.ts";
import { viewOf } from "./views.ts";

/** Life mark of a row. */
export const DEAD = 0;
export const ALIVE = 1;
/** Never was a row: dereferencing it is a bad pointer. */
export const POISON = 2;

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
  /** Words that hold references, counted from the row's first. */
  readonly references: readonly number[];
  /** Names of the fields with entries of their own. */
  readonly sparse: readonly string[];
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
    this.references = placed
      .filter(({ spec }) => spec.type === "ref" || spec.type === "list")
      .map(({ offset }) => offset);
    this.sparse = placed.filter(({ spec }) => spec.type === "sparse").map(({ name }) => name);
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
        const within = offset - field.offset;
        if (field.spec.bits) return `${field.name}.${field.spec.bits[within]}`;
        return field.spec.type === "table" ? `${field.name}[${within}]` : field.name;
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
    // Declared, not initialised: rows are made by the thousand.
    declare readonly machine: Machine;
    declare readonly at: number;
    declare readonly serial: number;
    constructor(machine: Machine, at: number, serial: number) {
      this.machine = machine;
      this.at = at;
      this.serial = serial;
      for (const { spec, name, offset } of fields) {
        const view = viewOf(spec, machine, at + offset);
        if (view !== undefined) (this as unknown as Record<string, unknown>)[name] = view;
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
