/** The maple tree behind the methods of the workload. */
import { MapleTree } from "../../dist/maple/index.js";
import { TOP } from "./workload.mjs";

export class Implementation {
  tree = new MapleTree();
  walker = this.tree.cursor();
  finder = this.tree.cursor();
  spare = undefined;
  used = undefined;

  store(first, last, value) {
    this.tree.store(first, last, value);
  }

  erase(index) {
    this.tree.erase(index);
  }

  get(index) {
    return this.tree.load(index) ?? -1;
  }

  next(index) {
    const value = this.finder.set(index).find();
    return value === undefined ? -1 : this.finder.last - index + value;
  }

  iterate(count) {
    const { walker } = this;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const value = walker.find();
      if (value === undefined) walker.set(0);
      else sum += walker.last - walker.index + value;
    }
    return sum;
  }

  /** The same walk in one loop. */
  iterateAll() {
    const { walker } = this;
    let sum = 0;
    walker.set(0);
    for (let value = walker.find(); value !== undefined; value = walker.find()) {
      sum += walker.last - walker.index + value;
    }
    return sum;
  }

  gap(from, size) {
    return this.tree.emptyArea(from, TOP * 4, size);
  }

  clone() {
    this.spare = this.tree.clone();
    return this.spare.size;
  }

  /** The same into the memory of the copy before. */
  cloneInto() {
    this.used = this.tree.clone(this.used);
    return this.used.size;
  }

  snapshot() {
    const snapshot = this.tree.snapshot();
    const { size } = snapshot;
    this.tree.forget(snapshot);
    return size;
  }
}
