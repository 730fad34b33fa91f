/**
 * Random programs compared as sets of canonical keys: brute force, the optimal search, and the search cut into parts.
 *
 *   node bench/check/run.mjs random --programs 10000 [--seed N] [--interleavings N]
 *
 * Exits 1 at the first disagreement, with the program as data and its seed. `--interleavings 4000` admits larger programs.
 */
import { parseArgs } from "node:util";
import { disagreement, partsDisagree } from "../../test/check/comparison.ts";
import { draw, drawChoices } from "../../test/check/random-programs.ts";

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    programs: { type: "string", default: "10000" },
    seed: { type: "string", default: "1000000" },
    interleavings: { type: "string", default: "250" },
  },
});
const programs = Number(values.programs);
const interleavings = Number(values.interleavings);
const start = performance.now();
let compared = 0;
let divided = 0;
let tooLarge = 0;
for (let seed = Number(values.seed); compared < programs; seed++) {
  const sketch = seed % 4 === 3 ? drawChoices(seed) : draw(seed);
  const wrong = disagreement(sketch, interleavings);
  if (wrong === null) {
    tooLarge++;
    continue;
  }
  const parts = wrong ?? partsDisagree(sketch, 1 + (seed % 5));
  if (parts) {
    console.log(`seed ${seed}: ${JSON.stringify(parts, null, 1)}`);
    process.exitCode = 1;
    break;
  }
  compared++;
  divided++;
}
console.log(
  `${compared} random programs: optimal search = brute force as sets of keys; ${divided} of them cut into parts: the same; ` +
    `${tooLarge} were too large (more than ${interleavings} interleavings); ${((performance.now() - start) / 1000).toFixed(1)} s`,
);
