/**
 * One random program, searched by everybody: brute force over all interleavings, the optimal search, and the parts of a
 * divided search must agree on the *set* of canonical keys.
 */
import { divide, explorePart, mergeResults, OptimalSearch } from "../../src/check/index.ts";
import { everything, findingKey, keyOf } from "./brute-force.ts";
import { realise, type Sketch } from "./random-programs.ts";
import { prepared } from "./world.ts";

/** What is wrong with the explorer on this program; undefined when nothing is, null when it is too large. */
export function disagreement(sketch: Sketch, mostInterleavings: number): object | undefined | null {
  const program = realise(sketch);
  const brute = prepared(program);
  const all = everything(brute.k, brute.specs, sketch.faults, mostInterleavings);
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

/** What is wrong with the search cut into parts at this depth: the parts against the whole, for the largest budget. */
export function partsDisagree(sketch: Sketch, depth: number): object | undefined {
  const program = realise(sketch);
  const { k, specs } = prepared(program);
  const search = new OptimalSearch(k, specs, { faults: sketch.faults });
  let executions = 0;
  let blocked = 0;
  const sum: [number, number] = [0, 0];
  while (search.next()) {
    if (search.faults !== sketch.faults) continue; // a part counts the executions of its own round
    executions++;
    if (search.end === "blocked") blocked++;
    const [a, b] = search.order.keyAt(k.log.length);
    sum[0] = (sum[0] + a) | 0;
    sum[1] = (sum[1] + b) | 0;
  }
  const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, "0");
  const results = divide(program, sketch.faults, depth).map((part) => {
    const exploration = explorePart(program, part, { raceDetection: false });
    while (exploration.slice(10_000));
    return exploration.result();
  });
  const parts = mergeResults(results);
  const whole = { executions, blocked, keyHash: hex(sum[0]) + hex(sum[1]) };
  if (
    parts.executions === whole.executions &&
    parts.blocked === whole.blocked &&
    parts.keyHash === whole.keyHash
  )
    return undefined;
  return { sketch, depth, parts: { ...parts }, whole };
}
