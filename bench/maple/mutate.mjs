/**
 * The mutation run over the range tree: changes src/maple in some 3,000 places, one at a time, and looks for a test that
 * notices.
 *
 *   npm run mutate:maple [-- FILE ...]      FILE: cursor, store, cursor:50-60, …; default: all of src/maple
 *
 * Writes coverage/mutation-maple.json (of single files mutation-maple-FILE.json; survivors.mjs takes several), prints the score and every survivor that
 * survivors.md does not explain. Exit code 1 when there is one, or when the score is below 90 %.
 */
import { join } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { tell } from "./survivors.mjs";

const given = process.argv.slice(2);
const report = `coverage/${["mutation-maple", ...given].join("-").replaceAll(":", "-")}.json`;
const files = given.map((each) => each.replace(/^\w+/, "src/maple/$&.ts"));

await new Stryker({
  mutate: files.length > 0 ? files : ["src/maple/**/*.ts"],
  plugins: [join(import.meta.dirname, "mutation-runner.mjs")],
  testRunner: "maple",
  ignorePatterns: ["biome.json", "dist", "coverage", "docs", "examples", "tools"],
  reporters: ["json", "progress-append-only"],
  jsonReporter: { fileName: report },
  coverageAnalysis: "perTest",
  concurrency: 1,
  // The runner ends endless tests itself; this is for the case that it cannot.
  timeoutMS: 60_000,
  timeoutFactor: 3,
  thresholds: { high: 95, low: 90, break: 90 },
}).runMutationTest();
if (!tell([report])) process.exitCode = 1;
