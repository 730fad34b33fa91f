/**
 * What an exploration went through, and what it never did: a clean result says as much as was tried.
 *
 *     executed     steps (task, kind, field, function) that ran in some execution; those still waiting at an end
 *     orders       lock b asked for while lock a was held, by whom
 *     pairs        two steps of different tasks met in a field with nothing to order them, in this order
 *     outcomes     choices, how many outcomes they have and which were taken
 *
 * Only what is new in an execution is looked at. Everything is plain data: the coverage of parts is the union of theirs.
 */
import {
  canBlock,
  conflicts,
  KIND_NAMES,
  kinds,
  MAX_OBJECTS,
  type Machine,
  type RunEnd,
} from "../sched/index.ts";
import { withoutSerial } from "./naming.ts";
import type { Order } from "./order.ts";
import { isLockKind } from "./waiting.ts";

const { CHOICE, NONE, W } = kinds;

/** What was seen: plain data, JSON-able, lists in order of name. */
export interface Coverage {
  /** Steps that ran: `task: kind field in function`. */
  readonly executed: readonly string[];
  /** Steps that some execution ended waiting for. */
  readonly waited: readonly string[];
  /** `a > b: task`: the task asked for lock b while it held lock a. */
  readonly orders: readonly string[];
  /** `step | step`: they met in this order, and nothing but chance ordered them. */
  readonly pairs: readonly string[];
  readonly outcomes: readonly ChoiceSeen[];
  /** Messages of the assertions that were reached. */
  readonly assertions: readonly string[];
  /** Executions in which every task came to its end. */
  readonly ended: number;
}

/** A place of choice. */
export interface ChoiceSeen {
  readonly site: string;
  readonly count: number;
  readonly taken: readonly number[];
}

/** What never happened. */
export interface NeverTaken {
  /** Steps that were announced and in no execution taken. */
  readonly steps: readonly string[];
  /** Locks that were taken in one order only: `{ first, then }`. The other order was never tried, or there is none. */
  readonly lockOrders: readonly {
    readonly first: string;
    readonly second: string;
    readonly tasks: readonly string[];
  }[];
  /** Steps that met in one order only. After an exhausted exploration: the other order does not exist. */
  readonly pairs: readonly { readonly first: string; readonly second: string }[];
  readonly outcomes: readonly { readonly site: string; readonly never: readonly number[] }[];
  /** Sentences: what makes a clean result say less than it seems to. */
  readonly warnings: readonly string[];
}

/** What a program and its budgets promise, for the warnings. */
export interface Expected {
  readonly faults: number;
  /** Messages of assertions that must be reached. */
  readonly assertions?: readonly string[];
  /** There is a check behind the end. */
  readonly after?: boolean;
}

/** What never happened in all of these together: the coverage of one exploration, or of its parts. */
export function neverTaken(seen: readonly Coverage[], expected: Expected): NeverTaken {
  const all = mergeCoverage(seen);
  const executed = new Set(all.executed);
  const pairs = new Set(all.pairs);
  const orders = new Map<string, string[]>();
  for (const order of all.orders) {
    const at = order.lastIndexOf(": ");
    const locks = order.slice(0, at);
    orders.set(locks, [...(orders.get(locks) ?? []), order.slice(at + 2)]);
  }
  const outcomes = all.outcomes
    .map(({ site, count, taken }) => ({
      site,
      never: Array.from({ length: count }, (_, o) => o).filter((o) => !taken.includes(o)),
    }))
    .filter(({ never }) => never.length > 0);
  return {
    steps: all.waited.filter((step) => !executed.has(step)),
    lockOrders: [...orders]
      .map(([locks, tasks]) => ({ ...split(locks, " > "), tasks }))
      .filter(({ first, second }) => first !== second && !orders.has(`${second} > ${first}`)),
    pairs: all.pairs
      .map((pair) => split(pair, " | "))
      .filter(({ first, second }) => !pairs.has(`${second} | ${first}`)),
    outcomes,
    warnings: warnings(all, expected),
  };
}

function warnings(all: Coverage, { faults, assertions = [], after = false }: Expected): string[] {
  const found = assertions
    .filter((message) => !all.assertions.includes(message))
    .map((message) => `the assertion "${message}" was never reached`);
  if (after && all.ended === 0) found.push("no execution came to its end: the final check never ran");
  if (faults > 0 && all.outcomes.length === 0) {
    found.push(`${faults} faults are allowed, but no place was reached where something may fail`);
  }
  if (faults > 0) {
    for (const { site, count, taken } of all.outcomes) {
      if (count > 1 && taken.every((o) => o === 0)) found.push(`the fault "${site}" never happened`);
    }
  }
  return found;
}

function split(text: string, by: string): { readonly first: string; readonly second: string } {
  const at = text.indexOf(by);
  return { first: text.slice(0, at), second: text.slice(at + by.length) };
}

/** The union. */
export function mergeCoverage(seen: readonly Coverage[]): Coverage {
  const outcomes = new Map<string, { count: number; taken: Set<number> }>();
  for (const { site, count, taken } of seen.flatMap((c) => c.outcomes)) {
    const known = outcomes.get(site) ?? { count: 0, taken: new Set() };
    outcomes.set(site, {
      count: Math.max(known.count, count),
      taken: new Set([...known.taken, ...taken]),
    });
  }
  const union = (list: (c: Coverage) => readonly string[]): string[] =>
    [...new Set(seen.flatMap(list))].sort();
  return {
    executed: union((c) => c.executed),
    waited: union((c) => c.waited),
    orders: union((c) => c.orders),
    pairs: union((c) => c.pairs),
    outcomes: [...outcomes]
      .map(([site, { count, taken }]) => ({ site, count, taken: [...taken].sort((a, b) => a - b) }))
      .sort((a, b) => (a.site < b.site ? -1 : 1)),
    assertions: union((c) => c.assertions),
    ended: seen.reduce((sum, c) => sum + c.ended, 0),
  };
}

/** A lock that a task holds, and those it held before. */
interface Held {
  readonly word: number;
  readonly name: string;
  readonly rest: Held | null;
}

/** Collects the coverage of one exploration. */
export class Collector {
  readonly #machine: Machine;
  readonly #executed: Set<string> = new Set();
  readonly #waited: Set<string> = new Set();
  readonly #orders: Set<string> = new Set();
  readonly #pairs: Set<string> = new Set();
  readonly #counts: Map<string, number> = new Map();
  #ended = 0;
  /** From before the exploration was resumed. */
  #before: readonly Coverage[] = [];
  /** By log entry: the step's name, and what its task holds behind it. */
  readonly #names: string[] = [];
  readonly #held: (Held | null)[] = [];
  readonly #fields: string[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
    machine.watchAssertions = true;
  }

  /** Takes over what was seen elsewhere: before the exploration was stopped, or by a part of it. */
  resume(before: Coverage): void {
    this.#before = [...this.#before, before];
  }

  /** A choice was met. */
  choice(site: string, count: number): void {
    if ((this.#counts.get(site) ?? 0) < count) this.#counts.set(site, count);
  }

  /** Looks at the newest run from entry `from` on. */
  add(order: Order, from: number): void {
    const machine = this.#machine;
    const { log } = machine;
    for (let i = from; i < log.length; i++) {
      const before = log.previous[i] >= 0 ? this.#held[log.previous[i]] : null;
      this.#held[i] = before;
      if (log.kind[i] === CHOICE) continue;
      const name = this.#name(log.task[i], log.kind[i], log.object[log.firstAccess[i]], log.site[i]);
      this.#names[i] = name;
      this.#executed.add(name);
      this.#meets(order, i);
      this.#holds(i, before);
    }
  }

  /** The newest run counts. */
  count(end: RunEnd): void {
    const machine = this.#machine;
    if (end === "done" && machine.killed === 0) this.#ended++;
    if (end !== "blocked") return;
    for (let t = 0; t < machine.tasks; t++) {
      if (machine.pendingKind[t] === NONE) continue;
      const word = machine.pendingObject[t * MAX_OBJECTS];
      this.#waited.add(this.#name(t, machine.pendingKind[t], word, machine.pendingSite[t]));
    }
  }

  #name(task: number, kind: number, word: number, site: string): string {
    return `${this.#machine.taskNames[task]}: ${KIND_NAMES[kind]} ${this.#field(word)}${site === "" ? "" : ` in ${site}`}`;
  }

  #field(word: number): string {
    let field = this.#fields[word];
    if (field === undefined) {
      field = withoutSerial(this.#machine.nameOf(word));
      this.#fields[word] = field;
    }
    return field;
  }

  /** Steps of others that entry i met: they conflict in its first object, and nothing else orders them before it. */
  #meets(order: Order, i: number): void {
    const { log } = this.#machine;
    const kind = log.kind[i];
    if (!mayComeFirst(kind)) return;
    const own = log.previous[i];
    let last = own;
    while (last >= 0 && log.kind[last] === CHOICE) last = log.previous[last];
    const first = log.firstAccess[i];
    for (let p = log.previousAccess[first]; p >= 0; p = log.previousAccess[p]) {
      const e = log.entry[p];
      const release = isRelease(log.kind[e]);
      if (log.task[e] === log.task[i]) {
        if (log.accessClass[p] === W && !release) return;
        continue;
      }
      if (release || !conflicts(log.accessClass[p], log.accessClass[first])) continue;
      if (last >= 0 && order.happensBefore(e, last)) return;
      if (mayComeFirst(log.kind[e])) this.#pairs.add(`${this.#names[e]} | ${this.#names[i]}`);
      if (log.accessClass[p] === W) return;
    }
  }

  /** Locks that the task of entry i holds behind it, and the orders in which it asked for them. */
  #holds(i: number, before: Held | null): void {
    const { log } = this.#machine;
    const word = log.object[log.firstAccess[i]];
    if (log.kind[i] === kinds.DOWNGRADE) return; // still held
    if (isRelease(log.kind[i])) {
      this.#held[i] = without(before, word);
      return;
    }
    const tries = isTry(log.kind[i]);
    if (!(isLockKind(log.kind[i]) || tries) || log.outcome[i] !== 1) return;
    const name = this.#field(word);
    if (!tries) {
      for (let h = before; h !== null; h = h.rest)
        this.#orders.add(`${h.name} > ${name}: ${this.#machine.taskNames[log.task[i]]}`);
    }
    this.#held[i] = { word, name, rest: before };
  }

  /** What was seen so far. @param sites outcomes taken at each place of choice */
  result(sites: ReadonlyMap<string, ReadonlySet<number>>): Coverage {
    const own: Coverage = {
      executed: [...this.#executed],
      waited: [...this.#waited],
      orders: [...this.#orders],
      pairs: [...this.#pairs],
      outcomes: [...sites].map(([site, taken]) => ({
        site,
        count: this.#counts.get(site) ?? 0,
        taken: [...taken],
      })),
      assertions: [...this.#machine.assertionsReached],
      ended: this.#ended,
    };
    return mergeCoverage([...this.#before, own]);
  }
}

/** Steps that wait for a condition come behind what makes it true: their order says nothing. */
function mayComeFirst(kind: number): boolean {
  return !isRelease(kind) && (!canBlock(kind) || isLockKind(kind));
}

function isRelease(kind: number): boolean {
  switch (kind) {
    case kinds.UNLOCK:
    case kinds.READ_UNLOCK:
    case kinds.WRITE_UNLOCK:
    case kinds.DOWNGRADE:
      return true;
    default:
      return false;
  }
}

function isTry(kind: number): boolean {
  return kind === kinds.TRYLOCK || kind === kinds.READ_TRYLOCK || kind === kinds.WRITE_TRYLOCK;
}

function without(held: Held | null, word: number): Held | null {
  if (held === null) return null;
  if (held.word === word) return held.rest;
  return { ...held, rest: without(held.rest, word) };
}
