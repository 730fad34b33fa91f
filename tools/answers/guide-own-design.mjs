// The guide to a design of one's own: a proposal from the threads, written from scratch, and what the checker says of it.

import { check, mistakes, source } from "./page.mjs";

const DESIGN = "examples/designs/destroy.ts";
const UNDER = `--kernel 6.12 --design ${DESIGN} --failures any`;

/** @type {import("./page.mjs").Page} */
export const guideOwnDesign = {
  id: "own-design",
  path: "docs/guides/own-design.md",
  title: "A design of your own: from an idea in a mail to a verdict",
  parts: [
    `
When a fork fails half-way, the child's tree holds VMAs of the child up to the point of failure and VMAs of the parent
behind it. Somebody on the list asks: could there not be one function that frees the new ones and destroys the tree? Here it
is, as a variant of the decision point \`fork.recovery\` on 6.12, in \`${DESIGN}\`:`,
    source(DESIGN),
    `
\`interleaf list designs\` shows all decision points; \`src/mm/decisions.ts\` says for each what the model calls, and which locks
are held then. A design may call what the model itself is made of, \`interleaf/mm\` and \`interleaf/sched\`.`,
    `
## Does it survive everybody?`,
    check(
      `fork-fails ${UNDER}`,
      `A fork alone: no failing allocation and no signal leaves anything behind, twice freed, or wrongly counted.`,
    ),
    check(
      `fork-vs-swapoff ${UNDER}`,
      `swapoff, which crashes with 6.12's own recovery, finds an empty tree.`,
    ),
    check(
      `fork-vs-probe ${UNDER}`,
      `So does a visitor that no kernel has, who takes whatever mm it can lock and looks at no flag.`,
    ),
    check(
      `fork-vs-rmap ${UNDER}`,
      `Reclaim and truncation come through pages and files while the copies are being freed.`,
    ),
    `
## Is every line needed?

The same design with one change, and what the checker says first:`,
    mistakes(
      {
        design: DESIGN,
        command: "COLUMN --kernel 6.12 --failures any",
        rows: [
          ["failure.start;", "failure.end;", "the limit is the *end* of the VMA that failed"],
          ["mm.tree.destroy();", "", "the tree is not destroyed"],
          ["yield* unmapVmas(k, mm, limit);", "", "nothing is unmapped"],
          ["yield* freePgtables(k, mm, limit);", "", "no page tables and rmap links freed"],
          ["yield* tearDownVmas(k, mm, limit);", "", "no VMAs freed"],
          ["if (failure.noTree) return;", "", "no look at a tree that could not be copied"],
        ],
        columns: ["fork-fails", "fork-vs-rmap"],
      },
      `
The first row is the mistake that is easiest to make: the VMA at which the copy stopped is the parent's. The last one is no
mistake: where the tree could not be copied it is empty, and the rest of the function does nothing.`,
    ),
  ],
};
