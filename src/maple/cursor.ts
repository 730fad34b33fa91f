/**
 * A position in a tree, in the manner of the kernel's `struct ma_state`.
 *
 * `index` and `last` are the range the cursor stands on. A cursor shows reserved entries; the methods ending in
 * `Range` also stop at null ranges. It survives every change of the tree: it notices the change at its next move and
 * walks down again, forward moves from behind `last`, backward moves from before `index`.
 *
 *   start       just set: the next `find` looks at `index` itself
 *   active      stands on a range
 *   pause       `pause()` was called: the next move starts behind (before) the range
 *   overflow    a forward move met its limit; the next backward move returns the entry the cursor stands on
 *   underflow   the mirror image
 *   none        the tree has no node to stand in
 *
 * Kernel counterparts: `mas_walk`, `mas_find`, `mas_find_rev`, `mas_next`, `mas_prev`, their `_range` variants, `mas_set_range`,
 * `mas_pause` (6.12). As in the kernel, a limit bounds where an entry *starts* (forward) or *ends* (backward).
 */

import { checkIndex, checkRange } from "./arguments.ts";
import { type Core, MAX_HEIGHT, MAX_INDEX } from "./core.ts";
import { innerSlot, leafSlot } from "./search.ts";
import type { Reserved } from "./values.ts";

const START = 0;
const ACTIVE = 1;
const PAUSE = 2;
const OVERFLOW = 3;
const UNDERFLOW = 4;
const NONE = 5;
const STATUS = ["start", "active", "pause", "overflow", "underflow", "none"] as const;

/** What a cursor's next move does; see the head of this file. */
export type CursorStatus = (typeof STATUS)[number];

/** What a cursor can do to its tree. */
export interface CursorOwner<V> {
  store(first: number, last: number, value: V | Reserved | undefined): boolean;
}

/** A movable position in a tree; get one from `MapleTree.cursor`. */
export class Cursor<V> {
  // Number fields start as numbers: one that is declared and set later would box every number stored in it.
  /** First index of the range the cursor stands on, or the index it was set to. */
  index: number = 0;
  /** Last index of that range. */
  last: number = 0;
  readonly #core: Core;
  readonly #owner: CursorOwner<V>;
  #status = START;
  #version = -1;
  /** Absolute slot per level; the leaf's is `#slot`. */
  readonly #path: Int32Array = new Int32Array(MAX_HEIGHT);
  #slot = 0;
  /** Last used slot of the leaf; 0 = not looked up, which costs a memory access that a single `find` does not need. */
  #end = 0;

  /** @internal */
  constructor(core: Core, owner: CursorOwner<V>, index: number) {
    this.#core = core;
    this.#owner = owner;
    this.index = index;
    this.last = index;
  }

  /** What the next move does. */
  get status(): CursorStatus {
    return STATUS[this.#status];
  }

  /** Aims at one index; the next `find` looks there. */
  set(index: number): this {
    checkIndex("set", index);
    this.index = index;
    this.last = index;
    this.#status = START;
    return this;
  }

  /** Aims at a range, for `store`; the next `find` looks at `first`. */
  setRange(first: number, last: number): this {
    checkRange("setRange", first, last);
    this.index = first;
    this.last = last;
    this.#status = START;
    return this;
  }

  /** Takes over the position of another cursor of the same tree. */
  moveTo(other: Cursor<V>): this {
    if (!(other instanceof Cursor)) {
      throw new TypeError("moveTo: that is no cursor; take one from this tree with cursor()");
    }
    if (other.#core !== this.#core) {
      throw new Error("moveTo: that cursor belongs to another tree; take one from this tree with cursor()");
    }
    this.index = other.index;
    this.last = other.last;
    this.#status = other.#status;
    this.#version = -1;
    return this;
  }

  /** Stands down: the next move walks again, from behind this range (or before it). For when the tree's lock is dropped. */
  pause(): void {
    this.#status = PAUSE;
  }

  /** Goes to the range that holds `index`, null range or not, and returns its entry. */
  walk(): V | Reserved | undefined {
    if (this.#core.height === 0) return this.#walkRoot();
    return this.#entry(this.#walk(this.index));
  }

  /** First call after `set`: the entry at or behind `index`. Later: the next one. Undefined when it starts behind `max`. */
  find(max: number = MAX_INDEX): V | Reserved | undefined {
    const t = this.#core;
    if (this.#version === t.version && this.#status === ACTIVE && max >= 0) {
      if (this.last >= max) return undefined;
      const { P, S } = t;
      let i = this.#slot + 1;
      // Null ranges never touch, so there is one at most to step over: + 1 when the handle is 0, without a branch,
      // because half of all entries have one before them and no processor can guess which.
      const handle = S[i];
      i += 1 + ((handle | (0 - handle)) >> 31);
      if (i <= this.#end) {
        const index = P[i - 1] + 1;
        if (index <= max) {
          this.#slot = i;
          this.index = index;
          this.last = P[i];
          return t.values.get(S[i]) as V | Reserved;
        }
      }
      const entry = this.#stepForward(max, false);
      this.#status = ACTIVE;
      return entry;
    }
    return this.#findSlowly(max, false);
  }

  /** As `find`, but stops at null ranges as well. */
  findRange(max: number = MAX_INDEX): V | Reserved | undefined {
    return this.#findSlowly(max, true);
  }

  /** First call after `set`: the entry at or before `index`. Later: the previous one. Undefined when it ends before `min`. */
  findBack(min: number = 0): V | Reserved | undefined {
    checkIndex("findBack", min);
    switch (this.#status) {
      case PAUSE:
        if (this.index <= min) {
          this.#status = UNDERFLOW;
          return undefined;
        }
        this.index--;
        this.last = this.index;
        this.#status = START;
        break;
      case NONE:
        if (this.index <= min) return undefined;
        this.last = this.index;
        this.#status = START;
        break;
      case OVERFLOW:
      case UNDERFLOW:
        if (this.index <= min) {
          this.#status = UNDERFLOW;
          return undefined;
        }
        this.#status = ACTIVE;
        break;
    }
    if (this.#status === START) {
      if (this.index < min) return undefined;
      const entry = this.walk();
      if (entry !== undefined) return entry;
    }
    if (this.#core.height === 0) return this.#previousOfRoot(min);
    if (this.index < min) return undefined;
    this.#refresh();
    return this.#stepBack(min, false);
  }

  /** The entry behind the one the cursor stands on; undefined when it starts behind `max`. */
  next(max: number = MAX_INDEX): V | Reserved | undefined {
    return this.#next(max, false);
  }

  /** The range behind this one, null or not. */
  nextRange(max: number = MAX_INDEX): V | Reserved | undefined {
    return this.#next(max, true);
  }

  /** The entry before the one the cursor stands on; undefined when it ends before `min`. */
  prev(min: number = 0): V | Reserved | undefined {
    return this.#previous(min, false);
  }

  /** The range before this one, null or not. */
  prevRange(min: number = 0): V | Reserved | undefined {
    return this.#previous(min, true);
  }

  /** Stores over [index, last], as `mas_store`; false when the allocator refuses. The cursor stays on that range. */
  store(value: V | Reserved | undefined): boolean {
    return this.#owner.store(this.index, this.last, value);
  }

  /** Goes to the entry at `index` and erases its whole range. Undefined when there is none or the allocator refuses. */
  erase(): V | Reserved | undefined {
    const entry = this.walk();
    if (entry === undefined) return undefined;
    return this.#owner.store(this.index, this.last, undefined) ? entry : undefined;
  }

  #next(max: number, empty: boolean): V | Reserved | undefined {
    checkIndex("next", max);
    if (this.last >= max) {
      this.#status = OVERFLOW;
      return undefined;
    }
    const wasNone = this.#status === NONE;
    if (this.#status === NONE || this.#status === PAUSE || this.#status === START) this.walk();
    else if (this.#status === UNDERFLOW) {
      const entry = this.walk();
      if (entry !== undefined) return entry;
    }
    if (this.#core.height === 0) return this.#nextOfRoot(wasNone);
    this.#refresh();
    this.#status = ACTIVE;
    return this.#stepForward(max, empty);
  }

  #previous(min: number, empty: boolean): V | Reserved | undefined {
    checkIndex("prev", min);
    if (this.index <= min) {
      this.#status = UNDERFLOW;
      return undefined;
    }
    if (this.#status === OVERFLOW) {
      const entry = this.walk();
      if (entry !== undefined) return entry;
    } else if (this.#status === START || this.#status === NONE || this.#status === PAUSE) this.walk();
    if (this.#core.height === 0) return this.#previousOfRoot(min);
    this.#refresh();
    this.#status = ACTIVE;
    return this.#stepBack(min, empty);
  }

  #findSlowly(max: number, empty: boolean): V | Reserved | undefined {
    checkIndex("find", max);
    switch (this.#status) {
      case ACTIVE:
        if (this.last >= max) return undefined;
        break;
      case PAUSE:
        if (this.last >= max) return undefined;
        this.index = ++this.last;
        this.#status = START;
        break;
      case NONE:
        if (this.last >= max) return undefined;
        this.index = this.last;
        this.#status = START;
        break;
      case OVERFLOW:
      case UNDERFLOW: {
        if ((this.#status === OVERFLOW ? this.last : this.index) >= max) {
          this.#status = OVERFLOW;
          return undefined;
        }
        const entry = this.walk();
        if (entry !== undefined) return entry;
        break;
      }
    }
    if (this.#status === START) {
      if (this.index > max) return undefined;
      const entry = this.walk();
      if (entry !== undefined || empty) return entry;
    }
    if (this.#core.height === 0) {
      this.#nextOfRoot(false);
      return undefined;
    }
    this.#refresh();
    const entry = this.#stepForward(max, empty);
    // An overflow of `find` is not remembered: the next call with a larger limit goes on.
    if (!empty) this.#status = ACTIVE;
    return entry;
  }

  /** Descends to an index; returns the slot. */
  #walk(index: number): number {
    const t = this.#core;
    const { P, S } = t;
    const path = this.#path;
    const bottom = t.height - 1;
    let n = t.root;
    for (let d = 0; d < bottom; d++) {
      const i = innerSlot(P, S, n << 4, index);
      path[d] = i;
      n = S[i];
    }
    const slot = leafSlot(P, S, n << 4, index);
    this.#slot = slot;
    this.#end = 0;
    this.index = this.#start(slot);
    this.last = P[slot];
    this.#status = ACTIVE;
    this.#version = t.version;
    return slot;
  }

  #entry(slot: number): V | Reserved | undefined {
    const t = this.#core;
    return t.values.get(t.S[slot]) as V | Reserved | undefined;
  }

  /** Finds the slot of the present range again when the tree has changed; the range may have been cut or merged. */
  #refresh(): void {
    if (this.#version === this.#core.version) return;
    const { index, last } = this;
    this.#walk(index);
    this.index = index;
    this.last = last;
  }

  /** Goes forward from `#slot`, up to an entry (or any range). Leaves the cursor on the last range it saw. */
  #stepForward(max: number, empty: boolean): V | Reserved | undefined {
    const t = this.#core;
    const { P, S, E } = t;
    const path = this.#path;
    // The range may have been cut since: then what follows starts behind the old `last`, perhaps in the same slot. The
    // old `last` is below `max`, or the caller would have ended the walk.
    let i = this.#slot;
    let last = this.last;
    if (P[i] !== last) {
      this.#walk(last + 1);
      const entry = this.#entry(this.#slot);
      if (entry !== undefined) this.index = last + 1;
      if (entry !== undefined || empty) return entry;
      i = this.#slot;
      last = this.last;
    }
    if (this.#end === 0) this.#end = ((i >> 4) << 4) + E[i >> 4] - 1;
    for (;;) {
      if (last >= max) {
        this.#slot = i;
        this.#status = OVERFLOW;
        return undefined;
      }
      if (i < this.#end) i++;
      else {
        // The last slot of the tree ends at the highest index, which no limit exceeds: there is a node to the right.
        let d = t.height - 2;
        while (path[d] === ((path[d] >> 4) << 4) + E[path[d] >> 4] - 1) d--;
        path[d]++;
        for (d++; d < t.height - 1; d++) path[d] = S[path[d - 1]] << 4;
        const n = S[path[d - 1]];
        i = n << 4;
        this.#end = i + E[n] - 1;
      }
      this.index = last + 1;
      last = P[i];
      this.last = last;
      const handle = S[i];
      if (handle !== 0 || empty) {
        this.#slot = i;
        return t.values.get(handle) as V | Reserved | undefined;
      }
    }
  }

  /** The mirror image. */
  #stepBack(min: number, empty: boolean): V | Reserved | undefined {
    const t = this.#core;
    const { S, E } = t;
    const path = this.#path;
    let i = this.#slot;
    let index = this.index;
    if (this.#start(i) !== index) {
      // The slot was cut or grew: look again at what lies before the old range.
      this.#walk(index - 1);
      this.last = index - 1;
      const entry = this.#entry(this.#slot);
      if (entry !== undefined || empty) return entry;
      i = this.#slot;
      index = this.index;
    }
    for (;;) {
      if (index <= min) {
        this.#slot = i;
        this.#status = UNDERFLOW;
        return undefined;
      }
      const base = (i >> 4) << 4;
      if (i > base) i--;
      else {
        let d = t.height - 2;
        while (path[d] === (path[d] >> 4) << 4) d--;
        path[d]--;
        for (d++; d < t.height - 1; d++) {
          const n = S[path[d - 1]];
          path[d] = (n << 4) + E[n] - 1;
        }
        const n = S[path[d - 1]];
        i = (n << 4) + E[n] - 1;
        this.#end = i;
      }
      this.last = index - 1;
      index = this.#start(i);
      this.index = index;
      const handle = S[i];
      if (handle !== 0 || empty) {
        this.#slot = i;
        return t.values.get(handle) as V | Reserved | undefined;
      }
    }
  }

  /** First index of a slot of the present leaf. */
  #start(slot: number): number {
    const { P, height } = this.#core;
    if (slot & 15) return P[slot - 1] + 1;
    for (let d = height - 2; d >= 0; d--) if (this.#path[d] & 15) return P[this.#path[d] - 1] + 1;
    return 0;
  }

  /** The tree has no node: one value at index 0, or nothing. */
  #walkRoot(): V | Reserved | undefined {
    const t = this.#core;
    // There is no slot to go on from.
    this.#version = -1;
    if (t.root === 0) {
      this.index = 0;
      this.last = MAX_INDEX;
      this.#status = NONE;
      return undefined;
    }
    if (this.index === 0) {
      this.last = 0;
      this.#status = ACTIVE;
      return t.values.get(t.root) as V;
    }
    this.index = 1;
    this.last = MAX_INDEX;
    this.#status = NONE;
    return undefined;
  }

  #nextOfRoot(wasNone: boolean): V | Reserved | undefined {
    if (this.#core.root === 0 || wasNone) return undefined;
    this.index = 1;
    this.last = MAX_INDEX;
    this.#status = NONE;
    return undefined;
  }

  #previousOfRoot(min: number): V | Reserved | undefined {
    const t = this.#core;
    if (this.index === 0 || t.root === 0 || min > 0) {
      this.#status = NONE;
      return undefined;
    }
    this.index = 0;
    this.last = 0;
    this.#status = ACTIVE;
    return t.values.get(t.root) as V;
  }
}
