/**
 * Explores cells (scenario on kernel) of a compiled copy until one does not hold, in a process of its own.
 *
 *     node explore-cells.mjs FOLDER EXECUTIONS SCENARIO@KERNEL[!]...
 *
 * A cell with `!` must fail: a mutant is noticed there when nothing is found any more. `+` asks for one more of each role,
 * `,POINT=VARIANT` replaces a variant, `,faults=N` the budget of faults. `calls@KERNEL` is no scenario: a program of system calls, answered as by the compiled
 * original in `dist`.
 *
 * Prints one line of JSON: the cell that noticed and how, or that all hold.
 *
 *     node explore-cells.mjs --reached FOLDER EXECUTIONS SCENARIO@KERNEL[!]...
 *
 * Explores all of them, and prints what each came by of the probes in the copy, how many steps it took, and what did not hold.
 */
import { pathToFileURL } from "node:url";
import { answers } from "./same-calls.mjs";

const words = process.argv.slice(2);
const reaching = words[0] === "--reached";
const [folder, executions, ...cells] = reaching ? words.slice(1) : words;
/** @param {string} floor */
const load = (floor) => import(pathToFileURL(`${folder}/${floor}/index.js`).href);
const { explore } = await load("check");
const mutated = await load("mm");
const { designsFor } = mutated;
const original = await import("../../dist/mm/index.js");
const { scenarioById } = await load("scenarios");

/** Executions between two looks at what was found. */
const SLICE = 100;
/** A run longer than this goes in circles: the longest of an unmutated scenario has some 200 steps. */
const STEPS = 2000;

/** Steps of the cell that was judged last; calls of a program count as one each. */
let steps = 0;

/**
 * What stands against a cell; null when it holds.
 * @param {string} cell
 */
function judge(cell) {
  const [id, where] = /** @type {[string, string]} */ (cell.split("@"));
  if (id === "calls") return compareCalls(cell, where);
  const more = where.split(",").slice(1);
  const replacing = more.filter((pair) => !pair.startsWith("faults="));
  const asked = more.find((pair) => pair.startsWith("faults="));
  const kernel = /** @type {string} */ (where.split(",")[0]).replace(/[!+]/g, "");
  const mustFail = where.includes("!");
  const scenario = scenarioById(id);
  const exploration = explore(
    scenario.program({
      designs: designsFor(kernel, replacing),
      failures: scenario.failures,
      larger: where.includes("+"),
    }),
    {
      faults: asked === undefined ? scenario.faults : Number(asked.slice(7)),
      executions: Number(executions),
      stepsPerExecution: STEPS,
    },
  );
  steps = 0;
  let broken;
  for (let goesOn = true; goesOn; ) {
    try {
      goesOn = exploration.slice(SLICE);
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      broken = { code: name, site: "", message: message.split("\n")[0] };
      goesOn = false;
    }
    process.stderr.write("."); // a sign of life
    const { verdict, findings, reason, steps: taken } = exploration.result();
    steps = taken;
    const finding = findings[0]?.finding;
    if (mustFail && finding !== undefined) return null;
    if (finding !== undefined)
      return { cell, code: finding.code, site: finding.at.site, message: finding.message };
    if (broken !== undefined) return { cell, ...broken };
    if (mustFail && !goesOn)
      return { cell, code: "not found", site: "", message: "what is wrong here is not found" };
    if (!goesOn && verdict !== "holds") return { cell, code: verdict, site: "", message: reason ?? "" };
  }
  return null;
}

/**
 * @param {string} cell
 * @param {string} kernel
 */
function compareCalls(cell, kernel) {
  steps = 0;
  for (let seed = 1; seed <= 2; seed++) {
    const expected = answers(original, kernel, seed);
    const played = answers(mutated, kernel, seed);
    for (const right of expected) {
      let given;
      try {
        given = played.next().value;
      } catch (error) {
        const { name, message } = /** @type {Error} */ (error);
        return { cell, code: name, site: "", message: message.split("\n")[0] };
      }
      steps++;
      if (given !== right) return { cell, code: "another answer", site: "", message: given };
    }
    process.stderr.write(".");
  }
  return null;
}

if (reaching) {
  const found = cells.map((cell) => {
    const reached = new Set();
    Object.assign(globalThis, { reached });
    const broken = judge(cell);
    return { cell, broken, steps, places: [...reached] };
  });
  process.stdout.write(`${JSON.stringify(found)}\n`);
} else {
  let caught = null;
  for (const cell of cells) {
    caught = judge(cell);
    if (caught !== null) break;
  }
  process.stdout.write(`${JSON.stringify(caught)}\n`);
}
