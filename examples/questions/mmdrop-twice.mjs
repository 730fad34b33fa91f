// Is __mmdrop() called twice for one mm? What a trace shows of it, and what happens.
//
//     node examples/questions/mmdrop-twice.mjs
//
// Explores `mmdrop-lazy` on 7.1 until the last reference is dropped in the middle of a context switch, and prints of that execution
// what a tracer on the life of the mm would show: every change of its two counts, with who made it.

import { explore } from "interleaf/check";
import { designsFor } from "interleaf/mm";
import { tellTrace } from "interleaf/report";
import { scenarioById } from "interleaf/scenarios";

const WANTED = "the drop in finish_task_switch frees process";

const scenario = scenarioById("mmdrop-lazy");
const program = scenario.program({ designs: designsFor("7.1"), failures: scenario.failures });
const search = explore(program, { exists: WANTED });
while (search.slice(100));
const { told } = tellTrace(program, search.result().example);

const drops = [];
for (const step of told.steps) {
  const { number, task, site, object, does } = step;
  const counts = object === "process.count" || object === "process.users";
  if (!counts && site !== "__mmdrop") continue;
  if (object === "process.count" && does.startsWith("drops")) drops.push(site);
  console.log(
    `${String(number).padStart(3)}  ${told.tasks[task].padEnd(5)} ${`${site}:`.padEnd(20)} ${does}`,
  );
}
const frees = told.steps.filter(({ site }) => site === "__mmdrop").length;
console.log(
  `mmdrop(): ${drops.length} times, from ${[...new Set(drops)].join(" and ")}; __mmdrop(): ${frees} time`,
);
