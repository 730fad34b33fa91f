/**
 * Asking for locks: what can be said when a task asks, before anybody has to wait.
 *
 *   recursion         it holds the lock itself
 *   sleep in atomic   it may have to sleep, and must not
 *   order             which locks it holds while it asks: see `lock-order.ts`
 *
 * Words of pseudo-locks (what an allocation may have to wait for) are negative: they have a class and no state.
 */

import type { FindingFacts } from "./finding.ts";
import type { Holds } from "./holds.ts";
import type { LockOrder } from "./lock-order.ts";
import { FAIR, IRQ, RCU, RWSEM, SPIN } from "./roles.ts";
import type { Rows } from "./rows.ts";

/** What asking needs from the execution it belongs to. */
export interface AskingHost {
  readonly taskNames: readonly string[];
  nameOf(word: number): string;
  note(code: string, facts: FindingFacts): void;
}

/** Stands for "somewhere in the replayed part": what is known from there is known already. */
export const REPLAYED = -2;

/** Looks at every request for a lock. */
export class Asking {
  readonly #order: LockOrder;
  readonly #rows: Rows;
  readonly #held: Holds;
  readonly #host: AskingHost;
  /** Lock classes by word and subclass. */
  readonly #lockClass: Map<number, number> = new Map();
  readonly #pseudoNames: string[] = [];

  constructor(order: LockOrder, rows: Rows, held: Holds, host: AskingHost) {
    this.#order = order;
    this.#rows = rows;
    this.#held = held;
    this.#host = host;
  }

  #classOf(word: number, subclass: number): number {
    const key = word * 8 + subclass;
    let n = this.#lockClass.get(key);
    if (n === undefined) {
      const field = this.#rows.fieldOf(word);
      const name = field ? `${field.row.slab.name}.${field.field}` : this.#rows.stableName(word);
      n = this.#order.node(subclass === 0 ? name : `${name}/${subclass}`);
      this.#lockClass.set(key, n);
    }
    return n;
  }

  /**
   * Task t asks for a lock while it holds something. Returns true when it is the lock it holds: it will wait for ever.
   * @param sleeps waiting for the lock is sleeping. @param entry log entry behind which it asks, -2 when it is replayed
   */
  whileHolding(
    t: number,
    word: number,
    write: boolean,
    subclass: number,
    sleeps: boolean,
    site: string,
    entry: number,
  ): boolean {
    const holder = t + 1;
    const name = this.#host.taskNames[t];
    if (sleeps && this.#held.atomicDepth[holder] > 0) {
      this.maySleep(t + 1, `${name} asks for ${this.#host.nameOf(word)}, which may sleep,`, site);
    }
    const heldRead = this.#held.has(holder, word, false);
    if (word < 0 && this.#held.count(holder, word) > 0) return false; // already inside: it does not wait for itself
    if (this.#held.has(holder, word, true) || (heldRead && write)) {
      this.#host.note("recursion", {
        message: `${name} asks for ${this.#host.nameOf(word)}${write ? "" : " for reading"} although it holds it${heldRead ? " for reading" : ""} itself`,
        objects: [this.#host.nameOf(word)],
        site,
      });
      return true;
    }
    if (entry === REPLAYED) return false;
    if (heldRead) {
      const node = this.#order.node(this.#rows.stableName(word));
      this.#order.readsAgain({ node, task: t, site, entry });
      return false;
    }
    const list = this.#held.list[holder];
    const subclasses = this.#held.subclasses[holder];
    for (let h = 0; h < list.length; h++) {
      const from = list[h] >> 1;
      const gates = list.filter((_, i) => i !== h).map((entry) => entry >> 1);
      let fromNode = from < 0 ? this.#pseudoNode(from) : this.#classOf(from, subclasses[h]);
      let toNode = word < 0 ? this.#pseudoNode(word) : this.#classOf(word, subclass);
      if (fromNode === toNode) {
        fromNode = this.#order.node(this.#rows.stableName(from));
        toNode = this.#order.node(this.#rows.stableName(word));
      }
      this.#order.add({
        from: fromNode,
        to: toNode,
        fromRead: (list[h] & 1) === 0,
        toRead: !write,
        gates,
        task: t,
        site,
        entry,
      });
    }
    return false;
  }

  /** Task t asks for a reader/writer lock in write mode. */
  toWrite(t: number, word: number, subclass: number, site: string, entry: number): void {
    if (this.#rows.role[word] !== RWSEM && this.#rows.role[word] !== FAIR) return;
    this.#order.writes({ node: this.#classOf(word, subclass), task: t, site, entry });
    this.#order.writes({ node: this.#order.node(this.#rows.stableName(word)), task: t, site, entry });
  }

  /** Once the run is over: what its orders of locks could have led to. */
  judge(): void {
    for (const cycle of this.#order.cycles()) {
      const ways = cycle.map(({ task, from, to, site }) => {
        return `${this.#host.taskNames[task]} asks for ${to} while holding ${from}${site ? ` in ${site}` : ""}`;
      });
      this.#host.note("lock-order", {
        message: `locks are taken in a circle: ${ways.join("; ")}`,
        objects: cycle.map((step) => step.from),
        at: { task: this.#host.taskNames[cycle[0].task], site: cycle[0].site, event: cycle[0].entry },
        potential: true,
      });
    }
    for (const { reader, writer } of this.#order.recursiveReads()) {
      const lock = this.#order.nameOf(reader.node);
      this.#host.note("recursive-read", {
        message: `${this.#host.taskNames[reader.task]} takes ${lock} for reading twice${reader.site ? ` (in ${reader.site})` : ""}: with ${this.#host.taskNames[writer.task]} waiting to write in between, a fair lock lets neither go on`,
        objects: [lock],
        at: { task: this.#host.taskNames[reader.task], site: reader.site, event: reader.entry },
        potential: true,
      });
    }
  }

  #pseudoNode(word: number): number {
    return this.#order.node(this.#pseudoNames[-1 - word]);
  }
  /** The word that stands for a pseudo-lock: a negative one. */
  pseudoWord(name: string): number {
    let n = this.#pseudoNames.indexOf(name);
    if (n < 0) n = this.#pseudoNames.push(name) - 1;
    return -1 - n;
  }

  /** A finding when the holder is in atomic context. @param what sentence without its end: "A asks for m" */
  maySleep(holder: number, what: string, site: string): void {
    if (this.#held.atomicDepth[holder] === 0) return;
    const why = this.#held.list[holder]
      .map((entry) => entry >> 1)
      .filter((word) => word >= 0 && isAtomicRole(this.#rows.role[word]))
      .map((word) => this.#host.nameOf(word));
    this.#host.note("sleep-in-atomic", {
      message: `${what} while it is in atomic context: ${why.join(", ")}`,
      objects: why,
      site,
    });
  }
}

function isAtomicRole(role: number): boolean {
  return role === SPIN || role === IRQ || role === RCU;
}
