/**
 * Plants each mutant of the list in a scratch copy and explores the scenarios that could notice.
 *
 *     node tools/mutants/run.mjs              all mutants
 *     node tools/mutants/run.mjs TEXT...      those whose name contains one of the texts
 *     node tools/mutants/run.mjs --list       names, files and what each breaks
 *
 * Prints which scenario noticed with which code. Ends with 1 when a mutant survives that the list does not argue for,
 * when fewer than nine of ten are caught, or when a scenario that should hold has no mutant that it catches.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./list.mjs";
import { mutate, Scratch } from "./scratch.mjs";

const EXPLORER = fileURLToPath(new URL("explore-cells.mjs", import.meta.url));
/** A process that gives no sign of life for so long is caught in a loop without steps. */
const PATIENCE_MS = 20_000;
const WORKERS = 2;

/** Cells that hold, the cheap ones first. */
export const CELLS = [
  ...["6.12", "6.18", "7.0"].map((kernel) => `fork-fails@${kernel}`),
  ...["6.12", "6.18", "7.0"].map((kernel) => `fork-vs-maps@${kernel}`),
  "fork-vs-probe@7.0",
  ...["6.18", "7.0"].map((kernel) => `fork-vs-swapoff@${kernel}`),
  ...["6.12", "6.18", "7.0"].map((kernel) => `fork-vs-rmap@${kernel}`),
  ...["5.15", "6.12"].map((kernel) => `exit-vs-reaper@${kernel}`),
  "reaper-vs-tlb@7.1",
  ...["4.15", "6.18", "7.0"].map((kernel) => `reaper-vs-swapoff@${kernel}`),
  ...["6.12", "7.0"].map((kernel) => `fork-vs-reaper@${kernel}`),
  "reaper-refused@6.12",
];

/** @typedef {{ name: string, file: string, edits: string[][], by: string, survives?: string }} Mutant */
/** @typedef {import("./judge.mjs").Broken} Broken */

/**
 * The cells in which a mutant is looked for: those of the scenario that should notice first.
 * @param {Mutant} mutant
 */
export function cellsFor(mutant) {
  const first = CELLS.filter((cell) => cell.split("@")[0] === mutant.by);
  return [...first, ...CELLS.filter((cell) => !first.includes(cell))];
}

/**
 * Explores; resolves to what did not hold, or null.
 * @param {string} folder
 * @param {string[]} cells
 * @returns {Promise<Broken | null>}
 */
export function exploreCells(folder, cells) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [EXPLORER, folder, ...cells], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const listen = () => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    };
    listen();
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
      listen();
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (signal !== null) {
        resolve({ cell: cells[0] ?? "", code: "silence", site: "", message: "a loop without steps" });
      } else if (code !== 0) {
        const first = err.split("\n").find((line) => line.includes("Error"));
        resolve({ cell: cells[0] ?? "", code: "does not load", site: "", message: first ?? err });
      } else {
        resolve(JSON.parse(out));
      }
    });
  });
}

/**
 * Plants one mutant and explores; the copy is as before afterwards.
 * @param {Scratch} scratch
 * @param {Mutant} mutant
 */
export async function hunt(scratch, mutant) {
  scratch.with(mutant);
  try {
    return await exploreCells(scratch.folder, cellsFor(mutant));
  } finally {
    scratch.restore(mutant);
  }
}

/** @param {string[]} wanted */
async function main(wanted) {
  /** @type {Mutant[]} */
  const mutants =
    wanted.length === 0 ? MUTANTS : MUTANTS.filter((m) => wanted.some((w) => m.name.includes(w)));
  if (mutants.length === 0) {
    console.error(`no mutant has a name with ${wanted.join(" or ")} in it; see --list`);
    return 2;
  }
  for (const mutant of mutants) mutate(mutant); // refuses an outdated list before anything runs
  const scratches = Array.from({ length: Math.min(WORKERS, mutants.length) }, () => new Scratch());
  /** @type {Map<Mutant, Broken | null>} */
  const results = new Map();
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
          results.set(mutant, await hunt(scratch, mutant));
        }
      }),
    );
  } finally {
    for (const scratch of scratches) scratch.remove();
  }
  return report(mutants, results, wanted.length === 0);
}

/**
 * @param {Mutant[]} mutants
 * @param {Map<Mutant, Broken | null>} results
 * @param {boolean} all
 */
function report(mutants, results, all) {
  const noticed = new Set();
  let bad = 0;
  for (const mutant of mutants) {
    const caught = results.get(mutant) ?? null;
    if (caught !== null) {
      noticed.add(caught.cell.split("@")[0]);
      console.log(
        `caught    ${mutant.name}: ${caught.cell} ${caught.code}${caught.site ? ` in ${caught.site}` : ""}`,
      );
      if (mutant.survives !== undefined) console.log("          (the list says it survives: strike that)");
      continue;
    }
    console.log(`survives  ${mutant.name}: ${mutant.survives ?? "nobody noticed"}`);
    if (mutant.survives === undefined) bad++;
  }
  const count = mutants.filter((m) => results.get(m) !== null).length;
  console.log(`${count} of ${mutants.length} mutants caught`);
  if (all) {
    const silent = [...new Set(CELLS.map((cell) => cell.split("@")[0]))].filter((id) => !noticed.has(id));
    for (const id of silent) console.log(`no mutant was noticed by ${id}`);
    if (silent.length > 0 || count * 10 < mutants.length * 9) bad++;
  }
  return bad > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2);
  if (words.includes("--list")) {
    for (const { name, file, breaks, by } of MUTANTS) console.log(`${name} (src/${file}, ${by}): ${breaks}`);
  } else {
    process.exitCode = await main(words);
  }
}
