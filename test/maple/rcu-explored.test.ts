/**
 * Readers without a lock against one writer, explored by the checker: every order of their steps.
 *
 *   a reader's step     rcu_dereference of the tree, then `reader.step()`: one node
 *   the writer          publish | retire | hand the dead nodes to RCU
 *   RCU's callback      free each node | give its memory back
 *
 * What is in the nodes is one object here: each step of a reader conflicts with each of the writer, so that "independent"
 * never means more than "two readers". That a node is alive is an object per node, and the checker's own detector of
 * uses after free watches it. What a reader returns must have stood at its index while it walked.
 */
import { describe, expect, it } from "vitest";
import { type ExplorationResult, explore, type Program } from "../../src/check/index.ts";
import { MAX_INDEX, MapleTree, type PreparedStore, type Reader } from "../../src/maple/index.ts";
import type { NodePicture } from "../../src/maple/picture.ts";
import {
  type Atomic,
  atomic,
  type Machine,
  num,
  type Path,
  type Rcu,
  type Row,
  rcu,
  type Slab,
  slab,
  type TaskSpec,
  type Tracked,
} from "../../src/sched/index.ts";
import { QUICK } from "./world.ts";

interface Write {
  readonly first: number;
  readonly last: number;
  readonly value: string | undefined;
}

/** How the writer lets go of nodes, and what it may do wrong. */
type Fault =
  | "none"
  | "freed at once"
  | "waits before it publishes"
  | "publishes in two halves"
  | "reader outside of a read section";

interface Setting {
  readonly count: number;
  readonly writes: readonly Write[];
  readonly indices: readonly number[];
  /** "rcu": the checker's RCU decides when nodes are free. "tree": the tree counts its read sections itself. */
  readonly grace?: "rcu" | "tree";
  readonly fault?: Fault;
  readonly witnesses?: readonly string[];
}

interface TreeNode extends Row {
  /** Never written: reading it asks whether the node is alive. */
  alive: number;
}
const treeNodes: Slab<TreeNode> = slab<TreeNode>("node", { alive: num("nobody") });

interface Shared extends Row {
  readonly content: Atomic;
  readonly domain: Rcu;
}
const shareds: Slab<Shared> = slab<Shared>("tree", { content: atomic(), domain: rcu() }, { permanent: true });

/** A maple tree as part of a machine: comes back to the state after set-up, and knows the row of each node. */
class ModelTree implements Tracked {
  readonly #k: Machine;
  readonly #setting: Setting;
  tree!: MapleTree<string>;
  /** By reader: what stood at its index before the first write, after it, after the second … */
  states: string[][] = [];
  /** Writes published. */
  published = 0;
  #rows = new Map<number, TreeNode>();
  #rowsAtMark = new Map<number, TreeNode>();
  #spare: TreeNode[] = [];
  #batch = 0;

  constructor(k: Machine, setting: Setting) {
    this.#k = k;
    this.#setting = setting;
    this.#start();
    for (const unit of unitsOf(this.tree.picture())) this.#rows.set(unit, k.alloc(treeNodes));
    k.memory.track(this);
  }

  mark(): void {
    this.#rowsAtMark = new Map(this.#rows);
  }

  reset(): void {
    this.#start();
    this.#rows = new Map(this.#rowsAtMark);
  }

  digest(): string {
    return this.tree.toString();
  }

  row(unit: number): TreeNode {
    const row = this.#rows.get(unit);
    if (row === undefined) throw new Error(`a reader follows a pointer to node ${unit}, which is retired`);
    return row;
  }

  /** Gets the nodes for a store; a row for each is made now, before anybody can reach it. */
  prepare({ first, last, value }: Write): PreparedStore<string> {
    const prepared = this.tree.prepareStore(first, last, value)!;
    for (let n = 0; n < prepared.nodes; n++) this.#spare.push(this.#k.alloc(treeNodes));
    return prepared;
  }

  publish(prepared: PreparedStore<string>, complete: boolean): void {
    this.tree.publishStore(prepared);
    for (const unit of unitsOf(this.tree.picture())) {
      if (!this.#rows.has(unit)) this.#rows.set(unit, this.#spare.pop()!);
    }
    this.#spare.length = 0;
    if (complete) this.#record();
  }

  /** Marks the replaced nodes dead; returns their rows, and the batch they wait in. */
  retire(prepared: PreparedStore<string>): { rows: TreeNode[]; batch: number } {
    this.#batch = 0;
    this.tree.retireStore(prepared);
    const live = new Set(unitsOf(this.tree.picture()));
    const dead = [...this.#rows].filter(([unit]) => !live.has(unit));
    for (const [unit] of dead) this.#rows.delete(unit);
    return { rows: dead.map(([, row]) => row), batch: this.#batch };
  }

  #record(): void {
    this.published++;
    for (const [k, index] of this.#setting.indices.entries()) this.states[k]!.push(stateAt(this.tree, index));
  }

  /** Ranges of 8 indices with gaps of 2 between them. */
  #start(): void {
    const own = this.#setting.grace === "tree";
    this.tree = new MapleTree<string>({
      rcu: true,
      ...(own ? {} : { retired: (batch) => (this.#batch = batch) }),
    });
    for (let i = 0; i < this.#setting.count; i++) this.tree.store(i * 10, i * 10 + 7, `v${i}`);
    this.tree.reclaim(MAX_INDEX);
    this.published = 0;
    this.states = this.#setting.indices.map((index) => [stateAt(this.tree, index)]);
  }
}

function unitsOf(p: NodePicture | undefined): number[] {
  if (p === undefined) return [];
  return [p.node, ...p.slots.flatMap((slot) => unitsOf(slot.child))];
}

function stateAt(tree: MapleTree<string>, index: number): string {
  const cursor = tree.cursor(index);
  const value = cursor.walk();
  return `${cursor.index}-${cursor.last}: ${String(value)}`;
}

const stateOf = (r: Reader<string>): string => `${r.first}-${r.last}: ${String(r.value)}`;

interface World {
  readonly s: Shared;
  readonly model: ModelTree;
}

function* read(k: Machine, { s, model }: World, setting: Setting, which: number): Path {
  const reader = model.tree.reader(setting.indices[which]!);
  const own = setting.grace === "tree";
  const inside = setting.fault !== "reader outside of a read section";
  if (own) {
    if (k.storeRelease(s.content, "enter")) yield;
    reader.enter();
  } else if (inside) {
    if (k.rcuReadLock(s.domain, "enter")) yield;
  }
  let since = -1;
  let node: TreeNode | undefined;
  for (;;) {
    if (own || !inside) {
      if (k.loadAcquire(s.content, "step")) yield;
    } else if (k.rcuDereference(s.content, s.domain, "step")) yield;
    if (since < 0) since = model.published;
    // Whoever looks at a node that was freed, or may have been, ends here with a finding.
    if (node !== undefined) void node.alive;
    const step = reader.step();
    if (step === "found") break;
    if (step === "restart") k.witness("met a dead node");
    node = step === "down" && !own ? model.row(reader.node) : undefined;
  }
  const states = model.states[which]!.slice(since);
  const seen = stateOf(reader);
  k.assert(states.includes(seen), "a reader returns a state that existed while it walked");
  if (seen === model.states[which]![0]) k.witness("saw the old state");
  if (seen !== model.states[which]![0] && since === 0) k.witness("saw a new state that came while it walked");
  if (own) {
    if (k.storeRelease(s.content, "leave")) yield;
    reader.leave();
  } else if (inside) {
    if (k.rcuReadUnlock(s.domain, "leave")) yield;
  }
}

/** The parts of one store. A half is not a state that a reader may see. */
function* store(k: Machine, w: World, setting: Setting, write: Write, complete: boolean): Path {
  const { s, model } = w;
  const prepared = model.prepare(write);
  if (setting.fault === "waits before it publishes") yield* k.synchronizeRcu(s.domain, "too early");
  if (k.storeRelease(s.content, "publish")) yield;
  s.content.value++;
  model.publish(prepared, complete);
  if (k.storeRelease(s.content, "retire")) yield;
  s.content.value++;
  const { rows, batch } = model.retire(prepared);
  if (setting.grace === "tree" || rows.length === 0) return;
  const release = function* (): Path {
    for (const row of rows) {
      if (k.free(row, "free")) yield;
    }
    if (k.storeRelease(s.content, "reclaim")) yield;
    s.content.value++;
    model.tree.reclaim(batch);
  };
  if (setting.fault === "freed at once" || setting.fault === "waits before it publishes") yield* release();
  else if (k.callRcu(s.domain, { name: "free nodes", run: release }, "retire")) yield;
}

function* writeAll(k: Machine, w: World, setting: Setting): Path {
  for (const write of setting.writes) {
    if (setting.fault === "publishes in two halves") {
      const middle = Math.floor((write.first + write.last) / 2);
      yield* store(k, w, setting, { ...write, last: middle }, false);
    }
    yield* store(k, w, setting, write, true);
  }
}

function program(setting: Setting): Program<World> {
  return {
    name: "readers against a writer",
    setup: (k) => ({ s: k.alloc(shareds), model: new ModelTree(k, setting) }),
    tasks: (k, w): TaskSpec[] => [
      { name: "writer", run: () => writeAll(k, w, setting) },
      ...setting.indices.map(
        (_, which): TaskSpec => ({ name: `reader ${which}`, run: () => read(k, w, setting, which) }),
      ),
      ...(setting.grace === "tree" ? [] : [k.rcuCallbacks(w.s.domain)]),
    ],
    after: (_, { model }) => model.tree.validate(),
    ...(setting.witnesses === undefined ? {} : { witnesses: setting.witnesses }),
  };
}

function explored(setting: Setting): ExplorationResult {
  const exploration = explore(program(setting));
  while (exploration.slice(10_000));
  return exploration.result();
}

const OLD = "saw the old state";
const NEW = "saw a new state that came while it walked";
const DEAD = "met a dead node";

type Case = readonly [
  name: string,
  count: number,
  writes: readonly Write[],
  index: number,
  kinds: readonly string[],
  witnesses: readonly string[],
];
const CASES: readonly Case[] = [
  ["an exact replacement", 12, [{ first: 30, last: 37, value: "new" }], 33, ["exact"], [OLD, NEW]],
  ["a leaf rewritten", 12, [{ first: 32, last: 33, value: "new" }], 33, ["node"], [OLD, NEW, DEAD]],
  [
    "a moved boundary, in place",
    12,
    [
      { first: 38, last: 39, value: "filler" },
      { first: 35, last: 39, value: "new" },
    ],
    36,
    ["exact", "slot"],
    [OLD, NEW],
  ],
  [
    "a leaf that splits",
    12,
    [
      { first: 53, last: 53, value: "a" },
      { first: 83, last: 83, value: "b" },
    ],
    53,
    ["node", "split"],
    [OLD, NEW, DEAD],
  ],
  [
    "a store across leaves",
    40,
    [{ first: 33, last: 233, value: "wide" }],
    120,
    ["spanning"],
    [OLD, NEW, DEAD],
  ],
  [
    "an erase across leaves",
    40,
    [{ first: 33, last: 233, value: undefined }],
    120,
    ["spanning"],
    [OLD, NEW, DEAD],
  ],
  [
    "a leaf that runs empty",
    12,
    [
      { first: 0, last: 7, value: undefined },
      { first: 10, last: 17, value: undefined },
    ],
    13,
    ["node", "rebalance"],
    [OLD, NEW, DEAD],
  ],
  [
    "the tree emptied",
    14,
    [{ first: 0, last: MAX_INDEX, value: undefined }],
    33,
    ["spanning"],
    [OLD, NEW, DEAD],
  ],
  [
    "nodes used again while a reader is under way",
    12,
    [
      { first: 32, last: 33, value: "a" },
      { first: 32, last: 33, value: undefined },
      { first: 35, last: 36, value: "c" },
    ],
    33,
    ["exact", "node"],
    [OLD, NEW, DEAD],
  ],
];

describe("every order of one reader's steps and a writer's", () => {
  for (const [name, count, writes, index, kinds, witnesses] of CASES) {
    for (const grace of QUICK ? (["tree"] as const) : (["rcu", "tree"] as const)) {
      it(`${name}: a state that existed, from nodes that live (grace periods of the ${grace})`, () => {
        const result = explored({ count, writes, indices: [index], grace, witnesses });
        expect(result).toMatchObject({ verdict: "holds", findings: [], switchedOff: [], redundant: 0 });
        expect(result.executions).toBeGreaterThanOrEqual(10);
      });
    }

    it(`${name}: the stores are of the kinds meant`, () => {
      const tree = new MapleTree<string>({ rcu: true });
      for (let i = 0; i < count; i++) tree.store(i * 10, i * 10 + 7, `v${i}`);
      const seen = new Set<string>();
      for (const { first, last, value } of writes) {
        seen.add(tree.planStore(first, last, value).kind);
        tree.store(first, last, value);
      }
      expect([...seen].sort()).toEqual([...kinds].sort());
    });
  }
});

describe.skipIf(QUICK)("every order of two readers' steps and a writer's", () => {
  for (const grace of ["rcu", "tree"] as const) {
    it(`a store across leaves (grace periods of the ${grace})`, () => {
      const writes = [{ first: 33, last: 233, value: "wide" }];
      const result = explored({ count: 14, writes, indices: [33, 75], grace, witnesses: [OLD, NEW, DEAD] });
      expect(result).toMatchObject({ verdict: "holds", findings: [], redundant: 0 });
      expect(result.executions).toBeGreaterThan(100);
    });
  }
});

describe.skipIf(QUICK)("what would be wrong is found", () => {
  const writes = [{ first: 32, last: 33, value: "new" }];
  const codes = (fault: Fault, setting: Partial<Setting> = {}): [string, string[]] => {
    const result = explored({ count: 12, writes, indices: [33], fault, ...setting });
    return [result.verdict, [...new Set(result.findings.map((found) => found.finding.code))].sort()];
  };

  it("nodes freed without a grace period", () => {
    expect(codes("freed at once")).toEqual(["fails", ["rcu-misuse", "use-after-free"]]);
  });

  it("a grace period that ends before the nodes are out of reach", () => {
    expect(codes("waits before it publishes")).toEqual(["fails", ["rcu-misuse", "use-after-free"]]);
  });

  it("a reader outside of a read section", () => {
    expect(codes("reader outside of a read section")).toEqual(["fails", ["use-after-free"]]);
  });

  it("a store that is published in two halves", () => {
    const wide = [{ first: 33, last: 233, value: "wide" }];
    expect(codes("publishes in two halves", { count: 40, writes: wide, indices: [120] })).toEqual([
      "fails",
      ["assertion"],
    ]);
  });
});
