// Where does erasing the stale VMAs of a half-copied tree ask for memory?
//
//     node examples/questions/erasing.mjs FILE...      FILE: a copy of /proc/PID/maps
//
// For each VMA at which the copy may stop, the tree is filled as the parent's, and what is left of the parent is taken out in each
// of the ways that were proposed. Counted are the points of failure at which this asks for at least one node, and the most
// nodes that one store asks for. The tree is the child's: nobody reads it yet, so it is not in RCU mode.

import { readFileSync } from "node:fs";
import { MapsReader } from "interleaf/import";
import { MapleTree, ZERO_ENTRY } from "interleaf/maple";

/** The areas of a file: of several processes, the first. */
const areasOf = (file) => {
  const reader = new MapsReader({ file });
  reader.push(readFileSync(file));
  const end = reader.end();
  if (!end.ok) throw new Error(end.problem.message);
  return end.snapshots[0].image.areas;
};

const treeOf = (areas) => {
  const tree = new MapleTree();
  for (const area of areas) tree.store(area.startPage, area.endPage - 1, area);
  return tree;
};

/** Takes [first, last] out or overwrites it; the nodes that this asked for. */
const store = (tree, first, last, value) => {
  const nodes = tree.nodesForStore(first, last, value);
  tree.store(first, last, value);
  return nodes;
};

/** The proposals: each takes out what is left from area `from` on, and gives the nodes that each of its stores asked for. */
const WAYS = {
  "a marker over the first": (tree, areas, from) => [
    store(tree, areas[from].startPage, areas[from].endPage - 1, ZERO_ENTRY),
  ],
  "a marker over each": (tree, areas, from) =>
    areas.slice(from).map((area) => store(tree, area.startPage, area.endPage - 1, ZERO_ENTRY)),
  "erase one by one": (tree, areas, from) =>
    areas.slice(from).map((area) => store(tree, area.startPage, area.endPage - 1, undefined)),
  "cut off in one store": (tree, areas, from) => [
    store(tree, areas[from].startPage, areas.at(-1).endPage - 1, undefined),
  ],
};

for (const file of process.argv.slice(2)) {
  const areas = areasOf(file);
  console.log(`${file}: ${areas.length} areas, each a point of failure`);
  for (const [name, way] of Object.entries(WAYS)) {
    let points = 0;
    let stores = 0;
    let asking = 0;
    let most = 0;
    for (let from = 0; from < areas.length; from++) {
      const asked = way(treeOf(areas), areas, from);
      stores += asked.length;
      const needy = asked.filter((nodes) => nodes > 0).length;
      asking += needy;
      if (needy > 0) points++;
      most = Math.max(most, ...asked);
    }
    const share = Math.round((100 * points) / areas.length);
    console.log(
      `  ${name.padEnd(24)} needs memory at ${String(points).padStart(3)} points (${String(share).padStart(3)} %), in ${asking} of ${stores} stores, at most ${most} nodes at once`,
    );
  }
}
