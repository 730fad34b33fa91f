/** One mechanism resets, hashes and diffs the state; names and hashes are the same on every machine. */
import { describe, expect, test } from "vitest";
import {
  type AtomicRef,
  atomicRef,
  Machine,
  num,
  type Path,
  type Row,
  type Slab,
  slab,
} from "../../src/sched/index.ts";
import { everyRun, run, tasks, thingSlab, world } from "./world.ts";

describe("reset", () => {
  test("brings back every kind of field, lists, tables, rows and locks, exactly", () => {
    const { k, s } = world();
    const kept = k.alloc(thingSlab);
    s.n = 3;
    s.items.push("a");
    s.table.set(2, 7);
    s.thing = kept;
    k.label(kept, "kept");
    k.mark();
    const before = Array.from(k.memory.nums);
    run(
      k,
      tasks(function* () {
        if (k.lock(s.m, "mess")) yield;
        s.n = 99;
        s.flag = true;
        s.items.push("b");
        s.items.remove("a");
        s.table.set(2, 0);
        s.table.set(3, 1);
        s.thing = k.alloc(thingSlab);
        s.thing.value = 5;
        k.label(kept, "changed");
        if (k.rmw(s.sparse, "mess")) yield;
        s.sparse.set(40, 4);
        if (k.rcuReadLock(s.rcu, "mess")) yield;
        yield* k.fairWriteLock(s.fair, "mess");
        if (k.free(kept, "mess")) yield;
      }),
    );
    expect(k.memory.changesSince(0).length).toBeGreaterThan(8);
    k.reset();
    expect(k.memory.changesSince(0)).toEqual([]);
    expect(Array.from(k.memory.nums).slice(0, before.length)).toEqual(before);
    expect([s.n, s.flag, s.items.items(), s.table.nextUsed(0, 4), s.thing]).toEqual([
      3,
      false,
      ["a"],
      2,
      kept,
    ]);
    expect([k.rowName(kept), k.alive(), k.holds(s.m)]).toEqual(["kept", [kept], false]);
    expect(k.aside(() => k.endStateHash())).toBe(k.endStateHash());
  });

  test("every run starts from the mark: the same schedule leaves the same hash", () => {
    const { k, s } = world();
    k.mark();
    function* body(): Path {
      if (k.lock(s.m, "b")) yield;
      s.n = s.n * 2 + 1;
      s.items.push(`${s.n}`);
      if (k.unlock(s.m, "b")) yield;
      k.alloc(thingSlab).value = 4;
    }
    const hashes = new Set<number>();
    for (let i = 0; i < 3; i++) {
      run(k, tasks(body, body), "AABB");
      hashes.add(k.endStateHash());
    }
    expect(hashes.size).toBe(1);
  });

  test("a tree that lives outside the words is marked and reset with them", () => {
    const { k, s } = world();
    const tree = {
      now: [1],
      kept: [1],
      mark: () => void (tree.kept = [...tree.now]),
      reset: () => void (tree.now = [...tree.kept]),
      digest: () => tree.now.join(),
    };
    k.memory.track(tree);
    k.mark();
    const clean = k.endStateHash();
    run(
      k,
      tasks(function* () {
        if (k.lock(s.m, "t")) yield;
        k.touch(s.m.word, true);
        tree.now.push(2);
        if (k.unlock(s.m, "t")) yield;
      }),
    );
    expect(k.endStateHash()).not.toBe(clean);
    k.reset();
    expect([tree.now, k.endStateHash()]).toEqual([[1], clean]);
  });
});

describe("hash", () => {
  test("a change undone by hand is no change: lists, null references, numbers", () => {
    const { k, s } = world();
    s.items.push("a");
    k.mark();
    const clean = k.endStateHash();
    s.items.push("b");
    s.n = 4;
    s.thing = null;
    expect(k.endStateHash()).not.toBe(clean);
    s.items.remove("b");
    s.n = 0;
    expect(k.endStateHash()).toBe(clean);
  });

  test("it does not depend on what was explored before, nor on who was discovered first", () => {
    const make = (explore: readonly string[]) => {
      const { k, s } = world();
      k.mark();
      const parent = (name: string) =>
        function* (): Path {
          const child = {
            name: `${name}'s child`,
            *run(): Path {
              if (k.lock(s.m, name)) yield;
              s.thing = k.alloc(thingSlab);
              k.alloc(thingSlab).value = 3;
              if (k.unlock(s.m, name)) yield;
            },
          };
          if (k.spawn(child, "spawn")) yield;
        };
      for (const schedule of [...explore, "AB"]) run(k, tasks(parent("A"), parent("B")), schedule);
      return k.endStateHash();
    };
    expect(make(["BA"])).toBe(make([]));
    expect(make(["BA", "AB"])).toBe(make([]));
  });

  test("different states differ", () => {
    const { k, s } = world();
    k.mark();
    const hashes = new Set<number>();
    const see = () => hashes.add(k.endStateHash());
    see();
    s.n = 1;
    see();
    s.n = 2;
    see();
    s.n = 0.5;
    see();
    s.table.set(0, 2);
    see();
    s.thing = k.alloc(thingSlab);
    see();
    s.thing = k.alloc(thingSlab);
    see();
    expect(hashes.size).toBe(7);
  });
});

describe("changes", () => {
  test("since a checkpoint: what a step changed, each word once, unchanged rewrites left out", () => {
    const { k, s } = world();
    k.mark();
    s.n = 1;
    const checkpoint = k.memory.checkpoint();
    s.n = 2;
    s.n = 3;
    s.flag = true;
    s.flag = false;
    s.table.set(1, 4);
    const changes = k.memory.changesSince(checkpoint).map((c) => [k.nameOf(c.word), c.before, c.after]);
    expect(changes).toEqual([
      ["s.n", 1, 3],
      ["s.table[1]", 0, 4],
    ]);
    expect(k.memory.changesSince(0).map((c) => [k.nameOf(c.word), c.before, c.after])).toEqual([
      ["s.n", 0, 3],
      ["s.table[1]", 0, 4],
    ]);
    k.reset();
    expect([s.n, s.table.get(1)]).toEqual([0, 0]);
  });
});

describe("names", () => {
  test("labels are for reports, stable names for what leaves the machine", () => {
    const { k, s } = world();
    const thing = k.alloc(thingSlab);
    k.label(thing, "the thing");
    expect([k.nameOf(thing.cell.word), k.stableName(thing.cell.word)]).toEqual([
      "the thing.cell",
      "thing#1+4",
    ]);
    expect([k.nameOf(s.table.word + 2), k.nameOf(s.bits.word + 1), k.nameOf(thing.at)]).toEqual([
      "s.table[2]",
      "s.bits.busy",
      "the thing",
    ]);
    expect(k.referenceName({ b: thing, a: [1, { c: true }] })).toBe("{a:[1,{c:true}],b:thing#1}");
    expect([k.referenceName([thing, null, "text"]), k.referenceName(undefined)]).toEqual([
      "[thing#1,null,text]",
      "null",
    ]);
    k.mark();
    run(
      k,
      tasks(function* () {
        if (k.signalPending("look")) yield;
        k.alloc(thingSlab);
      }),
    );
    const born = k.alive()[1]!;
    expect([k.rowName(born), k.stableName(born.at), k.nameOf(k.signalWord[0]!)]).toEqual([
      "thing#A.1",
      "thing#task 1.1",
      "A.signal",
    ]);
  });

  test("a row keeps its words and its serial number in every schedule", () => {
    const { k, s } = world();
    k.mark();
    const seen = new Map<string, Set<number>>();
    const body = (name: string) =>
      function* (): Path {
        for (let i = 0; i < 2; i++) {
          if (k.read(s.x, name)) yield;
          const row = k.alloc(thingSlab);
          const key = `${name}${i}`;
          seen.set(key, (seen.get(key) ?? new Set()).add(row.serial));
          expect(k.rowOf(thingSlab, row.serial)).toBe(row);
          expect(k.rowAt(row.at)).toBe(row);
        }
      };
    expect(everyRun(k, tasks(body("A"), body("B")), () => expect(k.rowsOf(thingSlab)).toHaveLength(4))).toBe(
      6,
    );
    expect([...seen.values()].map((serials) => serials.size)).toEqual([1, 1, 1, 1]);
    expect(new Set([...seen.values()].flatMap((serials) => [...serials])).size).toBe(4);
    expect(() => k.rowOf(thingSlab, 12345)).toThrow(/no thing has the serial number 12345/);
  });
});

describe("fields", () => {
  interface Node extends Row {
    value: number;
    readonly next: AtomicRef<Node>;
  }
  const nodes: Slab<Node> = slab<Node>("node", { value: num("-"), next: atomicRef(() => nodes) });

  test("an atomic reference is compared and exchanged by codes that are the same on every machine", () => {
    const k = new Machine();
    const [a, b] = [k.alloc(nodes), k.alloc(nodes)];
    k.mark();
    const got: (Node | null)[] = [];
    run(
      k,
      tasks(function* () {
        if (k.read(a.next, "read")) yield;
        got.push(a.next.target);
        if (k.cas(a.next, a.next.code(null), "push")) yield;
        if (k.result === 1) a.next.target = b;
        if (k.exchange(a.next, a.next.code(a), "xchg")) yield;
        got.push(a.next.decode(k.result));
        if (k.read(a.next, "read")) yield;
        got.push(a.next.target);
      }),
    );
    expect(got).toEqual([null, b, a]);
    k.reset();
    expect(k.aside(() => a.next.target)).toBe(null);
  });

  test("lists keep their order, refuse a missing neighbour, and hand out frozen copies", () => {
    const { s } = world();
    s.items.push("b");
    s.items.insertAfter(null, "a");
    s.items.insertAfter("a", "a2");
    expect([
      s.items.items(),
      s.items.length,
      s.items.has("a2"),
      s.items.remove("a2"),
      s.items.remove("zz"),
    ]).toEqual([["a", "a2", "b"], 3, true, true, false]);
    expect(() => s.items.insertAfter("zz", "c")).toThrow(/not in the list/);
    expect(Object.isFrozen(s.items.items())).toBe(true);
  });

  test("tables check their bounds, and find the next entry in use", () => {
    const { s } = world();
    s.table.set(1, 5);
    expect([s.table.nextUsed(0, 4), s.table.nextUsed(2, 4), s.table.nextUsed(0, 1)]).toEqual([1, 4, 1]);
    expect(() => s.table.get(4)).toThrow(/table index 4 is outside 0\.\.3/);
    expect(() => s.table.set(-1, 0)).toThrow(RangeError);
  });

  test("a sparse table finds its keys in order, whatever the order in which they came", () => {
    const { k, s } = world();
    k.mark();
    let keys: number[] = [];
    run(
      k,
      tasks(function* () {
        if (k.rmw(s.sparse, "fill")) yield;
        for (const key of [9, 2, 5, 7]) s.sparse.set(key, key);
        s.sparse.set(5, 0);
        keys = [];
        for (let at = s.sparse.next(0); at >= 0; at = s.sparse.next(at + 1)) keys.push(at);
      }),
    );
    expect([keys, k.aside(() => s.sparse.get(9))]).toEqual([[2, 7, 9], 9]);
  });

  test("flags need at least one bit and at most thirty", async () => {
    const { flags } = await import("../../src/sched/index.ts");
    expect(() => flags([])).toThrow(/1 to 30 bits, not 0/);
    expect(() => flags(Array.from({ length: 31 }, (_, i) => `${i}`))).toThrow(/not 31/);
  });
});

test("witnesses stay over the runs, notes belong to a told one", () => {
  const { k, s } = world();
  k.mark();
  const specs = tasks(function* () {
    if (k.read(s.x, "a")) yield;
    k.say("looked");
    k.witness("it looked");
  });
  run(k, specs);
  expect([k.notes, [...k.witnessed]]).toEqual([[], ["it looked"]]);
  k.telling = true;
  run(k, specs);
  expect(k.notes).toEqual([{ entry: 0, text: "looked" }]);
});
