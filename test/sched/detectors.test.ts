/** Each detector: what it finds, and what it must leave alone. */
import { describe, expect, test } from "vitest";
import {
  DETECTORS,
  EXPLANATIONS,
  type Lock,
  type Machine,
  type Path,
  type TaskSpec,
} from "../../src/sched/index.ts";
import { codes, codesOfEveryRun, everyRun, run, type Thing, tasks, thingSlab, world } from "./world.ts";

/** The message of the only finding of the newest run. */
function onlyMessage(k: Machine): string {
  expect(k.findings).toHaveLength(1);
  return k.findings[0]!.message;
}

describe("data races", () => {
  const race = (
    first: (w: ReturnType<typeof world>) => Path,
    second: (w: ReturnType<typeof world>) => Path,
  ) => {
    const w = world();
    w.k.mark();
    return codesOfEveryRun(
      w.k,
      tasks(
        () => first(w),
        () => second(w),
      ),
    );
  };
  function* unguardedWrite({ k, s }: ReturnType<typeof world>): Path {
    if (k.read(s.y, "write")) yield;
    s.n = 1;
  }
  function* unguardedRead({ k, s }: ReturnType<typeof world>): Path {
    if (k.read(s.y, "read")) yield;
    void s.n;
  }
  function* guarded({ k, s }: ReturnType<typeof world>): Path {
    if (k.lock(s.m, "guarded")) yield;
    s.n += 1;
    s.items.push("x");
    s.table.set(1, 1);
    s.thing = null;
    s.flag = true;
    if (k.unlock(s.m, "guarded")) yield;
  }

  test("write and write, write and read: a race. Read and read: none", () => {
    expect(race(unguardedWrite, unguardedWrite)).toEqual(["data-race"]);
    expect(race(unguardedWrite, unguardedRead)).toEqual(["data-race"]);
    expect(race(unguardedRead, unguardedRead)).toEqual([]);
  });

  test("a lock orders what is done under it, and only that", () => {
    expect(race(guarded, guarded)).toEqual([]);
    expect(race(guarded, unguardedRead)).toEqual(["data-race"]);
  });

  test("the sentence names both sides, the field and its guard", () => {
    const w = world();
    w.k.mark();
    run(
      w.k,
      tasks(
        () => unguardedWrite(w),
        () => unguardedRead(w),
      ),
      "AB",
    );
    expect(onlyMessage(w.k)).toBe(
      "s.n is read by B and written by A with nothing to order them (its guard is m)",
    );
    expect(w.k.findings[0]).toMatchObject({
      at: { task: "B", site: "read", event: 1 },
      other: { task: "A", site: "write", event: 0 },
      fatal: false,
    });
  });

  test("readers of a reader/writer lock do not order each other; a writer and readers do", () => {
    const section = (write: boolean, body: (w: ReturnType<typeof world>) => void) =>
      function* (w: ReturnType<typeof world>): Path {
        const { k, s } = w;
        if (write ? k.writeLock(s.rw, "w") : k.readLock(s.rw, "r")) yield;
        body(w);
        if (write ? k.writeUnlock(s.rw, "w") : k.readUnlock(s.rw, "r")) yield;
      };
    const writes = ({ s }: ReturnType<typeof world>): void => void (s.n = 1);
    const reads = ({ s }: ReturnType<typeof world>): void => void s.n;
    expect(race(section(false, writes), section(false, writes))).toEqual(["data-race"]);
    expect(race(section(false, reads), section(false, reads))).toEqual([]);
    expect(race(section(true, writes), section(false, reads))).toEqual([]);
    expect(race(section(true, writes), section(true, writes))).toEqual([]);
  });

  test("release and acquire order; relaxed atomics do not; a failed trylock does not", () => {
    const publish = (release: boolean) =>
      function* ({ k, s }: ReturnType<typeof world>): Path {
        if (k.read(s.y, "prepare")) yield;
        s.n = 5;
        if (release ? k.storeRelease(s.x, "publish") : k.write(s.x, "publish")) yield;
        s.x.value = 1;
      };
    const consume = (acquire: boolean) =>
      function* ({ k, s }: ReturnType<typeof world>): Path {
        if (acquire ? k.loadAcquire(s.x, "consume") : k.read(s.x, "consume")) yield;
        if (s.x.value === 1) void s.n;
      };
    expect(race(publish(true), consume(true))).toEqual([]);
    expect(race(publish(true), consume(false))).toEqual(["data-race"]);
    expect(race(publish(false), consume(true))).toEqual(["data-race"]);
    const tries = function* ({ k, s }: ReturnType<typeof world>): Path {
      if (k.tryLock(s.m, "try")) yield;
      s.n = 2;
      if (k.result === 1) if (k.unlock(s.m, "try")) yield;
    };
    expect(race(guarded, tries)).toEqual(["data-race"]);
  });

  test("counters that report hand over, also past an increment that found zero", () => {
    const w = world();
    const { k, s } = w;
    k.init(s.count, 1);
    k.mark();
    const specs = tasks(
      function* () {
        if (k.read(s.y, "use")) yield;
        s.n = 1;
        if (k.decAndTest(s.count, "put")) yield;
      },
      function* () {
        if (k.incNotZero(s.count, "get")) yield;
      },
      function* () {
        if (k.loadAcquire(s.count, "look")) yield;
        if (k.result === 0) void s.n;
      },
    );
    expect(codesOfEveryRun(k, specs)).toEqual([]);
  });

  test("what is done behind a release is not released by it", () => {
    const late = function* ({ k, s }: ReturnType<typeof world>): Path {
      if (k.lock(s.m, "late")) yield;
      if (k.unlock(s.m, "late")) yield;
      s.n = 1;
    };
    expect(race(late, guarded)).toEqual(["data-race"]);
  });

  test("a read section sees what was done before every grace period in front of it", () => {
    const { k, s } = world();
    k.mark();
    const updates = (call: boolean) =>
      function* (): Path {
        if (k.read(s.y, "update")) yield;
        s.n = 1;
        if (call) {
          if (k.callRcu(s.rcu, { name: "nothing", *run() {} }, "update")) yield;
        } else yield* k.synchronizeRcu(s.rcu, "update");
        if (k.writeOnce(s.x, 1, "update")) yield;
      };
    const other = function* (): Path {
      yield* k.synchronizeRcu(s.rcu, "other");
    };
    const reads = function* (): Path {
      if (k.rcuReadLock(s.rcu, "read")) yield;
      if (k.read(s.x, "read")) yield;
      if (s.x.value === 1) void s.n;
      if (k.rcuReadUnlock(s.rcu, "read")) yield;
    };
    for (const call of [false, true]) {
      run(k, tasks(updates(call), other, reads), "AAABCCC");
      expect(codes(k)).toEqual([]);
      run(k, tasks(updates(call), other, reads), "CBCC");
      expect(codes(k)).toEqual([]);
    }
  });

  test("spawn, join, completion, wait, exchange and a fair lock order", () => {
    const ordered = (specs: (w: ReturnType<typeof world>) => TaskSpec[]): string[] => {
      const w = world();
      w.k.mark();
      return codesOfEveryRun(w.k, specs(w));
    };
    expect(
      ordered(({ k, s }) =>
        tasks(
          function* () {
            if (k.read(s.y, "a")) yield;
            s.n = 1;
            if (k.complete(s.done, "a")) yield;
          },
          function* () {
            if (k.waitForCompletion(s.done, "b")) yield;
            s.n = 2;
          },
        ),
      ),
    ).toEqual([]);
    expect(
      ordered(({ k, s }) =>
        tasks(
          function* () {
            if (k.read(s.y, "a")) yield;
            s.n = 1;
            if (k.add(s.x, 1, "a")) yield;
          },
          function* () {
            if (k.await({ name: "one", holds: (x) => x === 1 }, [s.x], "b")) yield;
            s.n = 2;
          },
        ),
      ),
    ).toEqual([]);
    const fair = ({ k, s }: ReturnType<typeof world>) =>
      function* (): Path {
        yield* k.fairWriteLock(s.fair, "lock");
        s.n += 1;
        if (k.fairUnlock(s.fair, "unlock")) yield;
      };
    expect(ordered((w) => tasks(fair(w), fair(w)))).toEqual([]);
    const late = ordered(({ k, s }) =>
      tasks(function* () {
        if (k.read(s.x, "a")) yield;
        const child = {
          name: "child",
          *run(): Path {
            if (k.read(s.x, "child")) yield;
            s.n = 2;
          },
        };
        s.n = 1;
        if (k.spawn(child, "spawn")) yield;
        s.flag = true;
        if (k.read(s.x, "b")) yield;
        s.n = 3; // behind the spawn: nothing orders it against the child
      }),
    );
    expect(late).toEqual(["data-race"]);
  });

  test("a first value reached by a step that nothing orders is a race", () => {
    const { k, s } = world();
    k.mark();
    const publish = (release: boolean) =>
      tasks(
        function* () {
          if (k.read(s.y, "make")) yield;
          const thing = k.alloc(thingSlab);
          k.init(thing.cell, 7);
          if (release ? k.storeRelease(s.x, "publish") : k.write(s.x, "publish")) yield;
          s.x.value = thing.serial + 1;
        },
        function* () {
          if (k.loadAcquire(s.x, "find")) yield;
          if (k.result === 0) return;
          if (k.read(k.rowOf(thingSlab, k.result - 1).cell, "look")) yield;
        },
      );
    expect(codesOfEveryRun(k, publish(true))).toEqual([]);
    expect(codesOfEveryRun(k, publish(false))).toEqual(["data-race"]);
  });

  test("a loop reports a race once per field and pair of tasks", () => {
    const { k, s } = world();
    k.mark();
    function* loop(): Path {
      for (let i = 0; i < 10; i++) {
        if (k.read(s.y, "loop")) yield;
        s.n = i;
      }
    }
    run(k, tasks(loop, loop), "ABABABAB");
    expect(codes(k).length).toBeLessThanOrEqual(2);
  });
});

describe("lifetimes", () => {
  const withThing = () => {
    const w = world();
    const thing = w.k.alloc(thingSlab);
    w.k.label(thing, "T");
    w.k.init(thing.users, 2);
    w.k.mark();
    return { ...w, thing };
  };

  test("a field, a step, a lock of a freed object: use after free, naming who freed", () => {
    const { k, s, thing } = withThing();
    const free = function* (): Path {
      if (k.free(thing, "free")) yield;
    };
    const uses: readonly [string, (t: Thing) => Path][] = [
      [
        "T.value is used after it was freed",
        function* (t) {
          if (k.read(s.x, "u")) yield;
          void t.value;
        },
      ],
      [
        "T.cell is used by a read step after it was freed",
        function* (t) {
          if (k.read(t.cell, "u")) yield;
        },
      ],
      [
        "T.lock is used by a lock step after it was freed",
        function* (t) {
          if (k.lock(t.lock, "u")) yield;
        },
      ],
    ];
    for (const [message, use] of uses) {
      run(
        k,
        tasks(free, () => use(thing)),
        "AB",
      );
      expect(onlyMessage(k)).toBe(message);
      expect(k.findings[0]).toMatchObject({
        code: "use-after-free",
        other: { task: "A", site: "free", event: 0 },
        fatal: true,
      });
    }
  });

  test("a use that nothing orders before the free is found although it came first", () => {
    const { k, s, thing } = withThing();
    const specs = tasks(
      function* () {
        if (k.read(s.x, "use")) yield;
        void thing.value;
      },
      function* () {
        if (k.free(thing, "free")) yield;
      },
    );
    run(k, specs, "AB");
    expect(onlyMessage(k)).toBe("T is freed although nothing orders the free after its use by A");
    run(k, specs, "BA");
    expect(onlyMessage(k)).toBe("T.value is used after it was freed");
  });

  test("the last reference frees: no finding in any schedule", () => {
    const { k, s, thing } = withThing();
    function* put(): Path {
      if (k.read(thing.cell, "use")) yield;
      if (k.lock(thing.lock, "use")) yield;
      thing.value += 1;
      if (k.unlock(thing.lock, "use")) yield;
      if (k.decAndTest(thing.users, "put")) yield;
      if (k.result === 1) if (k.free(thing, "put")) yield;
    }
    void s;
    everyRun(k, tasks(put, put), (end) => {
      expect(end).toBe("done");
      expect(k.findings).toEqual([]);
      expect(k.alive()).toEqual([]);
    });
  });

  test("freed twice, freed while locked, poison: each by its code", () => {
    const { k, s, thing } = withThing();
    run(
      k,
      tasks(function* () {
        if (k.free(thing, "one")) yield;
        if (k.free(thing, "two")) yield;
      }),
    );
    expect(k.findings[0]).toMatchObject({
      code: "double-free",
      message: "T is freed twice",
      other: { site: "one" },
    });
    run(
      k,
      tasks(function* () {
        if (k.lock(thing.lock, "lock")) yield;
        if (k.free(thing, "free")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("T is freed while T.lock is held");
    const poison = k.poison(thingSlab, "bad-pointer", "RESERVED", "an entry that is only reserved");
    expect(k.poison(thingSlab, "bad-pointer", "RESERVED", "an entry that is only reserved")).toBe(poison);
    run(
      k,
      tasks(function* () {
        if (k.read(s.x, "walk")) yield;
        s.thing = poison; // passing it around is fine
        void s.thing.value;
      }),
    );
    expect(k.findings[0]).toMatchObject({
      code: "bad-pointer",
      message: "RESERVED.value is used, but that is no object: an entry that is only reserved",
    });
  });

  test("who waits for what an ended task could have made true is not reported", () => {
    const { k, s, thing } = withThing();
    const specs = tasks(
      function* () {
        if (k.free(thing, "one")) yield;
        if (k.free(thing, "two")) yield;
        if (k.writeOnce(s.x, 1, "never reached")) yield;
      },
      function* () {
        if (k.await({ name: "set", holds: (x) => x === 1 }, [s.x], "wait")) yield;
      },
    );
    expect(run(k, specs)).toBe("blocked");
    expect(codes(k)).toEqual(["double-free"]);
  });

  test("a step on things of two rows needs both alive, and conflicts with the free of either", () => {
    const w = world();
    const { k, s } = w;
    const [first, second] = [k.alloc(thingSlab), k.alloc(thingSlab)];
    k.mark();
    const waits = function* (): Path {
      if (k.await({ name: "both", holds: (a, b) => a === b }, [first.cell, second.cell], "wait")) yield;
    };
    const frees = (t: Thing) =>
      function* (): Path {
        if (k.free(t, "free")) yield;
      };
    void s;
    run(k, tasks(waits));
    const objects = Array.from(k.log.object.slice(0, k.log.accesses)).map((word) => k.nameOf(word));
    expect(objects).toEqual(["thing#1.cell", "thing#2.cell", "thing#1", "thing#2"]);
    for (const t of [first, second]) {
      run(k, tasks(frees(t), waits), "AB");
      expect(codes(k)).toEqual(["use-after-free"]);
    }
  });

  test("a freed row is not counted alive, one allocated in the run is", () => {
    const { k, s } = withThing();
    run(
      k,
      tasks(function* () {
        if (k.read(s.x, "a")) yield;
        k.label(k.alloc(thingSlab), "left");
      }),
    );
    expect(k.alive().map((row) => k.rowName(row))).toEqual(["T", "left"]);
  });

  test("a task ended by a finding keeps its locks; who waits for them is not reported again, others are", () => {
    const { k, s, thing } = withThing();
    const specs = tasks(
      function* () {
        if (k.lock(s.m, "hold")) yield;
        if (k.free(thing, "one")) yield;
        if (k.free(thing, "two")) yield;
      },
      function* () {
        if (k.lock(s.m, "wait")) yield;
      },
    );
    expect(run(k, specs)).toBe("blocked");
    expect(codes(k)).toEqual(["double-free"]);
    const alsoStuck = [
      ...specs,
      ...["C", "D"].map((name, i) => ({
        name,
        *run(): Path {
          if (k.lock(i ? s.m2 : s.spin, "one")) yield;
          if (k.lock(i ? s.spin : s.m2, "two")) yield;
        },
      })),
    ];
    expect(run(k, alsoStuck, "AAABCD".replace("B", ""))).toBe("blocked");
    expect(codes(k)).toContain("deadlock");
    expect(k.findings.find((f) => f.code === "deadlock")!.message).not.toContain("B:");
  });
});

describe("locks", () => {
  test("unlocked by somebody else, asserted without being held, left held", () => {
    const { k, s } = world();
    k.mark();
    run(
      k,
      tasks(function* () {
        if (k.unlock(s.m, "u")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("s.m is unlocked by a task that does not hold it");
    run(
      k,
      tasks(function* () {
        if (k.readLock(s.rw, "r")) yield;
        if (k.writeUnlock(s.rw, "w")) yield;
      }),
    );
    expect(codes(k)).toEqual(["lock-misuse"]);
    run(
      k,
      tasks(function* () {
        if (k.read(s.x, "r")) yield;
        k.assertHeld(s.m);
      }),
    );
    expect(onlyMessage(k)).toBe("s.m must be held here");
    run(
      k,
      tasks(function* () {
        if (k.readLock(s.rw, "r")) yield;
        k.assertHeld(s.rw);
        k.assertHeld(s.rw, true);
      }),
    );
    expect(onlyMessage(k)).toBe("s.rw must be held for writing here");
    run(
      k,
      tasks(function* () {
        if (k.lock(s.m, "l")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("A ends while holding s.m");
  });

  test("recursion is said where it happens, and not once more as a deadlock", () => {
    const { k, s } = world();
    k.mark();
    const twice = (lock: () => Path) => {
      run(
        k,
        tasks(function* () {
          yield* lock();
          yield* lock();
        }),
      );
      return codes(k);
    };
    expect(
      twice(function* () {
        if (k.lock(s.m, "l")) yield;
      }),
    ).toEqual(["recursion"]);
    expect(
      twice(function* () {
        if (k.lock(s.spin, "l")) yield;
      }),
    ).toEqual(["recursion"]);
    expect(
      twice(function* () {
        if (k.writeLock(s.rw, "l")) yield;
      }),
    ).toEqual(["recursion"]);
    run(
      k,
      tasks(function* () {
        if (k.readLock(s.rw, "r")) yield;
        if (k.writeLock(s.rw, "w")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("A asks for s.rw although it holds it for reading itself");
    run(
      k,
      tasks(function* () {
        if (k.lock(s.m, "l")) yield;
        if (k.tryLock(s.m, "t")) yield;
        if (k.unlock(s.m, "u")) yield;
      }),
    );
    expect(codes(k)).toEqual([]);
  });

  test("a deadlock says who waits for what and who holds it", () => {
    const { k, s } = world();
    k.mark();
    const both = (a: "m" | "m2", b: "m" | "m2") =>
      function* (): Path {
        if (k.lock(s[a], "outer")) yield;
        if (k.lock(s[b], "inner")) yield;
        if (k.unlock(s[b], "inner")) yield;
        if (k.unlock(s[a], "outer")) yield;
      };
    expect(run(k, tasks(both("m", "m2"), both("m2", "m")), "AB")).toBe("blocked");
    const deadlock = k.findings.find((f) => f.code === "deadlock")!;
    expect(deadlock.message).toBe(
      "for ever waiting: A: lock s.m2 in inner, held by B; B: lock s.m in inner, held by A",
    );
    expect(deadlock.objects).toEqual(["s.m2", "s.m"]);
  });

  test("a lock that its holder left behind blocks with a name", () => {
    const { k, s } = world();
    k.mark();
    const leave = function* (): Path {
      if (k.lock(s.m, "l")) yield;
    };
    run(k, tasks(leave, leave));
    expect(codes(k)).toEqual(["lock-leak", "deadlock"]);
    expect(k.findings[1]!.message).toContain("held by A (which has ended)");
  });

  test("a condition that nobody makes true is a lost wake-up; a service may wait for ever", () => {
    const { k, s } = world();
    k.mark();
    const wait = {
      name: "waiter",
      *run(): Path {
        if (k.await({ name: "set", holds: (v) => v !== 0 }, [s.x], "wait")) yield;
      },
    };
    expect(run(k, [wait])).toBe("blocked");
    expect(onlyMessage(k)).toBe('for ever waiting: waiter: await "set" of s.x in wait');
    expect(codes(k)).toEqual(["lost-wakeup"]);
    expect(run(k, [{ ...wait, daemon: true }])).toBe("done");
    expect(codes(k)).toEqual([]);
  });
});

describe("the order of locks", () => {
  const pair = (first: string, second: string) => [first, second] as const;
  /** Runs paths that take two locks of `s` in turn, one task after the other: nobody gets stuck. */
  function order(...ways: readonly (readonly [string, string])[]): ReturnType<typeof world>["k"] {
    const { k, s } = world();
    k.mark();
    const locks = s as unknown as Record<string, { readonly word: number }>;
    const take = (name: string): readonly [() => Path, () => Path] => {
      const lock = locks[name.replace(/[:!].*/, "")]!;
      const sub = Number(/:(\d)/.exec(name)?.[1] ?? 0);
      if (name.startsWith("rw!")) {
        return [
          function* () {
            if (k.readLock(lock, name, sub)) yield;
          },
          function* () {
            if (k.readUnlock(lock, name)) yield;
          },
        ];
      }
      if (name.startsWith("rw")) {
        return [
          function* () {
            if (k.writeLock(lock, name, sub)) yield;
          },
          function* () {
            if (k.writeUnlock(lock, name)) yield;
          },
        ];
      }
      return [
        function* () {
          if (k.lock(lock, name, sub)) yield;
        },
        function* () {
          if (k.unlock(lock, name)) yield;
        },
      ];
    };
    run(
      k,
      tasks(
        ...ways.map(([a, b]) => {
          return function* (): Path {
            yield* take(a)[0]();
            yield* take(b)[0]();
            yield* take(b)[1]();
            yield* take(a)[1]();
          };
        }),
      ),
    );
    return k;
  }

  test("a circle is found although nobody got stuck, naming each edge", () => {
    const k = order(pair("m", "m2"), pair("m2", "m"));
    expect(onlyMessage(k)).toBe(
      "locks are taken in a circle: A asks for things.m2 while holding things.m in m2; B asks for things.m while holding things.m2 in m",
    );
    expect(k.findings[0]).toMatchObject({
      code: "lock-order",
      potential: true,
      fatal: false,
      at: { task: "A" },
    });
  });

  test("one order is fine, three locks make a circle as well", () => {
    expect(codes(order(pair("m", "m2"), pair("m", "m2")))).toEqual([]);
    const k = world().k;
    void k;
    const w = world();
    w.k.mark();
    const nested = (a: "m" | "m2" | "spin", b: "m" | "m2" | "spin") =>
      function* (): Path {
        if (w.k.lock(w.s[a], "a")) yield;
        if (w.k.lock(w.s[b], "b")) yield;
        if (w.k.unlock(w.s[b], "b")) yield;
        if (w.k.unlock(w.s[a], "a")) yield;
      };
    w.k.detect("sleep-in-atomic", false);
    run(w.k, tasks(nested("m", "m2"), nested("m2", "spin"), nested("spin", "m")));
    expect(codes(w.k)).toEqual(["lock-order"]);
    expect(w.k.findings[0]!.objects).toEqual(["things.m", "things.m2", "things.spin"]);
  });

  test("the finding is the same whoever came first, and in a replay", () => {
    const { k, s } = world();
    k.mark();
    const both = (a: "m" | "m2", b: "m" | "m2") =>
      function* (): Path {
        if (k.lock(s[a], a)) yield;
        if (k.lock(s[b], b)) yield;
        if (k.unlock(s[b], b)) yield;
        if (k.unlock(s[a], a)) yield;
      };
    const found = new Set<string>();
    for (const schedule of ["AAAABBBB", "BBBBAAAA"]) {
      run(k, tasks(both("m", "m2"), both("m2", "m")), schedule);
      found.add(onlyMessage(k));
    }
    expect(found.size).toBe(1);
  });

  test("readers do not shut each other out, unless somebody also writes", () => {
    expect(codes(order(pair("m", "rw!"), pair("rw!", "m")))).toEqual([]);
    expect(codes(order(pair("m", "rw"), pair("rw", "m")))).toEqual(["lock-order"]);
    expect(codes(order(pair("m", "rw!"), pair("rw", "m")))).toEqual(["lock-order"]);
    expect(codes(order(pair("m", "rw!"), pair("rw!", "m"), pair("m2", "rw")))).toEqual(["lock-order"]);
  });

  test("a trylock waits for nothing; what is taken behind it does", () => {
    const { k, s } = world();
    k.mark();
    const specs = (wrongWay: boolean) =>
      tasks(
        function* () {
          if (k.lock(s.m, "a")) yield;
          if (k.lock(s.m2, "a")) yield;
          if (k.unlock(s.m2, "a")) yield;
          if (k.unlock(s.m, "a")) yield;
        },
        function* () {
          const [first, second] = wrongWay ? [s.m2, s.m] : [s.m, s.m2];
          if (k.tryLock(first, "b")) yield;
          if (k.result === 0) return;
          if (wrongWay ? k.lock(second, "b") : k.tryLock(second, "b")) yield;
          if (k.result === 1) if (k.unlock(second, "b")) yield;
          if (k.unlock(first, "b")) yield;
        },
      );
    run(k, specs(true));
    expect(codes(k)).toEqual(["lock-order"]);
    run(
      k,
      tasks(
        function* () {
          if (k.lock(s.m, "a")) yield;
          if (k.lock(s.m2, "a")) yield;
          if (k.unlock(s.m2, "a")) yield;
          if (k.unlock(s.m, "a")) yield;
        },
        function* () {
          if (k.lock(s.m2, "b")) yield;
          if (k.tryLock(s.m, "b")) yield;
          if (k.result === 1) if (k.unlock(s.m, "b")) yield;
          if (k.unlock(s.m2, "b")) yield;
        },
      ),
    );
    expect(codes(k)).toEqual([]);
  });

  test("a lock that a trylock took for writing shuts readers out as well", () => {
    const { k, s } = world();
    k.mark();
    run(
      k,
      tasks(
        function* () {
          if (k.lock(s.m, "a")) yield;
          if (k.readLock(s.rw, "a")) yield;
          if (k.readUnlock(s.rw, "a")) yield;
          if (k.unlock(s.m, "a")) yield;
        },
        function* () {
          if (k.writeTryLock(s.rw, "b")) yield;
          if (k.lock(s.m, "b")) yield;
          if (k.unlock(s.m, "b")) yield;
          if (k.writeUnlock(s.rw, "b")) yield;
        },
      ),
    );
    expect(codes(k)).toEqual(["lock-order"]);
  });

  test("a circle under one common lock cannot close", () => {
    const { k, s } = world();
    k.mark();
    const under = (gate: boolean, a: "m" | "m2", b: "m" | "m2") =>
      function* (): Path {
        if (gate) if (k.lock(s.spin, "gate")) yield;
        if (k.lock(s[a], "a")) yield;
        if (k.lock(s[b], "b")) yield;
        if (k.unlock(s[b], "b")) yield;
        if (k.unlock(s[a], "a")) yield;
        if (gate) if (k.unlock(s.spin, "gate")) yield;
      };
    k.detect("sleep-in-atomic", false);
    run(k, tasks(under(true, "m", "m2"), under(true, "m2", "m")));
    expect(codes(k)).toEqual([]);
    run(k, tasks(under(true, "m", "m2"), under(false, "m2", "m")));
    expect(codes(k)).toContain("lock-order");
  });

  test("locks of one class may nest as long as their own order has no circle; across classes the class counts", () => {
    const w = world();
    const things = [w.k.alloc(thingSlab), w.k.alloc(thingSlab)] as const;
    w.k.mark();
    const { k, s } = w;
    const nest = (first: { readonly word: number }, second: { readonly word: number }) =>
      function* (): Path {
        if (k.lock(first, "one")) yield;
        if (k.lock(second, "two")) yield;
        if (k.unlock(second, "two")) yield;
        if (k.unlock(first, "one")) yield;
      };
    run(k, tasks(nest(things[0].lock, things[1].lock), nest(things[0].lock, things[1].lock)));
    expect(codes(k)).toEqual([]);
    run(k, tasks(nest(things[0].lock, things[1].lock), nest(things[1].lock, things[0].lock)));
    expect(codes(k)).toEqual(["lock-order"]);
    // Never the same two locks, but the same two classes: another pair of things would get stuck.
    run(k, tasks(nest(things[0].lock, s.m), nest(s.m, things[1].lock)));
    expect(codes(k)).toEqual(["lock-order"]);
  });

  test("many locks in one order cost little to judge: fifteen nested by six tasks", () => {
    const { k } = world();
    const many = Array.from({ length: 15 }, () => k.alloc(thingSlab).lock);
    k.mark();
    const from = (start: number) =>
      function* (): Path {
        for (let i = start; i < many.length; i++) if (k.lock(many[i]!, `take ${start}`)) yield;
        for (let i = many.length - 1; i >= start; i--) if (k.unlock(many[i]!, "give")) yield;
      };
    const start = performance.now();
    run(k, tasks(from(0), from(1), from(2), from(3), from(4), from(5)));
    expect(codes(k)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test("a subclass is a class of its own", () => {
    expect(codes(order(pair("m", "m2:1"), pair("m2", "m")))).toEqual([]);
    expect(codes(order(pair("m", "m2:1"), pair("m2:1", "m")))).toEqual(["lock-order"]);
  });

  test("an allocation that may enter reclaim is a pseudo-lock", () => {
    const { k, s } = world();
    k.mark();
    const allocates = function* (): Path {
      if (k.lock(s.m, "alloc")) yield;
      k.mayEnter("reclaim", "alloc");
      if (k.unlock(s.m, "alloc")) yield;
    };
    const reclaims = (inside: boolean) =>
      function* (): Path {
        if (k.read(s.x, "start")) yield;
        if (inside) k.enterPseudo("reclaim", "shrink");
        if (k.lock(s.m, "shrink")) yield;
        if (inside) k.mayEnter("reclaim", "shrink"); // reclaim does not enter itself
        if (k.unlock(s.m, "shrink")) yield;
        if (inside) k.leavePseudo("reclaim");
      };
    run(k, tasks(allocates, reclaims(true)));
    expect(onlyMessage(k)).toBe(
      "locks are taken in a circle: B asks for things.m while holding reclaim in shrink; A asks for reclaim while holding things.m in alloc",
    );
    run(k, tasks(allocates, reclaims(false)));
    expect(codes(k)).toEqual([]);
    expect(() =>
      run(
        k,
        tasks(function* () {
          if (k.read(s.x, "x")) yield;
          k.leavePseudo("reclaim");
        }),
      ),
    ).toThrow(/without enterPseudo/);
  });

  test("a second read of the same task behind a possible writer is found under an unfair lock, too", () => {
    const { k, s } = world();
    k.mark();
    const twice = function* (): Path {
      if (k.readLock(s.rw, "outer")) yield;
      if (k.readLock(s.rw, "inner")) yield;
      if (k.readUnlock(s.rw, "inner")) yield;
      if (k.readUnlock(s.rw, "outer")) yield;
    };
    const writer = function* (): Path {
      if (k.writeLock(s.rw, "write")) yield;
      if (k.writeUnlock(s.rw, "write")) yield;
    };
    const tryWriter = function* (): Path {
      if (k.writeTryLock(s.rw, "write")) yield;
      if (k.result === 1) if (k.writeUnlock(s.rw, "write")) yield;
    };
    expect(codesOfEveryRun(k, tasks(twice, writer))).toEqual(["recursive-read"]);
    expect(codesOfEveryRun(k, tasks(twice, twice))).toEqual([]);
    expect(codesOfEveryRun(k, tasks(twice, tryWriter))).toEqual([]);
  });
});

describe("spinning", () => {
  test("re-reading what nobody changed ends with the advice to wait, in every run alike", () => {
    const { k, s } = world();
    k.mark();
    k.spinLimit = 20;
    const spin = (body: () => Path<boolean>) =>
      tasks(function* () {
        for (;;) if (yield* body()) return;
      });
    const loops: readonly (() => Path<boolean>)[] = [
      function* () {
        if (k.read(s.x, "poll")) yield;
        return s.x.value !== 0;
      },
      function* () {
        if (k.tryLock(s.m, "poll")) yield;
        return k.result === 1;
      },
      function* () {
        if (k.cas(s.x, 5, "poll")) yield;
        return k.result === 1;
      },
      function* () {
        if (k.read(s.x, "poll")) yield;
        if (k.read(s.y, "poll")) yield;
        return false;
      },
      function* () {
        if (k.writeTryLock(s.rw, "poll")) yield;
        return k.result === 1;
      },
      function* () {
        if (k.read(s.x, "poll")) yield;
        if (k.cas(s.x, 5, "poll")) yield;
        return k.result === 1;
      },
    ];
    k.lock(s.m);
    k.writeLock(s.rw);
    k.mark();
    for (const loop of loops) {
      expect(run(k, spin(loop))).toBe("done");
      expect(codes(k)).toEqual(["spinning"]);
      expect(k.findings[0]!.message).toContain("wait for the change with k.await(condition, cells) instead");
      const { log } = k;
      k.run(spin(loop), { pick: () => 0, choose: () => 0 }, log.length);
      expect(codes(k)).toEqual(["spinning"]);
    }
  });

  test("long reads of different things, retries after a change, and bounded retries are no spinning", () => {
    const { k, s } = world();
    const many = Array.from({ length: 60 }, () => k.alloc(thingSlab));
    k.mark();
    k.spinLimit = 20;
    run(
      k,
      tasks(function* () {
        for (const thing of many) if (k.read(thing.cell, "walk")) yield;
      }),
    );
    expect(codes(k)).toEqual([]);
    const reader = function* (): Path {
      for (let i = 0; i < 40; i++) if (k.read(s.x, "follow")) yield;
    };
    const writer = function* (): Path {
      for (let i = 0; i < 40; i++) if (k.writeOnce(s.x, i, "lead")) yield;
    };
    run(k, tasks(reader, writer), "AB".repeat(40));
    expect(codes(k)).toEqual([]);
    run(
      k,
      tasks(function* () {
        for (let i = 0; i < 60; i++) {
          if (k.read(s.x, "own")) yield;
          if (i % 10 === 9) if (k.writeOnce(s.x, i, "own")) yield;
        }
      }),
    );
    expect(codes(k)).toEqual([]);
  });
});

describe("livelock and circles", () => {
  /** Takes one lock, tries the other, gives the first back and begins again. */
  function backOff(k: Machine, first: Lock, second: Lock): () => Path {
    return function* () {
      for (;;) {
        if (k.lock(first, "backOff")) yield;
        if (k.tryLock(second, "backOff")) yield;
        const got = k.result === 1;
        if (got) if (k.unlock(second, "backOff")) yield;
        if (k.unlock(first, "backOff")) yield;
        if (got) return;
      }
    };
  }

  test("two that back off from each other in step are told that they keep each other trying", () => {
    const { k, s } = world();
    k.spinLimit = 20;
    k.mark();
    const both = tasks(backOff(k, s.m, s.m2), backOff(k, s.m2, s.m));
    run(k, both, "ABABAB".repeat(200).slice(0, 1100));
    expect(codes(k)).toContain("livelock");
    const found = k.findings.find((f) => f.code === "livelock")!;
    expect(found.message).toMatch(
      /^[AB] has done the same 20 times, s\.m2? last, and others took steps in every round/,
    );
    k.detect("livelock", false);
    k.stepLimit = 1200;
    run(k, both, "ABABAB".repeat(180));
    expect(codes(k)).not.toContain("livelock");
  });

  test("who waits for a lock that is never given back by trying goes in a circle alone: spinning", () => {
    const { k, s } = world();
    k.spinLimit = 20;
    k.lock(s.m2);
    k.mark();
    run(k, tasks(backOff(k, s.m, s.m2)));
    expect(codes(k)).toEqual(["spinning"]);
  });

  test("two that hand a flag to and fro make no progress; with a counter in a field or an atomic they do", () => {
    const { k, s } = world();
    k.spinLimit = 20;
    k.mark();
    const turn = (mine: number, work: () => Path): (() => Path) =>
      function* () {
        for (let i = 0; i < 100; i++) {
          if (k.await({ name: `turn ${mine}`, holds: (x) => x === mine }, [s.x], "turn")) yield;
          yield* work();
          if (k.writeOnce(s.x, 1 - mine, "turn")) yield;
        }
      };
    const pair = (work: () => Path) => tasks(turn(0, work), turn(1, work));
    run(
      k,
      pair(function* () {}),
    );
    expect(codes(k)[0]).toBe("livelock");
    run(
      k,
      pair(function* () {
        if (k.lock(s.m, "count")) yield;
        s.n += 1;
        if (k.unlock(s.m, "count")) yield;
      }),
    );
    expect(codes(k)).toEqual([]);
    run(
      k,
      pair(function* () {
        if (k.add(s.count, 0, "tick")) yield;
        if (k.rmw(s.y, "count")) yield;
        s.y.value += 1;
      }),
    );
    expect(codes(k)).toEqual([]);
    run(
      k,
      pair(function* () {
        if (k.lock(s.m, "push")) yield;
        s.items.push("one");
        if (k.unlock(s.m, "push")) yield;
      }),
    );
    expect(codes(k)).toEqual([]);
  });

  test("a long walk over many rows that looks at one common word each time is progress, also when it is done twice", () => {
    const { k, s } = world();
    const many = Array.from({ length: 400 }, () => k.alloc(thingSlab));
    k.mark();
    const walk = function* (): Path {
      for (let pass = 0; pass < 2; pass++) {
        for (const thing of many) {
          if (k.read(s.x, "directory")) yield;
          if (thing.value > 5) return;
        }
      }
    };
    run(k, tasks(walk));
    expect(codes(k)).toEqual([]);
    run(k, tasks(walk, walk), "AB".repeat(100));
    expect(codes(k)).toEqual([]);
  });

  test("the verdict on a circle does not depend on the order of independent steps", () => {
    const { k, s } = world();
    k.spinLimit = 20;
    k.lock(s.m2);
    k.mark();
    const other = function* (): Path {
      for (let i = 0; i < 15; i++) if (k.read(s.y, "apart")) yield;
    };
    for (const schedule of ["", "AB".repeat(15), "B".repeat(14)]) {
      run(k, tasks(backOff(k, s.m, s.m2), other), schedule);
      expect(k.findings.filter((f) => f.at.task === "A").map((f) => f.code)).toEqual(["spinning"]);
    }
  });
});

describe("atomic context", () => {
  test("a sleeping lock or a wait under a spinlock, with interrupts off or in a read section is found; spinning is fine", () => {
    const { k, s } = world();
    k.mark();
    const enter = {
      spin: [
        function* () {
          if (k.lock(s.spin, "in")) yield;
        },
        function* () {
          if (k.unlock(s.spin, "out")) yield;
        },
      ],
      irq: [
        function* () {
          if (k.irqDisable(s.irq, "in")) yield;
        },
        function* () {
          if (k.irqEnable(s.irq, "out")) yield;
        },
      ],
      rcu: [
        function* () {
          if (k.rcuReadLock(s.rcu, "in")) yield;
        },
        function* () {
          if (k.rcuReadUnlock(s.rcu, "out")) yield;
        },
      ],
      mutex: [
        function* () {
          if (k.lock(s.m2, "in")) yield;
        },
        function* () {
          if (k.unlock(s.m2, "out")) yield;
        },
      ],
    } satisfies Record<string, readonly [() => Path, () => Path]>;
    const sleeps: Record<string, () => Path> = {
      mutex: function* () {
        if (k.lock(s.m, "s")) yield;
        if (k.unlock(s.m, "s")) yield;
      },
      rwsem: function* () {
        if (k.readLock(s.rw, "s")) yield;
        if (k.readUnlock(s.rw, "s")) yield;
      },
      await: function* () {
        if (k.await({ name: "zero", holds: (v) => v === 0 }, [s.x], "s")) yield;
      },
      allocation: function* () {
        k.mightSleep("s");
        if (k.read(s.x, "s")) yield;
      },
    };
    const doesNot: Record<string, () => Path> = {
      trylock: function* () {
        if (k.tryLock(s.m, "s")) yield;
        if (k.unlock(s.m, "s")) yield;
      },
      atomic: function* () {
        if (k.rmw(s.x, "s")) yield;
      },
    };
    const under = (context: keyof typeof enter, body: () => Path) => {
      run(
        k,
        tasks(function* () {
          if (k.read(s.y, "start")) yield;
          yield* enter[context][0]();
          yield* body();
          yield* enter[context][1]();
        }),
      );
      return codes(k);
    };
    for (const context of ["spin", "irq", "rcu"] as const) {
      for (const [name, body] of Object.entries(sleeps))
        expect([context, name, ...under(context, body)]).toEqual([context, name, "sleep-in-atomic"]);
      for (const body of Object.values(doesNot)) expect(under(context, body)).toEqual([]);
    }
    for (const body of Object.values(sleeps)) expect(under("mutex", body)).toEqual([]);
    for (const context of ["spin", "irq", "rcu"] as const) {
      run(
        k,
        tasks(function* () {
          yield* enter[context][0]();
          yield* enter[context][1]();
          yield* sleeps.mutex!();
          yield* sleeps.await!();
        }),
      );
      expect(codes(k)).toEqual([]); // left again: it may sleep
    }
    under("spin", sleeps.mutex!);
    expect(onlyMessage(k)).toBe("A asks for s.m, which may sleep, while it is in atomic context: s.spin");
  });
});

describe("RCU", () => {
  test("left without entering, followed outside, waited for inside", () => {
    const { k, s } = world();
    k.mark();
    run(
      k,
      tasks(function* () {
        if (k.read(s.x, "a")) yield;
        if (k.rcuReadUnlock(s.rcu, "u")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("a read section of s.rcu is left that was never entered");
    run(
      k,
      tasks(function* () {
        if (k.rcuDereference(s.x, s.rcu, "d")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("A follows s.x outside any read section of s.rcu");
    run(
      k,
      tasks(function* () {
        if (k.rcuReadLock(s.rcu, "r")) yield;
        yield* k.synchronizeRcu(s.rcu, "sync");
      }),
    );
    expect(codes(k)).toEqual(["sleep-in-atomic", "rcu-misuse"]);
    run(
      k,
      tasks(function* () {
        if (k.rcuReadLock(s.rcu, "r")) yield;
      }),
    );
    expect(codes(k)).toEqual(["lock-leak"]);
  });

  test("a free without a grace period is named as such; with one, there is nothing to say", () => {
    const { k, s } = world();
    const thing = k.alloc(thingSlab);
    k.label(thing, "T");
    k.writeOnce(s.x, 1);
    k.mark();
    const specs = (wait: boolean) =>
      tasks(
        function* () {
          if (k.rcuReadLock(s.rcu, "read")) yield;
          if (k.rcuDereference(s.x, s.rcu, "read")) yield;
          if (k.result === 1) void thing.value;
          if (k.rcuReadUnlock(s.rcu, "read")) yield;
        },
        function* () {
          if (k.writeOnce(s.x, 0, "unpublish")) yield;
          if (wait) yield* k.synchronizeRcu(s.rcu, "sync");
          if (k.free(thing, "free")) yield;
        },
      );
    run(k, specs(false), "AAAB");
    expect(onlyMessage(k)).toBe(
      "T is freed without a grace period although A used it inside a read section that nothing orders before the free",
    );
    expect(codesOfEveryRun(k, specs(true))).toEqual([]);
  });

  test("used behind the read section is a use after free", () => {
    const { k, s } = world();
    const thing = k.alloc(thingSlab);
    k.mark();
    const specs = tasks(
      function* () {
        if (k.rcuReadLock(s.rcu, "read")) yield;
        if (k.rcuReadUnlock(s.rcu, "read")) yield;
        void thing.value;
      },
      function* () {
        yield* k.synchronizeRcu(s.rcu, "sync");
        if (k.free(thing, "free")) yield;
      },
    );
    expect(codesOfEveryRun(k, specs)).toEqual(["use-after-free"]);
  });
});

describe("reference counts and sequence counts", () => {
  test("below zero and back from zero are found; the ordinary life is not", () => {
    const { k, s } = world();
    k.init(s.count, 1);
    k.mark();
    run(
      k,
      tasks(function* () {
        if (k.decAndTest(s.count, "a")) yield;
        if (k.decAndTest(s.count, "b")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("s.count is dropped although it is 0 already");
    run(
      k,
      tasks(function* () {
        if (k.decAndTest(s.count, "a")) yield;
        if (k.add(s.count, 1, "b")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("s.count is taken although it has reached zero");
    run(
      k,
      tasks(function* () {
        if (k.add(s.count, -2, "a")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("s.count is dropped although it is 1 already");
    run(
      k,
      tasks(function* () {
        if (k.add(s.count, 1, "a")) yield;
        if (k.incNotZero(s.count, "b")) yield;
        for (let i = 0; i < 3; i++) if (k.decAndTest(s.count, "c")) yield;
        if (k.incNotZero(s.count, "d")) yield;
        if (k.add(s.x, 1, "an ordinary counter may start at zero")) yield;
      }),
    );
    expect(codes(k)).toEqual([]);
  });

  test("two writers of one sequence count, one that was not inside", () => {
    const { k, s } = world();
    k.mark();
    run(
      k,
      tasks(
        function* () {
          if (k.seqWriteBegin(s.seq, "a")) yield;
        },
        function* () {
          if (k.seqWriteBegin(s.seq, "b")) yield;
        },
      ),
    );
    expect(codes(k)).toEqual(["lock-misuse"]);
    run(
      k,
      tasks(function* () {
        if (k.seqWriteEnd(s.seq, "a")) yield;
      }),
    );
    expect(onlyMessage(k)).toBe("s.seq is left although no writer is inside");
  });
});

describe("switches", () => {
  test("every detector has a name and an explanation, and no other name is accepted", () => {
    expect(DETECTORS).toEqual(EXPLANATIONS.map((e) => e.code));
    expect(new Set(DETECTORS).size).toBe(DETECTORS.length);
    for (const e of EXPLANATIONS) expect(e.text.length).toBeGreaterThan(60);
    expect(() => world().k.detect("nonsense", false)).toThrow(
      /there is no detector "nonsense": there are use-after-free, /,
    );
  });

  test("what is switched off is not found, the task goes on, and the machine says so", () => {
    const { k, s } = world();
    const thing = k.alloc(thingSlab);
    k.init(thing.users, 1);
    k.mark();
    const wrong = tasks(
      function* () {
        if (k.read(s.x, "a")) yield;
        s.n = 1;
        k.assert(false, "stated");
        if (k.decAndTest(thing.users, "a")) yield;
        if (k.decAndTest(thing.users, "a")) yield;
        if (k.unlock(s.m, "a")) yield;
        if (k.free(thing, "a")) yield;
        thing.value = 1;
        if (k.free(thing, "a")) yield;
        if (k.lock(s.spin, "a")) yield;
        if (k.lock(s.m, "a")) yield;
        if (k.lock(s.m, "a")) yield;
      },
      function* () {
        if (k.read(s.y, "b")) yield;
        s.n = 2;
      },
    );
    for (const code of DETECTORS) k.detect(code, false);
    run(k, wrong, "ABAAAA");
    expect(codes(k)).toEqual([]);
    expect(k.killed).toBe(0);
    expect(k.switchedOff).toEqual([...DETECTORS].sort());
    for (const code of DETECTORS) k.detect(code, true);
    expect(k.switchedOff).toEqual([]);
    run(k, wrong, "AB");
    expect(codes(k)).toEqual(["assertion", "data-race"]);
  });

  test("without race clocks the machine admits that data races go unseen", () => {
    const { k } = world();
    expect([k.switchedOff, k.fieldsAreSteps]).toEqual([[], false]);
    k.raceDetection = false;
    expect(k.switchedOff).toEqual(["data-race"]);
  });
});
