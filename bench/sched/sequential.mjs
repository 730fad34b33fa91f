/**
 * What a path costs when nothing is explored: sequential rate against plain functions, as a ratio in one run.
 *
 * One call takes and gives back two locks, touches six fields and two atomics, over five nested functions and 13 steps,
 * and inserts and removes a range in a sorted array of 2,000: the shape of a small system call. It is done three times:
 *
 *   plain        functions and object fields, no machine at all
 *   plain paths  the same as nested generators that never yield: what generators alone cost
 *   machine      the paths over a machine in sequential use: `if (k.lock(...)) yield;`
 *
 * `npm run bench:sched` builds nothing; run `npm run build` first.
 */
import { atomic, Machine, mutex, num, rwsem, sequentially, slab } from "../../dist/sched/index.js";

const CALLS = 5_000;

const ROUNDS = 60;

const areas = slab(
  "area",
  {
    start: num("lock"),
    end: num("lock"),
    flags: num("lock"),
    total: num("inner"),
    lock: rwsem(),
    inner: mutex(),
    users: atomic(),
    pending: atomic(),
  },
  { permanent: true },
);

// ---- what every variant does besides: a range comes and goes in a sorted array

const starts = new Float64Array(2_048);
let ranges = 2_000;
for (let i = 0; i < ranges; i++) starts[i] = i * 16;

function comeAndGo(n) {
  const start = ((n * 7919) % 32_000) + 1;
  let low = 0;
  let high = ranges;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] < start) low = middle + 1;
    else high = middle;
  }
  starts.copyWithin(low + 1, low, ranges);
  starts[low] = start;
  ranges++;
  const end = starts[low + 1];
  starts.copyWithin(low, low + 1, ranges);
  ranges--;
  return end - start;
}

// ---- the machine

const k = new Machine();

const area = k.alloc(areas);
k.mark();

function* call(n) {
  if (k.writeLock(area.lock, "call")) yield;
  if (k.read(area.pending, "call")) yield;
  let result = area.pending.value;
  result += yield* move(n);
  if (k.writeUnlock(area.lock, "call")) yield;
  if (k.add(area.users, 1, "call")) yield;
  return result;
}

function* move(n) {
  area.start = n;
  area.end = n + 10;
  if (k.rmw(area.users, "move")) yield;
  area.users.value += 1;
  return yield* account(n);
}

function* account(n) {
  if (k.lock(area.inner, "account")) yield;
  area.total += n;
  const total = yield* settle(n);
  if (k.unlock(area.inner, "account")) yield;
  return total;
}

function* settle(n) {
  if (k.read(area.users, "settle")) yield;
  area.flags = (area.flags + area.users.value + n) & 0xff;
  if (k.add(area.pending, 1, "settle")) yield;
  if (k.add(area.pending, -1, "settle")) yield;
  return yield* look(n);
}

function* look(n) {
  if (k.read(area.pending, "look")) yield;
  if (k.read(area.users, "look")) yield;
  if (k.add(area.users, -1, "look")) yield;
  return area.end - area.start + comeAndGo(n);
}

// ---- the same without a machine

const plain = { start: 0, end: 0, flags: 0, total: 0, lock: 0, inner: 0, users: 0, pending: 0 };

function plainCall(n) {
  plain.lock = 1;
  let result = plain.pending;
  result += plainMove(n);
  plain.lock = 0;
  plain.users += 1;
  return result;
}

function plainMove(n) {
  plain.start = n;
  plain.end = n + 10;
  plain.users += 1;
  return plainAccount(n);
}

function plainAccount(n) {
  plain.inner = 1;
  plain.total += n;
  const total = plainSettle(n);
  plain.inner = 0;
  return total;
}

function plainSettle(n) {
  plain.flags = (plain.flags + plain.users + n) & 0xff;
  plain.pending += 1;
  plain.pending -= 1;
  return plainLook(n);
}

function plainLook(n) {
  plain.users -= 1;
  return plain.end - plain.start + comeAndGo(n);
}

function* pathCall(n) {
  plain.lock = 1;
  let result = plain.pending;
  result += yield* pathMove(n);
  plain.lock = 0;
  plain.users += 1;
  return result;
}

function* pathMove(n) {
  plain.start = n;
  plain.end = n + 10;
  plain.users += 1;
  return yield* pathAccount(n);
}

function* pathAccount(n) {
  plain.inner = 1;
  plain.total += n;
  const total = yield* pathSettle(n);
  plain.inner = 0;
  return total;
}

function* pathSettle(n) {
  plain.flags = (plain.flags + plain.users + n) & 0xff;
  plain.pending += 1;
  plain.pending -= 1;
  return yield* pathLook(n);
}

function* pathLook(n) {
  plain.users -= 1;
  return plain.end - plain.start + comeAndGo(n);
}

// ---- measuring

function sumOf(one) {
  let sum = 0;
  for (let n = 0; n < CALLS; n++) sum += one(n);
  return sum;
}

const variants = [
  ["plain", () => sumOf(plainCall)],
  ["plain paths", () => sumOf((n) => sequentially(pathCall(n)))],
  ["machine", () => sumOf((n) => sequentially(call(n)))],
];
/** Best time of one call of each variant in ns. They take turns, so that all see the same machine. */
const results = variants.map(([name]) => ({ name, ns: Number.POSITIVE_INFINITY, sum: 0 }));
for (let round = 0; round < ROUNDS; round++) {
  variants.forEach(([, work], i) => {
    const start = performance.now();
    const sum = work();
    const ns = ((performance.now() - start) * 1e6) / CALLS;
    const result = results[i];
    result.ns = Math.min(result.ns, ns);
    result.sum = sum;
  });
}
if (new Set(results.map((r) => r.sum)).size !== 1) throw new Error("the variants do not compute the same");

const base = results[0].ns;
for (const { name, ns } of results) {
  console.log(
    `${name.padEnd(12)} ${ns.toFixed(0).padStart(6)} ns per call  ${(ns / base).toFixed(1).padStart(6)} x plain`,
  );
}
