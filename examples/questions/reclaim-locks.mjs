// What does a failing fork hold where it erases, and what does reclaim, which that allocation may enter, lock?
//
//     node examples/questions/reclaim-locks.mjs
//
// Runs two paths of the model alone: a fork that is refused memory for its second VMA and erases what is left (6.12 with
// fork.recovery=erase, ten areas, so that erasing needs nodes), and the swap-out of one page.

import { copyProcess, designsFor, Kernel, layOut, pageAt, swapOut } from "interleaf/mm";
import { KIND_NAMES, kinds } from "interleaf/sched";

const AREAS = Array.from({ length: 10 }, (_, i) => ({
  start: 0x10 + 2 * i,
  end: 0x11 + 2 * i,
  perms: "rw-p",
  name: i === 0 ? "[heap]" : `area ${i}`,
  written: i === 0 ? [0x10] : [],
}));

/** Runs the path as the only task; allocations at the n-th visit of `site` fail. Gives the machine with its log. */
const alone = (path, site, nth) => {
  const k = new Kernel(designsFor("6.12", ["fork.recovery=erase"]), "any");
  const mm = layOut(k, "parent", AREAS);
  const parent = k.newTask("task", mm);
  const child = k.newTask("child", null);
  k.mark();
  let visits = 0;
  const driver = {
    pick: (_machine, enabled) => (enabled === 0 ? -1 : 0),
    choose: (_machine, at) => (at === site && ++visits === nth ? 1 : 0),
  };
  k.run([{ name: "task", run: () => path(k, mm, parent, child) }], driver, -1);
  return k;
};

/** Names of the locks that are held before log entry `end`, outermost first; and all that were ever taken. */
const locks = (k, end) => {
  const held = [];
  const taken = [];
  for (let i = 0; i < end; i++) {
    const kind = KIND_NAMES[k.log.kind[i]];
    const name = k.nameOf(k.log.object[k.log.firstAccess[i]]);
    if (kind.endsWith("unlock")) held.splice(held.lastIndexOf(name), 1);
    else if (/lock/.test(kind)) {
      held.push(name);
      if (!taken.includes(name)) taken.push(name);
    }
  }
  return { held, taken };
};

const fork = alone(
  (k, _mm, parent, child) => copyProcess(k, parent, child, "child"),
  "vm_area_dup: vm_area_struct",
  2,
);
const choices = [];
for (let i = 0; i < fork.log.length; i++) {
  // Each allocation that may fail is a choice in the log.
  if (fork.log.kind[i] === kinds.CHOICE && fork.log.site[i].includes("erase")) choices.push(i);
}
console.log(`the fork asks for nodes to erase with ${choices.length} times, holding`);
console.log(`  ${locks(fork, choices[0]).held.join(", ")}`);

const reclaim = alone((k, mm) => swapOut(k, pageAt(k, mm, 0x10)), "", 0);
console.log("reclaim, swapping one page of the same process out, takes");
console.log(`  ${locks(reclaim, reclaim.log.length).taken.join(", ")}`);
const both = locks(fork, choices[0]).held.filter((name) =>
  locks(reclaim, reclaim.log.length).taken.includes(name),
);
console.log(`locks in both: ${both.length === 0 ? "none" : both.join(", ")}`);
