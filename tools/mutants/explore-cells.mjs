/**
 * Explores cells of a compiled copy until one does not hold, in a process of its own.
 *
 *     node explore-cells.mjs FOLDER CELL...
 *
 * Prints one line of JSON: the cell that noticed and how, or that all hold.
 */
import { pathToFileURL } from "node:url";
import { judge } from "./judge.mjs";

const [folder, ...cells] = process.argv.slice(2);
/** @param {string} floor */
const load = (floor) => import(pathToFileURL(`${folder}/${floor}/index.js`).href);
const copy = { check: await load("check"), mm: await load("mm"), scenarios: await load("scenarios") };
const original = {
  check: await import("../../dist/check/index.js"),
  mm: await import("../../dist/mm/index.js"),
  scenarios: await import("../../dist/scenarios/index.js"),
};

let caught = null;
for (const cell of cells) {
  caught = judge(copy, original, cell, () => process.stderr.write(".")).broken;
  if (caught !== null) break;
}
process.stdout.write(`${JSON.stringify(caught)}\n`);
