/**
 * The child of run.mjs: holds one implementation, measures what it is told.
 *
 * Wall-clock medians on a busy machine say nothing. Stable are many slices of about half a millisecond, shorter than a
 * scheduler quantum, and their 10th percentile. The work per slice is set once per operation, after a warm-up.
 */
import { build, makeOperations, makeRanges } from "./workload.mjs";

const kind = process.argv[2];
const { Implementation } = await import(`./${kind}.mjs`);

const SLICE_MS = 0.5;
let ranges;
let operations;
let sink = 0;
const units = new Map();
let position = 0;

/** Runs one slice and returns nanoseconds per unit. */
function slice(name, count) {
  const start = performance.now();
  sink += operations[name](count, position);
  const elapsed = performance.now() - start;
  position = (position + count) | 0;
  return (elapsed * 1e6) / count;
}

function calibrate(name, warmUpMs) {
  let count = 16;
  const until = performance.now() + warmUpMs;
  while (performance.now() < until) {
    const ns = slice(name, count);
    count = Math.max(4, Math.min(1 << 20, Math.round((SLICE_MS * 1e6) / Math.max(ns, 0.5))));
    count -= count % 4;
    if (count < 4) count = 4;
  }
  return count;
}

/** Compares the map with the sorted ranges it was built from. */
function check(map) {
  const { first, last, n } = ranges;
  for (let i = 0; i < n; i += Math.ceil(n / 5000)) {
    if (map.get(first[i]) !== (i & 0xffff) || map.get(last[i]) !== (i & 0xffff))
      throw new Error(`entry ${i} is wrong`);
  }
  const expected = Array.from({ length: n }, (_, i) => last[i] - first[i] + (i & 0xffff)).reduce(
    (a, b) => a + b,
    0,
  );
  const found = map.iterateAll();
  if (found !== expected) throw new Error(`a walk sums to ${found}, expected ${expected}`);
}

let map;
process.on("message", async ({ call, name, n, slices, warmUpMs }) => {
  let reply;
  if (call === "build") {
    ranges = makeRanges(n);
    map = build(new Implementation(), ranges);
    check(map);
    operations = makeOperations(map, ranges, Implementation);
    units.clear();
    reply = 0;
  } else if (call === "once") reply = operations[name](1, 0);
  else if (call === "whole") {
    // Operations over the whole map: every call is one slice, per entry.
    reply = [];
    for (let k = 0; k < slices; k++) {
      const start = performance.now();
      sink += operations[name]();
      reply.push(((performance.now() - start) * 1e6) / ranges.n);
    }
  } else if (call === "parts") {
    // The class against its bare parts: the same code below, so one process, slice by slice in turn.
    const { Implementation: Bare } = await import("./core.mjs");
    const bare = makeOperations(build(new Bare(), ranges), ranges, Bare);
    const own = [];
    const theirs = [];
    for (let k = 0; k < slices + 200; k++) {
      const pair = [
        [operations.split, own],
        [bare.split, theirs],
      ];
      // Who comes second finds the queries in the cache.
      for (const [split, into] of k % 2 === 0 ? pair : pair.toReversed()) {
        const start = performance.now();
        sink += split(1000, position);
        into.push(performance.now() - start);
      }
      position += 1000;
    }
    const tenth = (times) => times.slice(200).sort((a, b) => a - b)[Math.floor(slices / 10)];
    reply = tenth(own) / tenth(theirs);
  } else if (call === "check") {
    check(map);
    reply = 0;
  } else {
    if (!units.has(name)) units.set(name, calibrate(name, warmUpMs));
    const count = units.get(name);
    reply = [];
    for (let k = 0; k < slices; k++) reply.push(slice(name, count));
  }
  process.send({ reply, sink });
});
