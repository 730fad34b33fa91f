/**
 * The most memory an exploration of 756,756 executions takes, in a process of its own.
 *
 *   node bench/check/run.mjs peak
 */
import { explore } from "../../src/check/index.ts";
import * as P from "../../test/check/programs.ts";
import { report } from "./table.ts";

const exploration = explore(P.private60(3, 60, 5), { faults: 0 });
while (exploration.slice(10_000));
if (exploration.result().executions !== 756_756) throw new Error("not the traces it should have");
report([
  {
    metric: "peak resident memory of 756,756 executions, the bundler included",
    value: process.resourceUsage().maxRSS / 1024,
    unit: "MB",
    better: "less",
    floor: 200,
    target: 100,
  },
]);
