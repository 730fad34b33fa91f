/**
 * Plants mutants made by rule in the paths where tasks meet, and explores the scenarios that could notice.
 *
 *     node tools/mutants/auto.mjs                 every third mutant of all files below
 *     node tools/mutants/auto.mjs --every N       every N-th
 *     node tools/mutants/auto.mjs TEXT...         those whose name contains one of the texts, all of them
 *     node tools/mutants/auto.mjs --list          names and places
 *
 * First all cells are explored without any mutant, with a probe at each place that a mutant changes. A mutant is then
 * looked for only in cells that come by its place, those with the fewest steps first: the others are the same with it.
 *
 * Two scores: of all, and of those that matter, which leaves out the survivors that `survivors.mjs` argues to be no mistake. Ends
 * with 1 when the second is below nine of ten, or when a survivor is not explained there.
 */
import { fileURLToPath } from "node:url";
import { CELLS, FILES } from "./cells.mjs";
import { Explorer } from "./in-one-process.mjs";
import { mutantsOf, probed } from "./operators.mjs";
import { compileCallable, readSource, sourceFiles } from "./scratch.mjs";
import { SURVIVORS } from "./survivors.mjs";

/** Longest time for one mutant, all cells together. What is not decided by then is not counted as caught. */
const LIMIT_MS = 600_000;
const WORKERS = 2;
const EVERY = 3;

/** @typedef {import("./operators.mjs").AutoMutant} AutoMutant */
/** @typedef {import("./in-one-process.mjs").Reached} Reached */

/** All mutants, in the order of the files, idle ones included. */
export function allMutants() {
  return FILES.flatMap((file) => mutantsOf(file, readSource(file)));
}

/** A process that explores mutants. */
export function newExplorer() {
  return new Explorer(
    Object.fromEntries(sourceFiles().map((file) => [file, compileCallable(readSource(file), file)])),
  );
}

/**
 * What each cell comes by, the cheapest cell first.
 * @param {Explorer[]} explorers
 * @returns {Promise<Reached[]>}
 */
async function reachedWithout(explorers) {
  const replaced = Object.fromEntries(
    FILES.map((file) => {
      const text = readSource(file);
      const places = mutantsOf(file, text).flatMap((mutant) => mutant.places);
      return [file, compileCallable(probed(file, text, places), file)];
    }),
  );
  const shares = await Promise.all(
    explorers.map((explorer, n) =>
      explorer.reached(
        replaced,
        CELLS.filter((_, i) => i % explorers.length === n),
      ),
    ),
  );
  return shares.flat().sort((a, b) => a.steps - b.steps || CELLS.indexOf(a.cell) - CELLS.indexOf(b.cell));
}

/**
 * @param {AutoMutant} mutant
 * @param {Reached[]} reached
 */
function cellsFor({ file, places }, reached) {
  const probes = places.map((place) => `${file}:${place}`);
  return reached
    .filter(({ places: by }) => probes.some((probe) => by.includes(probe)))
    .map(({ cell }) => cell);
}

/**
 * What notices a mutant first in these cells; null when nothing does.
 * @param {Explorer} explorer
 * @param {AutoMutant} mutant
 * @param {string[]} cells
 */
export function hunt(explorer, { file, text }, cells) {
  return explorer.hunt({ [file]: compileCallable(text, file) }, cells, LIMIT_MS);
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
  const explorers = Array.from({ length: WORKERS }, () => newExplorer());
  // Ended from outside: leave no process behind.
  process.once("exit", () => {
    for (const explorer of explorers) explorer.end();
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  /** @type {AutoMutant[]} */
  const survivors = [];
  let unexplained = 0;
  try {
    const reached = await reachedWithout(explorers);
    const broken = reached.find((cell) => cell.broken !== null)?.broken;
    if (broken) {
      console.error(`without any mutant ${broken.cell} does not hold: ${broken.code}, ${broken.message}`);
      return 1;
    }
    const queue = [...mutants];
    await Promise.all(
      explorers.map(async (explorer) => {
        for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
          const cells = cellsFor(mutant, reached);
          const caught = cells.length === 0 ? null : await hunt(explorer, mutant, cells);
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
          const how = cells.length === 0 ? "unreached" : caught === null ? "survives " : "undecided";
          console.log(`${how} ${place}: ${why ?? `not explained; ${cells.length} cells come by`}`);
        }
      }),
    );
  } finally {
    for (const explorer of explorers) explorer.end();
  }
  const names = new Set(allMutants().map(({ id }) => id));
  for (const id of Object.keys(SURVIVORS)) {
    if (!names.has(id)) console.log(`explained, but no longer there: ${id}`);
  }
  const caught = mutants.length - survivors.length;
  const harmless = survivors.filter(({ id }) => SURVIVORS[id]?.startsWith("Gap") === false).length;
  const matter = mutants.length - harmless;
  /** @param {number} of */
  const share = (of) => `${((100 * caught) / of).toFixed(1)} %`;
  console.log(
    `${caught} of ${mutants.length} mutants caught (${share(mutants.length)}); ${survivors.length} survive: ` +
      `${harmless} change nothing that can be seen, ${unexplained} are unexplained. Of the ${matter} that matter ${share(matter)} are caught`,
  );
  return unexplained > 0 || (sampled && caught * 10 < matter * 9) ? 1 : 0;
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
