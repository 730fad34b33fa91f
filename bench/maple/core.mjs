/** The tree without its class: plan and publish called one after the other, to see what putting them together costs. */
import { checkRange } from "../../dist/maple/arguments.js";
import { Core } from "../../dist/maple/core.js";
import { innerSlot, leafSlot } from "../../dist/maple/search.js";
import { plan, publish, retire } from "../../dist/maple/store.js";

export class Implementation {
  core = new Core(8);

  store(first, last, value) {
    checkRange("store", first, last);
    const t = this.core;
    plan(t, first, last, value === undefined);
    publish(t, t.values.put(value));
    if (t.dead.length !== 0) retire(t);
  }

  get(index) {
    const { P, S, root, height, values } = this.core;
    let n = root;
    for (let level = height; level > 1; level--) n = S[innerSlot(P, S, n << 4, index)];
    return values.visible(S[leafSlot(P, S, n << 4, index)]) ?? -1;
  }
}
