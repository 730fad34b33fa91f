/**
 * What the check of path forms must complain about, and what it must leave alone: one table for the check with types
 * (floors) and for the one by names (users' files).
 *
 * Every piece stands behind `OPENING`, in which `g`, `load` and `lockBoth` are declared in the right form. `line` is
 * the line of the complaint within the piece.
 */

export const OPENING = `import type { Guard, Lock, Machine, Path, Suspend } from "../sched/index.ts";
export function* g(k: Machine, m: Lock): Path { if (k.lock(m)) yield; if (k.unlock(m)) yield; }
export function* load(k: Machine, m: Lock): Path<number> { if (k.lock(m)) yield; const value = m.word; if (k.unlock(m)) yield; return value; }
export function lockBoth(k: Machine, m: Lock): Suspend { return k.lock(m); }
`;

export const OPENING_LINES = OPENING.split("\n").length - 1;

export interface Mistake {
  readonly title: string;
  readonly code: string;
  readonly line: number;
  readonly says: RegExp;
}

export const MISTAKES: readonly Mistake[] = [
  {
    title: "a bare path call",
    code: `export function* f(k: Machine, m: Lock): Path {\n  g(k, m);\n}`,
    line: 2,
    says: /g\(\.\.\.\) makes a path and runs nothing: write `yield\* g/,
  },
  {
    title: "a bare call of a path of the engine",
    code: `export function* f(k: Machine, m: Lock): Path {\n  k.fair(m);\n}`,
    line: 2,
    says: /fair\(\.\.\.\) makes a path and runs nothing/,
  },
  {
    title: "a bare path call from a plain function",
    code: `export function f(k: Machine, m: Lock): void {\n  g(k, m);\n}`,
    line: 2,
    says: /runs nothing/,
  },
  {
    title: "a path call behind void",
    code: `export function* f(k: Machine, m: Lock): Path {\n  void g(k, m);\n}`,
    line: 2,
    says: /runs nothing/,
  },
  {
    title: "a path kept in a variable",
    code: `export function* f(k: Machine, m: Lock): Path {\n  const n = load(k, m);\n  void n;\n}`,
    line: 2,
    says: /keeps the path load\(\.\.\.\).*`= yield\* load/,
  },
  {
    title: "a path assigned to a variable",
    code: `export function* f(k: Machine, m: Lock): Path {\n  let n: unknown;\n  n = load(k, m);\n  void n;\n}`,
    line: 3,
    says: /keeps the path load/,
  },
  {
    title: "a path as a condition",
    code: `export function* f(k: Machine, m: Lock): Path {\n  if (load(k, m)) return;\n}`,
    line: 2,
    says: /uses the path load\(\.\.\.\) as a value/,
  },
  {
    title: "a path driven by a loop",
    code: `export function f(k: Machine, m: Lock): void {\n  for (const _ of g(k, m));\n}`,
    line: 2,
    says: /uses the path g/,
  },
  {
    title: "a path driven by hand",
    code: `export function f(k: Machine, m: Lock): void {\n  g(k, m).next();\n}`,
    line: 2,
    says: /uses the path g/,
  },
  {
    title: "a path kept in a literal that goes nowhere",
    code: `export function f(k: Machine, m: Lock): void {\n  const both = [g(k, m)];\n  void both;\n}`,
    line: 2,
    says: /uses the path g/,
  },
  {
    title: "a path returned by a path without being run",
    code: `export function* f(k: Machine, m: Lock): Path<unknown> {\n  return g(k, m);\n}`,
    line: 2,
    says: /`return yield\* g/,
  },
  {
    title: "a yield without the star",
    code: `export function* f(k: Machine, m: Lock): Generator<unknown, void, void> {\n  yield g(k, m);\n}`,
    line: 2,
    says: /yields the path instead of running it: write `yield\* g/,
  },
  {
    title: "a yield with a value",
    code: `export function* f(): Generator<number, void, void> {\n  yield 1;\n}`,
    line: 2,
    says: /yield takes no value/,
  },
  {
    title: "a yield* of something that is no path",
    code: `export function* f(): Path {\n  yield* [undefined];\n}`,
    line: 2,
    says: /yield\* takes a path/,
  },
  {
    title: "a bare yield",
    code: `export function* f(): Path {\n  yield;\n}`,
    line: 2,
    says: /a bare yield stands only behind an announced step/,
  },
  {
    title: "a yield behind a condition that announces nothing",
    code: `export function* f(m: Lock): Path {\n  if (m.word > 0) yield;\n}`,
    line: 2,
    says: /a bare yield stands only behind/,
  },
  {
    title: "an announcement without the yield",
    code: `export function* f(k: Machine, m: Lock): Path {\n  k.lock(m);\n}`,
    line: 2,
    says: /announces k\.lock\(\.\.\.\) and does not wait.*`if \(k\.lock\(\.\.\.\)\) yield;`/,
  },
  {
    title: "an announcement through a plain function, without the yield",
    code: `export function* f(k: Machine, m: Lock): Path {\n  lockBoth(k, m);\n}`,
    line: 2,
    says: /announces lockBoth\(\.\.\.\)/,
  },
  {
    title: "an announcement negated",
    code: `export function* f(k: Machine, m: Lock): Path {\n  if (!k.lock(m)) return;\n}`,
    line: 2,
    says: /must be the whole condition/,
  },
  {
    title: "an announcement as half of a condition",
    code: `export function* f(k: Machine, m: Lock, want: boolean): Path {\n  if (want && k.lock(m)) yield;\n}`,
    line: 2,
    says: /must be the whole condition/,
  },
  {
    title: "an announcement kept in a variable",
    code: `export function* f(k: Machine, m: Lock): Path {\n  const wait = k.lock(m);\n  void wait;\n}`,
    line: 2,
    says: /must be the whole condition/,
  },
  {
    title: "an announcement followed by more than a yield",
    code: `export function* f(k: Machine, m: Lock): Path {\n  if (k.lock(m)) { yield; k.spawn(g(k, m)); }\n}`,
    line: 2,
    says: /the branch of an announced step is `yield;` and nothing else/,
  },
  {
    title: "an announcement with an else",
    code: `export function* f(k: Machine, m: Lock): Path {\n  if (k.lock(m)) yield;\n  else k.spawn(g(k, m));\n}`,
    line: 2,
    says: /the branch of an announced step is/,
  },
  {
    title: "an announcement taken for the outcome",
    code: `export function* f(k: Machine, m: Lock): Path<number> {\n  if (k.read(m)) return 1;\n  return 0;\n}`,
    line: 2,
    says: /the branch of an announced step is/,
  },
  {
    title: "an announcement returned by a path",
    code: `export function* f(k: Machine, m: Lock): Path<boolean> {\n  return k.lock(m);\n}`,
    line: 2,
    says: /only a plain function declared `: Suspend` may return k\.lock/,
  },
  {
    title: "an announcement returned as a plain boolean",
    code: `export function f(k: Machine, m: Lock): boolean {\n  return k.lock(m);\n}`,
    line: 2,
    says: /only a plain function declared `: Suspend`/,
  },
  {
    title: "an announcement returned where the interface wants a plain answer",
    code: `export const guard: Guard = {\n  look: (k, m) => k.read(m),\n  skips: (m) => lockBoth(m as never, m),\n};`,
    line: 3,
    says: /only a plain function declared `: Suspend` may return lockBoth/,
  },
  {
    title: "a try in a path",
    code: `export function* f(k: Machine, m: Lock): Path {\n  try {\n    yield* g(k, m);\n  } finally {\n    m;\n  }\n}`,
    line: 2,
    says: /no try, catch or finally/,
  },
  {
    title: "a try in a plain function that paths call",
    code: `export function f(m: Lock): number {\n  try {\n    return m.word;\n  } catch {\n    return 0;\n  }\n}`,
    line: 2,
    says: /no try, catch or finally/,
  },
  {
    title: "a generator for a single access",
    code: `function* lockIt(k: Machine, m: Lock): Path {\n  if (k.lock(m)) yield;\n}`,
    line: 1,
    says: /a generator for a single access: .*`lockIt\(\.\.\.\): Suspend`/,
  },
  {
    title: "a generator for a single access, with its result",
    code: `export function* wordOf(k: Machine, m: Lock): Path<number> {\n  if (k.read(m)) yield;\n  return m.word;\n}\nexport function* f(k: Machine, m: Lock): Path<number> {\n  return yield* wordOf(k, m);\n}`,
    line: 1,
    says: /a generator for a single access/,
  },
  {
    title: "a generator for a single access, spawned once and driven elsewhere",
    code: `export function* wordOf(k: Machine, m: Lock): Path<number> {\n  if (k.read(m)) yield;\n  return m.word;\n}\nexport function* f(k: Machine, m: Lock): Path<number> {\n  k.spawn(wordOf(k, m));\n  return yield* wordOf(k, m);\n}`,
    line: 1,
    says: /a generator for a single access/,
  },
  {
    title: "an async function",
    code: `export async function f(): Promise<void> {}`,
    line: 1,
    says: /async has no place here/,
  },
  {
    title: "an await",
    code: `export const f = async (x: Promise<number>): Promise<number> =>\n  await x;`,
    line: 2,
    says: /await has no place here/,
  },
];

/** Right as they stand. */
export const RIGHT: readonly { readonly title: string; readonly code: string }[] = [
  { title: "a path under yield*", code: `export function* f(k: Machine, m: Lock): Path { yield* g(k, m); }` },
  {
    title: "the result of a path",
    code: `export function* f(k: Machine, m: Lock): Path<number> { const n = yield* load(k, m); return n + (yield* load(k, m)); }`,
  },
  {
    title: "a path handed to the engine",
    code: `export function f(k: Machine, m: Lock): void { k.spawn(g(k, m)); }`,
  },
  {
    title: "paths handed on in literals",
    code: `export function f(k: Machine, m: Lock): void { k.spawnAll([g(k, m), load(k, m)]); k.start({ name: "g", run: g(k, m) }); }`,
  },
  {
    title: "a plain function that makes a path",
    code: `export function f(k: Machine, m: Lock): Path { return g(k, m); }`,
  },
  { title: "an arrow that makes a path", code: `export const f = (k: Machine, m: Lock): Path => g(k, m);` },
  {
    title: "one of two paths",
    code: `export function* f(k: Machine, m: Lock, n: boolean): Path { yield* n ? g(k, m) : load(k, m); }`,
  },
  {
    title: "an announcement through a plain function",
    code: `export function* f(k: Machine, m: Lock): Path { if (lockBoth(k, m)) yield; if (k.unlock(m)) yield; }`,
  },
  {
    title: "a task of one step that is only spawned",
    code: `function* poke(k: Machine, m: Lock): Path { if (k.lock(m)) yield; }\nexport function f(k: Machine, m: Lock): void { k.spawn(poke(k, m)); }`,
  },
  {
    title: "a task of one step that is handed on as a function",
    code: `export function f(k: Machine, m: Lock): void { k.body(function* () { if (k.lock(m)) yield; }); }`,
  },
  {
    title: "a variant of one step, called through its interface",
    code: `interface Skipper { skip(k: Machine, m: Lock): Path<boolean> }\nexport const guard: Skipper = { *skip(k, m) { if (k.read(m)) yield; return m.word > 0; } };\nexport function* f(k: Machine, m: Lock): Path<boolean> { return yield* guard.skip(k, m); }`,
  },
  {
    title: "announcements in a variant, declared by its interface",
    code: `export const one: Guard = { look: (k, m) => k.read(m), skips: (m) => m.word > 0 };\nexport const two: Guard = { look(k, m) { return k.read(m); }, skips: (m) => m.word > 0 };\nexport function* f(k: Machine, m: Lock): Path<boolean> { if (one.look(k, m)) yield; const skip = one.skips(m); if (two.look(k, m)) yield; return skip || two.skips(m); }`,
  },
  {
    title: "a method of the same name on something else",
    code: `export function f(k: Machine, m: Lock): number { const seen = new Set<number>(); seen.add(1); void k; void m; return seen.size; }`,
  },
];
