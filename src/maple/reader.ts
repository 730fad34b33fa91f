/**
 * A reader without a lock, one node per call.
 *
 *        reader.enter()                       rcu_read_lock
 *        while (reader.step() !== "found");   each call looks at one node
 *        reader.value, reader.first, reader.last
 *        reader.leave()                       rcu_read_unlock
 *
 * Between two calls writers may do anything. A call first reads its slot, then looks whether the node is dead; from a
 * dead node it starts again at the root. So a reader returns what stood at its index at some moment during its
 * walk. A reader that comes back to a node that was freed and used again has been outside a read section, or the grace period
 * was cut short: that throws.
 *
 * Kernel counterparts: `mtree_range_walk`, `ma_dead_node`, `mas_start` (6.12).
 */

import { checkIndex } from "./arguments.ts";
import { type Core, MAX_INDEX } from "./core.ts";
import { reclaim } from "./store.ts";
import type { Reserved } from "./values.ts";

/** What one call did: entered a node, met a dead one and starts over, or arrived. */
export type ReaderStep = "down" | "restart" | "found";

/** Finds the entry at an index in single steps; get one from `MapleTree.reader`. */
export class Reader<V> {
  /** The index looked for. */
  index: number;
  /** After "found": the range around `index` and its entry. */
  first = 0;
  last = 0;
  value: V | Reserved | undefined = undefined;
  readonly #core: Core;
  #node = 0;
  #life = 0;
  /** Levels below the node; -1 = at the root, not started. */
  #levels = -1;
  #min = 0;
  #epoch: number;
  #inside = false;

  /** @internal */
  constructor(core: Core, index: number) {
    this.#core = core;
    this.index = index;
    this.#epoch = core.epoch;
  }

  /** The node the next step looks at, as `picture` and `validate` name it; 0: it starts at the root. */
  get node(): number {
    return this.#levels < 0 ? 0 : this.#node;
  }

  /** Begins a read section: nodes retired from now on stay until it ends. */
  enter(): void {
    if (this.#inside) throw new Error("enter: this reader is in a read section already");
    this.#inside = true;
    this.#epoch = this.#core.epoch;
    this.#levels = -1;
    this.#core.readers++;
  }

  /** Ends the read section. The last one out frees what was retired, unless the tree's owner counts grace periods. */
  leave(): void {
    if (!this.#inside) throw new Error("leave: this reader is in no read section");
    this.#inside = false;
    this.#levels = -1;
    const t = this.#core;
    if (this.#epoch !== t.epoch) return;
    t.readers--;
    if (t.readers === 0 && t.retired === undefined) reclaim(t, t.batch);
  }

  /** Looks for another index from now on. */
  set(index: number): this {
    checkIndex("set", index);
    this.index = index;
    this.#levels = -1;
    return this;
  }

  /** Looks at one node. */
  step(): ReaderStep {
    const t = this.#core;
    const { P, S, E } = t;
    if (this.#levels < 0) {
      this.#epoch = t.epoch;
      if (t.height === 0) return this.#smallTree();
      this.#node = t.root;
      this.#levels = t.height - 1;
      this.#min = 0;
      this.#life = t.lives === undefined ? 0 : t.lives[t.root];
      return "down";
    }
    const n = this.#node;
    if (this.#epoch !== t.epoch) {
      throw new Error(
        "step: the tree went back to a snapshot, or moved its nodes, under this reader; start again",
      );
    }
    if (t.lives !== undefined && t.lives[n] !== this.#life) {
      throw new Error(`step: node ${n} was freed under this reader; stay in a read section, and wait for it`);
    }
    if (E[n] === 0) {
      this.#levels = -1;
      return "restart";
    }
    const base = n << 4;
    let i = base;
    while (P[i] < this.index) i++;
    if (i > base) this.#min = P[i - 1] + 1;
    const slot = S[i];
    if (this.#levels > 0) {
      this.#node = slot;
      this.#levels--;
      this.#life = t.lives === undefined ? 0 : t.lives[slot];
      return "down";
    }
    this.first = this.#min;
    this.last = P[i];
    this.value = t.values.get(slot) as V | Reserved | undefined;
    this.#levels = -1;
    return "found";
  }

  /** All steps at once. */
  load(): V | Reserved | undefined {
    this.#levels = -1;
    while (this.step() !== "found");
    return this.value;
  }

  #smallTree(): ReaderStep {
    const t = this.#core;
    const atZero = t.root !== 0 && this.index === 0;
    this.first = t.root !== 0 && !atZero ? 1 : 0;
    this.last = atZero ? 0 : MAX_INDEX;
    this.value = atZero ? (t.values.get(t.root) as V) : undefined;
    return "found";
  }
}
