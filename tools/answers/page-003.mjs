// Thread 003: mremap() that fails for the number of areas after it has unmapped its destination.

import { check, script } from "./page.mjs";

/** @type {import("./page.mjs").Page} */
export const page003 = {
  id: "003",
  path: "docs/answers/003.md",
  title: "mremap() under map pressure: bail out earlier?",
  parts: [
    `
The thread is from February 2019. \`mremap(MREMAP_FIXED)\` unmaps its destination first and looks at the number of areas only then:
near \`max_map_count\` it fails with ENOMEM, and the destination is gone. The patch looks earlier, with room to spare. Andrew Morton
asks two things: how does this affect existing user space, and does its clean-up work as well or better?

The designs: \`late\` (up to 5.0), \`early\` (the patch, 5.1 to 6.16), \`earlyUnlocked\` (6.17 to 7.0: the same look, before the lock
is taken), \`earlyAlways\` (7.1: every mremap looks, under the lock). Everything else is 5.3 in what follows, so that only the look
differs.`,
    `
## Which calls succeed at which distance, and what is lost`,
    script(
      "tools/answers/mremap-limit.mjs table",
      `
With \`late\`, a call that names a mapped destination and fails has lost it, and a shrinking one a piece of its source, too. With the
others, nothing is lost in any row. The price stands in the middle column: under \`early\`, a move onto one whole area works up to \`max-6\`, where it worked up
to \`max-3\`.

All 130 cells of the single moves from \`max-8\` to \`max+1\`, as they are on 6.18, equal those recorded on a live 6.18
(\`npx vitest run test/scenarios/mremap-limit.test.ts\`): result, number of areas, what is mapped afterwards.`,
    ),
    `
## How does it affect existing user space?

Random calls on random layouts, each made under both designs:`,
    script(
      "tools/answers/mremap-limit.mjs random 4000",
      `
*Which programs fail that worked before:* those that call mremap with FIXED or DONTUNMAP when five or fewer areas are left to the
limit. With more room both designs let them pass; with less than that, \`late\` lets pass only what splits nothing, or what unmaps
several areas at its destination: the more it unmaps, the nearer to the limit it works. That is a window of five numbers out of 65,530
here. Under \`earlyAlways\` the window begins later, but calls are in it that never look at the number of areas otherwise: shrinking,
growing in place.

*Does clean-up get better:* a program that meets ENOMEM under \`late\` cannot know what is still mapped in two of three cases. Under
each of the others it can go on as if it had not asked, every time: its clean-up code works as before where nothing was lost, and
is not needed where something was.`,
    ),
    `
## And of real programs?`,
    script(
      "tools/answers/mremap-limit.mjs programs",
      `
Five recorded programs, 26 processes. None of their calls names a destination, so neither the patch nor its successor in 6.17 changes
anything for them, wherever the limit stands. 7.1's rule does: \`realloc()\` of a large block, which grows in place or shrinks, can now fail where it
could not.`,
    ),
    `
## Is the state certain today?

Not for a call that moves several areas, which 6.17 allows: the look is made once, and each step may add areas.`,
    script(
      "tools/answers/mremap-limit.mjs halfway",
      `
At \`max-7\` four of six areas are moved, two are where they were, and the page that the fifth was to have is unmapped. The live kernel
does the same: \`npx vitest run test/real/mremap-limit.test.ts\` makes these calls on the kernel that it runs on, with 65,530 areas,
where that is 6.17 to 7.0. What the patch wanted to exclude is back in another place.`,
    ),
    `
And the number can change between the look and the lock, with another thread that maps:`,
    check(
      "mremap-race --kernel 6.18",
      `
The look of 6.17 stands before the lock. One mapping by another thread in between, and the move finds too little room after the
destination is gone, as in 2019.`,
      { steps: true },
    ),
    check(
      "mremap-race --kernel 7.1",
      `
7.1 looks under the lock.`,
    ),
  ],
};
