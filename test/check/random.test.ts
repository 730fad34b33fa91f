/**
 * The explorer against brute force on random programs: the *sets* of canonical keys are equal, no key comes twice,
 * nothing is redundant, and every finding of every interleaving is found.
 *
 * `RANDOM_PROGRAMS=20000 npx vitest run test/check/random.test.ts` runs more of them, and larger ones.
 */
import { expect, test } from "vitest";
import { OptimalSearch } from "../../src/check/index.ts";
import { everything, findingKey, keyOf } from "./brute-force.ts";
import { draw, realise, type Sketch } from "./random-programs.ts";
import { prepared } from "./world.ts";

const asked = Number(process.env.RANDOM_PROGRAMS ?? 0);
const PROGRAMS = asked || 2_500;
const MOST_INTERLEAVINGS = asked ? 4_000 : 250;
const BATCH = 500;

/** What is wrong with the explorer on this program; undefined when nothing is, null when it is too large. */
function disagreement(sketch: Sketch): object | undefined | null {
  const program = realise(sketch);
  const brute = prepared(program);
  const all = everything(brute.k, brute.specs, sketch.faults, MOST_INTERLEAVINGS);
  if (!all) return null;
  const { k, specs } = prepared(program);
  const search = new OptimalSearch(k, specs, { faults: sketch.faults });
  const keys = new Map<string, number>();
  const hashes = new Set<string>();
  const findings = new Set<string>();
  let redundant = 0;
  while (search.next()) {
    if (search.redundant) {
      redundant++;
      continue;
    }
    const key = keyOf(k, search.end);
    keys.set(key, (keys.get(key) ?? 0) + 1);
    hashes.add(search.order.keyAt(k.log.length).join());
    for (const finding of k.findings) findings.add(findingKey(finding));
  }
  const lost = [...all.keys].filter((key) => !keys.has(key));
  const invented = [...keys.keys()].filter((key) => !all.keys.has(key));
  const twice = [...keys].filter(([, n]) => n > 1).map(([key]) => key);
  const lostFindings = [...all.findings].filter((finding) => !findings.has(finding));
  if (
    lost.length + invented.length + twice.length + lostFindings.length + redundant === 0 &&
    hashes.size === keys.size
  ) {
    return undefined;
  }
  return { sketch, lost, invented, twice, lostFindings, redundant, hashes: hashes.size, keys: keys.size };
}

let seed = 0;
test.each(Array.from({ length: Math.ceil(PROGRAMS / BATCH) }, (_, i) => i))(
  `batch %i of ${BATCH} random programs: the explorer's traces are those of brute force`,
  { timeout: 600_000 },
  () => {
    for (let done = 0; done < BATCH; seed++) {
      const wrong = disagreement(draw(seed));
      if (wrong === null) continue;
      expect(wrong, `seed ${seed}`).toBeUndefined();
      done++;
    }
  },
);
