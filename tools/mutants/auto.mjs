/**
 * Plants mutants made by rule in the paths where tasks meet, and explores the scenarios that could notice.
 *
 *     node tools/mutants/auto.mjs                 every third mutant of all files below
 *     node tools/mutants/auto.mjs --every N       every N-th
 *     node tools/mutants/auto.mjs TEXT...         those whose name contains one of the texts, all of them
 *     node tools/mutants/auto.mjs --list          names and places
 *
 * Ends with 1 when fewer than nine of ten are caught, or when a survivor is not explained in `survivors.mjs`.
 */
import { fileURLToPath } from "node:url";
import { mutantsOf } from "./operators.mjs";
import { exploreCells } from "./run.mjs";
import { readSource, Scratch } from "./scratch.mjs";
import { SURVIVORS } from "./survivors.mjs";

/** Longest time for one mutant, all cells together. What is not decided by then is not counted as caught. */
const LIMIT_MS = 120_000;
const WORKERS = 2;
const EVERY = 3;

/** Cells that hold, or with `!` fail, the cheap ones first; each takes a second or two. `+`: one more of each role. */
export const CELLS = [
  "calls@7.1",
  "calls@6.10",
  "fork-fails@6.12",
  "fork-fails@7.1",
  "fork-fails@5.15",
  "mrelease-vs-exit@7.1",
  "mremap-race@7.1",
  "mremap-race@7.0!",
  "map-fixed-hole@6.10!",
  "exit-vs-reaper@4.14!",
  "fork-vs-swapoff@6.12!",
  "fork-vs-uprobe@6.12!",
  "reaper-vs-fault@7.1",
  "truncate-vs-munmap@7.1",
  "fault-vs-fault@7.1",
  "truncate-vs-exit@7.1",
  "munmap-vs-fault@7.1",
  "munmap-vs-fault@6.12",
  "map-fixed-hole@7.1",
  "fork-vs-uprobe@7.1",
  "fork-vs-uprobe@6.14",
  "fork-vs-uprobe@6.14,uprobe.guard=none,fault.unstable=none",
  "fork-vs-uprobe@6.14,fork.uprobeGate=inDupMmap,fault.unstable=none",
  "fork-vs-probe@6.12,fork.recovery=keepLocked",
  "reaper-vs-munlock@4.19",
  "munmap-fails@6.6",
  "mmdrop-lazy@7.1",
  "munmap-fails@7.1",
  "mmap-abort@7.1",
  "munmap-vs-stack@7.1",
  "mmap-vs-truncate@7.1",
  "window-real@7.1",
  "fork-vs-uprobe@7.1+",
  "munmap-vs-fault@7.1+",
  "fork-vs-maps@6.12",
  "fork-vs-swapoff@7.1",
  "fork-vs-swapoff@6.18",
  "exit-vs-reaper@7.1",
  "fork-vs-probe@7.1",
  "fork-vs-sibling@7.1",
  "fork-vs-sibling@6.12",
  "fork-vs-rmap@7.1",
  "fork-vs-rmap@6.12",
  "reaper-vs-swapoff@7.1",
  "fork-vs-reaper@7.1",
];

/** Files where tasks meet, with the scenarios that are asked first. */
const FILES = [
  ["mm/paths/fork.ts", "fork-fails fork-vs-uprobe fork-vs-sibling"],
  ["mm/paths/exit.ts", "fork-fails truncate-vs-exit exit-vs-reaper"],
  ["mm/paths/munmap.ts", "munmap-vs-fault map-fixed-hole"],
  ["mm/paths/vma-lock.ts", "munmap-vs-fault map-fixed-hole fork-vs-sibling"],
  ["mm/paths/uprobe.ts", "fork-vs-uprobe"],
  ["mm/paths/rmap.ts", "truncate-vs-munmap truncate-vs-exit fork-vs-rmap"],
  ["mm/paths/copy-page-range.ts", "fork-fails fork-vs-swapoff"],
  ["mm/paths/anon-vma.ts", "fork-fails munmap-vs-fault fork-vs-uprobe"],
  ["mm/paths/lifetime.ts", "mmdrop-lazy exit-vs-reaper"],
  ["mm/paths/oom.ts", "exit-vs-reaper reaper-vs-fault"],
  ["mm/paths/swapoff.ts", "fork-vs-swapoff reaper-vs-swapoff"],
  ["mm/paths/truncate.ts", "truncate-vs-munmap"],
  ["mm/paths/fault.ts", "munmap-vs-fault truncate-vs-munmap reaper-vs-fault fork-vs-sibling"],
  ["mm/swap.ts", "fork-vs-swapoff reaper-vs-swapoff"],
  ["mm/page.ts", "fork-fails"],
  ["mm/file.ts", "truncate-vs-munmap"],
  ["mm/page-table.ts", "fork-fails"],
  ["mm/designs/fork-recovery/teardown.ts", "fork-fails fork-vs-probe"],
  ["mm/designs/fork-recovery/marker-flags.ts", "fork-fails fork-vs-swapoff"],
  ["mm/designs/exit-reaper-sync/read-then-skip-then-write.ts", "exit-vs-reaper"],
  ["mm/designs/fork-anon-vma/alloc-first.ts", "fork-fails"],
  ["mm/designs/fork-anon-vma/link-as-you-go.ts", "fork-fails"],
];

/** @typedef {import("./operators.mjs").AutoMutant} AutoMutant */

/** @param {string} file */
function cellsFor(file) {
  const first = (FILES.find(([name]) => name === file)?.[1] ?? "").split(" ");
  const asked = first.flatMap((id) => CELLS.filter((cell) => cell.split("@")[0] === id));
  return [...asked, ...CELLS.filter((cell) => !asked.includes(cell))];
}

/** All mutants, in the order of the files, idle ones included. */
export function allMutants() {
  return FILES.flatMap(([file = ""]) => mutantsOf(file, readSource(file)));
}

/**
 * @param {Scratch} scratch
 * @param {AutoMutant} mutant
 */
async function hunt(scratch, mutant) {
  scratch.plant(mutant.file, mutant.text);
  try {
    return await exploreCells(scratch.folder, cellsFor(mutant.file), LIMIT_MS);
  } finally {
    scratch.restore(mutant);
  }
}

/**
 * @param {AutoMutant[]} mutants
 * @param {boolean} sampled
 */
async function main(mutants, sampled) {
  if (mutants.length === 0) {
    console.error("no mutant has such a name; see --list");
    return 2;
  }
  const scratches = Array.from({ length: Math.min(WORKERS, mutants.length) }, () => new Scratch());
  // Ended from outside: leave neither a process nor a folder behind.
  process.once("exit", () => {
    for (const scratch of scratches) scratch.remove();
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  /** @type {AutoMutant[]} */
  const survivors = [];
  let unexplained = 0;
  try {
    const broken = await exploreCells(/** @type {Scratch} */ (scratches[0]).folder, CELLS);
    if (broken !== null) {
      console.error(`without any mutant ${broken.cell} does not hold: ${broken.code}, ${broken.message}`);
      return 1;
    }
    const queue = [...mutants];
    await Promise.all(
      scratches.map(async (scratch) => {
        for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
          const caught = await hunt(scratch, mutant);
          const place = `${mutant.id} (line ${mutant.line}: ${mutant.before})`;
          if (caught !== null && caught.code !== "time") {
            console.log(
              `caught    ${place}: ${caught.cell} ${caught.code}${caught.site ? ` in ${caught.site}` : ""}`,
            );
            continue;
          }
          survivors.push(mutant);
          const why = SURVIVORS[mutant.id];
          if (why === undefined) unexplained++;
          console.log(`${caught === null ? "survives " : "undecided"} ${place}: ${why ?? "not explained"}`);
        }
      }),
    );
  } finally {
    for (const scratch of scratches) scratch.remove();
  }
  const names = new Set(allMutants().map(({ id }) => id));
  for (const id of Object.keys(SURVIVORS)) {
    if (!names.has(id)) console.log(`explained, but no longer there: ${id}`);
  }
  survivors.sort((a, b) => (a.id < b.id ? -1 : 1));
  const caught = mutants.length - survivors.length;
  console.log(
    `${caught} of ${mutants.length} mutants caught; ${survivors.length} survive, ${unexplained} of them unexplained`,
  );
  return unexplained > 0 || (sampled && caught * 10 < mutants.length * 9) ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2);
  const all = allMutants();
  const at = words.indexOf("--every");
  const every = at >= 0 ? Number(words[at + 1]) : EVERY;
  if (words.includes("--list")) {
    for (const { id, line, before } of all) console.log(`${id} (line ${line}: ${before})`);
  } else if (words.length > 0 && at < 0) {
    process.exitCode = await main(
      all.filter(({ id }) => words.some((word) => id.includes(word))),
      false,
    );
  } else {
    process.exitCode = await main(
      all.filter(({ idle }, i) => i % every === 0 && !idle),
      true,
    );
  }
}
