/**
 * The explorer against brute force on random programs: the *sets* of canonical keys are equal, no key comes twice,
 * nothing is redundant, and every finding of every interleaving is found.
 *
 * `RANDOM_PROGRAMS=20000 npx vitest run test/check/random.test.ts` runs more of them, and larger ones.
 */
import { expect, test } from "vitest";
import { disagreement, partsDisagree } from "./comparison.ts";
import { draw, drawChoices } from "./random-programs.ts";

const asked = Number(process.env.RANDOM_PROGRAMS ?? 0);
const PROGRAMS = asked || 2_500;
const MOST_INTERLEAVINGS = asked ? 4_000 : 250;
const BATCH = 500;

let seed = 0;
test.each(Array.from({ length: Math.ceil(PROGRAMS / BATCH) }, (_, i) => i))(
  `batch %i of ${BATCH} random programs: the explorer's traces are those of brute force`,
  { timeout: 600_000 },
  () => {
    for (let done = 0; done < BATCH; seed++) {
      const wrong = disagreement(draw(seed), MOST_INTERLEAVINGS);
      if (wrong === null) continue;
      expect(wrong, `seed ${seed}`).toBeUndefined();
      done++;
    }
  },
);

test("programs made of choices and what they decide: the explorer's traces are those of brute force", {
  timeout: 600_000,
}, () => {
  for (let seed = 0, done = 0; done < BATCH; seed++) {
    const wrong = disagreement(drawChoices(seed), MOST_INTERLEAVINGS);
    if (wrong === null) continue;
    expect(wrong, `seed ${seed}`).toBeUndefined();
    done++;
  }
});

test("programs that once ran beyond the fault budget, or the same trace in part", () => {
  for (const seed of [92, 942, 1682, 1911, 2453, 2754, 2908, 4054, 4304, 4335, 4959, 6120, 6437, 8304]) {
    expect(disagreement(drawChoices(seed), 4_000), `seed ${seed}`).toBeUndefined();
  }
});

test("cut into parts at any depth, the search finds the same traces", { timeout: 600_000 }, () => {
  for (let seed = 0; seed < 300; seed++) {
    const sketch = seed % 2 === 0 ? draw(seed) : drawChoices(seed);
    if (disagreement(sketch, MOST_INTERLEAVINGS) === null) continue;
    expect(partsDisagree(sketch, 1 + (seed % 5)), `seed ${seed}`).toBeUndefined();
  }
});
