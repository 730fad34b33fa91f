/**
 * The further primitives under the explorer, against brute force: every interleaving's canonical key is found, once,
 * with nothing redundant, and every finding of every interleaving is found.
 *
 * `RANDOM_PROGRAMS=20000 npx vitest run test/check/random-primitives.test.ts` runs more of them, and larger ones.
 */
import { expect, test } from "vitest";
import { OptimalSearch } from "../../src/check/index.ts";
import { KIND_NAMES, Machine } from "../../src/sched/index.ts";
import { everything, findingKey, keyOf } from "./brute-force.ts";
import { draw, realise, type Sketch } from "./random-primitives.ts";

const asked = Number(process.env.RANDOM_PROGRAMS ?? 0);
const PROGRAMS = asked || 1_500;
const MOST_INTERLEAVINGS = asked ? 4_000 : 250;
const BATCH = 500;

/** Kinds of steps that some execution took. */
const seen = new Set<string>();

/** A machine that holds nothing back: findings do not end the comparison. */
function prepared(sketch: Sketch) {
  const program = realise(sketch, () => new Machine());
  const k = program.machine!();
  const state = program.setup(k);
  k.mark();
  return { k, specs: () => program.tasks(k, state) };
}

function disagreement(sketch: Sketch): object | undefined | null {
  const brute = prepared(sketch);
  const all = everything(brute.k, brute.specs, 0, MOST_INTERLEAVINGS);
  if (!all) return null;
  const { k, specs } = prepared(sketch);
  const search = new OptimalSearch(k, specs, { faults: 0 });
  const keys = new Map<string, number>();
  const findings = new Set<string>();
  let redundant = 0;
  while (search.next()) {
    if (search.redundant) {
      redundant++;
      continue;
    }
    const key = keyOf(k, search.end);
    keys.set(key, (keys.get(key) ?? 0) + 1);
    for (const finding of k.findings) findings.add(findingKey(finding));
    for (let i = 0; i < k.log.length; i++) seen.add(KIND_NAMES[k.log.kind[i]!]!);
  }
  const lost = [...all.keys].filter((key) => !keys.has(key));
  const invented = [...keys.keys()].filter((key) => !all.keys.has(key));
  const twice = [...keys].filter(([, n]) => n > 1).map(([key]) => key);
  const lostFindings = [...all.findings].filter((finding) => !findings.has(finding));
  if (lost.length + invented.length + twice.length + lostFindings.length + redundant === 0) return undefined;
  return { sketch: JSON.stringify(sketch), lost, invented, twice, lostFindings, redundant };
}

let seed = 0;
test.each(Array.from({ length: Math.ceil(PROGRAMS / BATCH) }, (_, i) => i))(
  `batch %i of ${BATCH} random programs of further primitives: the explorer's traces are those of brute force`,
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

test("the random programs took every kind of step that the primitives have", () => {
  const kinds = [
    "store",
    "exchange",
    "read all",
    "seq write begin",
    "seq write end",
    "seq read begin",
    "seq read retry",
    "complete",
    "wait for completion",
    "wake",
    "prepare to wait",
    "timer fire",
    "timer arm",
    "work take",
    "fetch or",
    "fetch and not",
    "rcu read lock",
    "rcu read unlock",
    "rcu grace start",
    "rcu call",
    "enqueue read",
    "enqueue write",
    "leave queue",
    "exit",
  ];
  expect(kinds.filter((kind) => !seen.has(kind))).toEqual([]);
});
