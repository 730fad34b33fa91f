/** The tree against a live kernel's, store by store: the recording says what it is. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MapleTree, type NodePicture } from "../../src/maple/index.ts";

interface Recording {
  start: [first: number, last: number][];
  writes: [
    first: number,
    last: number,
    value: string | 0,
    by: string,
    leaf: [min: number, max: number] | null,
  ][];
}

const recording = JSON.parse(
  readFileSync(new URL("fixtures/kernel-writes-6.18.json", import.meta.url), "utf8"),
) as Recording;

/** What the kernel calls the function that does this kind of store. */
const BY: Record<string, string> = {
  exact: "-",
  slot: "mas_wr_slot_store",
  node: "mas_wr_node_store",
  split: "mas_wr_bnode",
  rebalance: "mas_wr_bnode",
  spanning: "mas_is_span_wr",
};

function leafAt(root: NodePicture, index: number): NodePicture {
  let node = root;
  while (node.kind === "inner") node = node.slots.find((s) => s.first <= index && index <= s.last)!.child!;
  return node;
}

describe("493 writes recorded on Linux 6.18", () => {
  it("are the same kinds of write into the same leaves in our tree", () => {
    const tree = new MapleTree<string>({ rcu: true });
    for (const [first, last] of recording.start) tree.store(first, last, "start");
    const kinds = new Map<string, number>();
    for (const [i, [first, last, value, by, leaf]] of recording.writes.entries()) {
      const stored = value === 0 ? undefined : value;
      const { kind } = tree.planStore(first, last, stored);
      if (BY[kind] !== by) throw new Error(`write ${i}: ours is ${kind}, the kernel's went through ${by}`);
      if (leaf !== null) {
        const ours = leafAt(tree.picture()!, first);
        if (ours.min !== leaf[0] || ours.max !== leaf[1]) {
          throw new Error(
            `write ${i}: our leaf is [${ours.min}, ${ours.max}], the kernel's [${leaf.join(", ")}]`,
          );
        }
      }
      tree.store(first, last, stored);
      tree.validate();
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect(Object.fromEntries(kinds)).toEqual({ exact: 59, node: 352, slot: 32, spanning: 36, split: 14 });
  });
});
