/**
 * The strongest package on npm for this job, `sorted-btree`, with what it takes to hold ranges: the key is a range's
 * start, the value a record of its end and value. Records are never changed, because clones share them. Pairs are read
 * into one reused array; a store over exactly one range is one `set`; only keys that really go are deleted.
 */
import sortedBtree from "sorted-btree";
import { TOP } from "./workload.mjs";

const BTree = sortedBtree.default ?? sortedBtree;
const byNumber = (a, b) => a - b;
const FOUND = { break: 0 };

export class Implementation {
  tree = new BTree(undefined, byNumber);
  pair = [0, undefined];
  entries = undefined;
  reused = [];
  spare = undefined;

  store(first, last, value) {
    const { tree, pair } = this;
    let exact = false;
    const before = tree.getPairOrNextLower(first, pair);
    if (before !== undefined) {
      const record = before[1];
      if (record.last >= first) {
        if (before[0] === first) exact = record.last === last;
        else tree.set(before[0], { last: first - 1, value: record.value });
        if (record.last > last) tree.set(last + 1, { last: record.last, value: record.value });
      }
    }
    if (!exact) {
      for (let next = tree.nextHigherPair(first, pair); next !== undefined && next[0] <= last; ) {
        const key = next[0];
        const record = next[1];
        tree.delete(key);
        if (record.last > last) tree.set(last + 1, record);
        next = tree.nextHigherPair(first, pair);
      }
    }
    tree.set(first, { last, value });
  }

  erase(index) {
    const found = this.tree.getPairOrNextLower(index, this.pair);
    if (found !== undefined && found[1].last >= index) this.tree.delete(found[0]);
  }

  get(index) {
    const found = this.tree.getPairOrNextLower(index, this.pair);
    return found !== undefined && found[1].last >= index ? found[1].value : -1;
  }

  next(index) {
    let found = this.tree.getPairOrNextLower(index, this.pair);
    if (found === undefined || found[1].last < index) found = this.tree.nextHigherPair(index, this.pair);
    return found === undefined ? -1 : found[1].last - index + found[1].value;
  }

  iterate(count) {
    let sum = 0;
    for (let k = 0; k < count; k++) {
      if (this.entries === undefined) this.entries = this.tree.entries(undefined, this.reused);
      const step = this.entries.next();
      if (step.done) this.entries = undefined;
      else sum += step.value[1].last - step.value[0] + step.value[1].value;
    }
    return sum;
  }

  /** The fastest walk it has; a callback, not a cursor. */
  iterateAll() {
    let sum = 0;
    this.tree.forEachPair((first, record) => {
      sum += record.last - first + record.value;
    });
    return sum;
  }

  gap(from, size) {
    let start = from;
    const at = this.tree.getPairOrNextLower(from, this.pair);
    if (at !== undefined && at[1].last >= from) start = at[1].last + 1;
    this.tree.forRange(start, TOP * 4, true, (first, record) => {
      if (first - start >= size) return FOUND;
      start = record.last + 1;
      return undefined;
    });
    return start;
  }

  clone() {
    this.spare = this.tree.greedyClone(true);
    return this.spare.size;
  }

  /** It has no such thing. */
  cloneInto() {
    return this.clone();
  }

  snapshot() {
    this.spare = this.tree.clone();
    return this.spare.size;
  }
}
