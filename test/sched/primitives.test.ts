/** Each primitive alone: who waits, who goes on, what the result says. */
import { describe, expect, test } from "vitest";
import { KIND_NAMES, kinds, type Path } from "../../src/sched/index.ts";
import { codes, codesOfEveryRun, everyRun, run, steps, tasks, thingSlab, world } from "./world.ts";

/** Runs every schedule and collects what `observe` says after each, sorted, each once. */
function outcomes(
  w: ReturnType<typeof world>,
  specs: Parameters<typeof everyRun>[1],
  observe: () => string,
): string[] {
  const seen = new Set<string>();
  everyRun(w.k, specs, (end) => seen.add(`${end} ${observe()}`));
  return [...seen].sort();
}

describe("mutex", () => {
  test("shuts out everybody else; trylock never waits", () => {
    const w = world();
    const { k, s } = w;
    k.mark();
    let got = "";
    function* locker(): Path {
      if (k.lock(s.m, "lock")) yield;
      got += "[";
      if (k.read(s.x, "inside")) yield;
      got += "]";
      if (k.unlock(s.m, "unlock")) yield;
    }
    everyRun(
      k,
      tasks(function* () {
        got = "";
        yield* locker();
      }, locker),
      (end) => {
        expect(end).toBe("done");
        expect(got).toBe("[][]");
      },
    );
    expect(
      outcomes(
        w,
        tasks(function* () {
          if (k.tryLock(s.m, "try")) yield;
          got = `try ${k.result}`;
          if (k.result === 1) if (k.unlock(s.m, "unlock")) yield;
        }, locker),
        () => got.replace(/[[\]]/g, ""),
      ),
    ).toEqual(["done try 0", "done try 1"]);
  });

  test("a killable lock: free wins over a signal, a signal wins over waiting", () => {
    const { k, s } = world();
    k.mark();
    const got: string[] = [];
    const specs = tasks(
      function* () {
        if (k.lockKillable(s.m, "killable")) yield;
        got.push(k.interrupted ? "interrupted" : "acquired");
        if (!k.interrupted) if (k.unlock(s.m, "unlock")) yield;
      },
      function* () {
        if (k.lock(s.m, "hold")) yield;
        if (k.signal(0, "kill")) yield;
        if (k.unlock(s.m, "unlock")) yield;
      },
    );
    run(k, specs, "BBA");
    run(k, specs, "BBBA");
    run(k, specs, "AA");
    expect(got).toEqual(["interrupted", "acquired", "acquired"]);
    expect(() => run(k, specs, "BA")).toThrow(/A is not enabled/);
  });

  test("signalPending reports the task's own signal", () => {
    const { k } = world();
    k.mark();
    const got: number[] = [];
    const specs = tasks(
      function* () {
        if (k.signalPending("look")) yield;
        got.push(k.result);
      },
      function* () {
        if (k.signal(k.taskNumber("A"), "kill")) yield;
      },
    );
    run(k, specs, "AB");
    run(k, specs, "BA");
    expect(got).toEqual([0, 1]);
  });
});

describe("reader/writer locks", () => {
  test("readers share, writers do not, a downgraded writer lets readers in", () => {
    const { k, s } = world();
    k.mark();
    let inside = 0;
    let most = 0;
    function* reader(): Path {
      if (k.readLock(s.rw, "r")) yield;
      most = Math.max(most, ++inside);
      if (k.read(s.x, "in")) yield;
      inside--;
      if (k.readUnlock(s.rw, "r")) yield;
    }
    function* writer(): Path {
      if (k.writeLock(s.rw, "w")) yield;
      expect(inside).toBe(0);
      if (k.write(s.x, "in")) yield;
      expect(inside).toBe(0);
      if (k.downgrade(s.rw, "d")) yield;
      if (k.read(s.x, "in")) yield;
      if (k.readUnlock(s.rw, "d")) yield;
    }
    everyRun(k, tasks(reader, writer), (end) => expect(end).toBe("done"));
    everyRun(k, tasks(reader, reader), (end) => expect(end).toBe("done"));
    expect(most).toBe(2);
    run(k, tasks(reader, writer), "BBBA"); // a reader behind the downgrade
    run(
      k,
      tasks(function* () {
        if (k.readTryLock(s.rw, "try")) yield;
        expect(k.result).toBe(0);
        if (k.writeTryLock(s.rw, "try")) yield;
        expect(k.result).toBe(0);
      }, writer),
      "BAA",
    );
  });

  test("unfair: a reader passes a waiting writer. Fair: it waits behind it", () => {
    const { k, s } = world();
    k.mark();
    const order: string[] = [];
    const unfair = tasks(
      function* () {
        if (k.readLock(s.rw, "r1")) yield;
        order.push("r1");
        if (k.read(s.x, "in")) yield;
        if (k.readUnlock(s.rw, "r1")) yield;
      },
      function* () {
        if (k.writeLock(s.rw, "w")) yield;
        order.push("w");
        if (k.writeUnlock(s.rw, "w")) yield;
      },
      function* () {
        if (k.readLock(s.rw, "r2")) yield;
        order.push("r2");
        if (k.readUnlock(s.rw, "r2")) yield;
      },
    );
    run(k, unfair, "AACCABB");
    expect(order).toEqual(["r1", "r2", "w"]);
    order.length = 0;
    const fair = tasks(
      function* () {
        yield* k.fairReadLock(s.fair, "r1");
        order.push("r1");
        if (k.read(s.x, "in")) yield;
        if (k.fairUnlock(s.fair, "r1")) yield;
      },
      function* () {
        yield* k.fairWriteLock(s.fair, "w");
        order.push("w");
        if (k.fairUnlock(s.fair, "w")) yield;
      },
      function* () {
        yield* k.fairReadLock(s.fair, "r2");
        order.push("r2");
        if (k.fairUnlock(s.fair, "r2")) yield;
      },
    );
    expect(() => run(k, fair, "ABCC")).toThrow(/C is not enabled at letter 4/);
    order.length = 0;
    expect(run(k, fair, "ABCAABBCC")).toBe("done");
    expect(order).toEqual(["r1", "w", "r2"]);
  });

  test("a fair lock read twice is given back twice", () => {
    const { k, s } = world();
    k.mark();
    const specs = tasks(
      function* () {
        yield* k.fairReadLock(s.fair, "outer");
        yield* k.fairReadLock(s.fair, "inner");
        if (k.fairUnlock(s.fair, "inner")) yield;
        if (k.fairUnlock(s.fair, "outer")) yield;
      },
      function* () {
        yield* k.fairWriteLock(s.fair, "write");
        if (k.fairUnlock(s.fair, "write")) yield;
      },
    );
    expect(run(k, specs, "AAAABBB")).toBe("done");
    expect(() => run(k, specs, "AAABB")).toThrow(/B is not enabled/);
    expect(codes(k)).not.toContain("lock-leak");
  });

  test("a fair lock keeps writers alone in every schedule, and a recursive read behind a writer deadlocks", () => {
    const { k, s } = world();
    k.mark();
    let inside = 0;
    const locker = (write: boolean) =>
      function* (): Path {
        yield* write ? k.fairWriteLock(s.fair, "lock") : k.fairReadLock(s.fair, "lock");
        inside += write ? 100 : 1;
        expect(inside === 100 || inside < 3).toBe(true);
        if (k.read(s.x, "in")) yield;
        inside -= write ? 100 : 1;
        if (k.fairUnlock(s.fair, "unlock")) yield;
      };
    everyRun(k, tasks(locker(true), locker(false)), (end) => expect(end).toBe("done"));
    everyRun(k, tasks(locker(true), locker(true)), (end) => expect(end).toBe("done"));
    const recursive = tasks(function* () {
      yield* k.fairReadLock(s.fair, "outer");
      yield* k.fairReadLock(s.fair, "inner");
      if (k.fairUnlock(s.fair, "inner")) yield;
      if (k.fairUnlock(s.fair, "outer")) yield;
    }, locker(true));
    expect(run(k, recursive, "AB")).toBe("blocked");
    expect(codes(k)).toEqual(["deadlock", "recursive-read"]);
    expect(k.findings[0]!.message).toContain("held by A");
  });
});

describe("spinlocks and interrupts", () => {
  test("a handler does not start while interrupts are disabled, and a nested disable is no step", () => {
    const { k, s } = world();
    k.mark();
    let off = false;
    const specs = tasks(
      function* () {
        if (k.irqDisable(s.irq, "outer")) yield;
        off = true;
        if (k.irqDisable(s.irq, "inner")) yield;
        if (k.lock(s.spin, "spin")) yield;
        if (k.unlock(s.spin, "spin")) yield;
        if (k.irqEnable(s.irq, "inner")) yield;
        if (k.read(s.x, "still off")) yield;
        off = false;
        if (k.irqEnable(s.irq, "outer")) yield;
      },
      function* () {
        if (k.irqEnter(s.irq, "handler")) yield;
        expect(off).toBe(false);
        if (k.irqExit(s.irq, "handler")) yield;
      },
    );
    everyRun(k, specs, (end) => expect(end).toBe("done"));
    run(k, specs);
    expect(steps(k, KIND_NAMES).filter((line) => line.includes("irq"))).toEqual([
      "A lock s.irq",
      "A unlock s.irq",
      "B lock s.irq",
      "B unlock s.irq",
    ]);
    expect(codesOfEveryRun(k, specs)).toEqual([]);
  });
});

describe("atomics and flags", () => {
  test("exchange and compare-and-set report, additions do not", () => {
    const { k, s } = world();
    k.mark();
    const got: number[] = [];
    run(
      k,
      tasks(function* () {
        if (k.writeOnce(s.x, 3, "store")) yield;
        if (k.exchange(s.x, 8, "xchg")) yield;
        got.push(k.result);
        if (k.loadAcquire(s.x, "load")) yield;
        got.push(k.result, s.x.value);
        if (k.storeRelease(s.x, "release")) yield;
        s.x.value = 2 ** 40;
        if (k.read(s.x, "read")) yield;
        got.push(k.result);
      }),
    );
    expect(got).toEqual([3, 8, 8, 2 ** 40]);
  });

  test("bits of one word are objects apart; a look at the whole word meets every bit", () => {
    const { k, s } = world();
    k.mark();
    const seen = new Set<number>();
    const specs = tasks(
      function* () {
        if (k.setBit(s.bits, 0, "set")) yield;
      },
      function* () {
        if (k.testAndSetBit(s.bits, 2, "tas")) yield;
        expect(k.result).toBe(0);
      },
      function* () {
        if (k.readFlags(s.bits, "all")) yield;
        seen.add(k.result);
      },
    );
    everyRun(k, specs, (end) => expect(end).toBe("done"));
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 4, 5]);
    run(k, specs);
    const whole = k.log.length - 1;
    expect(k.log.firstAccess[whole + 1]! - k.log.firstAccess[whole]!).toBe(3);
    expect(k.nameOf(s.bits.bit(2).word)).toBe("s.bits.dirty");
    expect(() => s.bits.bit(3)).toThrow(/no bit 3: these flags have bits 0\.\.2/);
  });

  test("a reference count reports its end once", () => {
    const { k, s } = world();
    k.init(s.count, 2);
    k.mark();
    let last = 0;
    function* put(): Path {
      if (k.decAndTest(s.count, "put")) yield;
      if (k.result === 1) last++;
    }
    everyRun(
      k,
      tasks(function* () {
        last = 0;
        yield* put();
      }, put),
      () => expect(last).toBe(1),
    );
    let got = -1;
    run(
      k,
      tasks(put, put, function* () {
        if (k.incNotZero(s.count, "get")) yield;
        got = k.result;
      }),
    );
    expect(got).toBe(0);
  });
});

describe("waiting", () => {
  test("an await runs when its condition holds", () => {
    const { k, s } = world();
    k.mark();
    const specs = tasks(
      function* () {
        if (k.await({ name: "both", holds: (x, y) => x === 1 && y === 1 }, [s.x, s.y], "wait")) yield;
        expect(s.x.value + s.y.value).toBe(2);
      },
      function* () {
        if (k.writeOnce(s.x, 1, "x")) yield;
        if (k.writeOnce(s.y, 1, "y")) yield;
      },
    );
    expect(run(k, specs, "BBA")).toBe("done");
    expect(() => run(k, specs, "BA")).toThrow(/A is not enabled/);
  });

  test("complete lets one go on, completeAll everybody", () => {
    const { k, s } = world();
    k.mark();
    function* waiter(): Path {
      if (k.waitForCompletion(s.done, "wait")) yield;
    }
    const once = tasks(waiter, waiter, function* () {
      if (k.complete(s.done, "done")) yield;
    });
    expect(run(k, once)).toBe("blocked");
    const twice = tasks(waiter, waiter, function* () {
      if (k.complete(s.done, "done")) yield;
      if (k.complete(s.done, "done")) yield;
    });
    everyRun(k, twice, (end) => expect(end).toBe("done"));
    const all = tasks(waiter, waiter, waiter, function* () {
      if (k.completeAll(s.done, "done")) yield;
    });
    everyRun(k, all, (end) => expect(end).toBe("done"));
  });

  test("those who complete or wake commute with each other, not with those who wait", () => {
    const { k, s } = world();
    k.mark();
    run(
      k,
      tasks(function* () {
        if (k.complete(s.done, "c")) yield;
        if (k.wakeUp(s.queue, "w")) yield;
        if (k.prepareToWait(s.queue, "p")) yield;
        if (k.waitForCompletion(s.done, "w")) yield;
      }),
    );
    const classes = [0, 1, 2, 3].map((i) => k.log.accessClass[k.log.firstAccess[i]!]);
    expect(classes).toEqual([kinds.A, kinds.A, kinds.R, kinds.W]);
  });

  test("check first and prepare afterwards loses a wake-up; prepare first does not", () => {
    const { k, s } = world();
    k.mark();
    const sleeper = (prepareFirst: boolean) =>
      function* (): Path {
        if (!prepareFirst) {
          if (k.read(s.x, "check")) yield;
          if (s.x.value !== 0) return;
        }
        if (k.prepareToWait(s.queue, "prepare")) yield;
        const ticket = k.result;
        if (prepareFirst) {
          if (k.read(s.x, "check")) yield;
          if (s.x.value !== 0) return;
        }
        if (k.schedule(s.queue, ticket, "sleep")) yield;
      };
    function* waker(): Path {
      if (k.writeOnce(s.x, 1, "raise")) yield;
      if (k.wakeUp(s.queue, "wake")) yield;
    }
    expect(codesOfEveryRun(k, tasks(sleeper(false), waker))).toEqual(["lost-wakeup"]);
    expect(codesOfEveryRun(k, tasks(sleeper(true), waker))).toEqual([]);
  });

  test("seqcount: a reader never takes what a writer was changing", () => {
    const { k, s } = world();
    k.mark();
    const seen = new Set<string>();
    const specs = tasks(
      function* () {
        if (k.seqWriteBegin(s.seq, "w")) yield;
        if (k.writeOnce(s.x, 1, "w")) yield;
        if (k.writeOnce(s.y, 1, "w")) yield;
        if (k.seqWriteEnd(s.seq, "w")) yield;
      },
      function* () {
        let x = 0;
        let y = 0;
        for (;;) {
          if (k.seqReadBegin(s.seq, "r")) yield;
          const start = k.result;
          if (k.read(s.x, "r")) yield;
          x = s.x.value;
          if (k.read(s.y, "r")) yield;
          y = s.y.value;
          if (k.seqReadRetry(s.seq, start, "r")) yield;
          if (k.result === 0) break;
        }
        seen.add(`${x}${y}`);
      },
    );
    everyRun(k, specs, (end) => expect(end).toBe("done"));
    expect([...seen].sort()).toEqual(["00", "11"]);
    expect(codesOfEveryRun(k, specs)).toEqual([]);
  });
});

describe("tasks, timers, work items", () => {
  test("join waits for the end of a joinable task, and takes over what it did", () => {
    const { k, s } = world();
    k.mark();
    const child = {
      name: "child",
      joinable: true,
      *run(): Path {
        if (k.read(s.x, "child")) yield;
        s.n = 5;
      },
    };
    const parent = tasks(function* () {
      if (k.spawn(child, "spawn")) yield;
      if (k.join(k.taskNumber("child"), "join")) yield;
      expect(s.n).toBe(5);
    });
    expect(codesOfEveryRun(k, parent)).toEqual([]);
    const other = tasks(function* () {
      if (k.spawn({ ...child, joinable: false }, "spawn")) yield;
      if (k.join(k.taskNumber("child"), "join")) yield;
    });
    expect(() => run(k, other)).toThrow(/the end of child is no step: give its task `joinable: true`/);
  });

  test("a timer fires after those due earlier on its clock, and as late as it likes for everybody else", () => {
    const { k, s } = world();
    k.mark();
    const orders = new Set<string>();
    let order = "";
    const handler = (name: string) =>
      function* (): Path {
        order += name;
        if (k.add(s.x, 1, name)) yield;
      };
    const clock = [s.early, s.late];
    const specs = [
      ...tasks(function* () {
        order = "";
        if (k.armTimer(s.late, 20, "arm")) yield;
        if (k.armTimer(s.early, 10, "arm")) yield;
        order += "|";
        if (k.read(s.y, "later")) yield;
      }),
      k.timerTask("early", s.early, clock, handler("e")),
      k.timerTask("late", s.late, clock, handler("l")),
    ];
    everyRun(k, specs, (end) => {
      expect(end).toBe("done");
      orders.add(order);
    });
    // Alone on the clock the late one may fire at once; with both armed, the early one goes first.
    expect([...orders].sort()).toEqual(["l|e", "|el"]);
  });

  test("a cancelled timer does not fire; cancelTimerSync waits for the handler", () => {
    const { k, s } = world();
    k.mark();
    let running = false;
    let fired = 0;
    const specs = [
      ...tasks(function* () {
        fired = 0;
        if (k.armTimer(s.early, 10, "arm")) yield;
        yield* k.cancelTimerSync(s.early, "cancel");
        expect(running).toBe(false);
        const before = fired;
        if (k.read(s.y, "later")) yield;
        expect(fired).toBe(before);
      }),
      k.timerTask("timer", s.early, [s.early], function* () {
        running = true;
        fired++;
        if (k.add(s.x, 1, "handler")) yield;
        running = false;
      }),
    ];
    const counts = new Set<number>();
    everyRun(k, specs, (end) => {
      expect(end).toBe("done");
      counts.add(fired);
    });
    expect([...counts].sort((a, b) => a - b)).toEqual([0, 1]);
    expect(() => k.armTimer(s.early, -1)).toThrow(/a deadline is an integer/);
  });

  test("work runs once per queueing that reports 1; flush waits for it; cancel takes it back", () => {
    const { k, s } = world();
    k.mark();
    let ran = 0;
    let queued = 0;
    const worker = k.workTask("worker", s.work, function* () {
      ran++;
      if (k.add(s.x, 1, "work")) yield;
    });
    const specs = [
      ...tasks(function* () {
        ran = queued = 0;
        yield* k.queueWork(s.work, "queue");
        queued += k.result;
        yield* k.queueWork(s.work, "queue");
        queued += k.result;
        if (k.flushWork(s.work, "flush")) yield;
        expect(ran).toBe(queued);
      }),
      worker,
    ];
    const times = new Set<number>();
    everyRun(k, specs, (end) => {
      expect(end).toBe("done");
      times.add(ran);
    });
    expect([...times].sort((a, b) => a - b)).toEqual([1, 2]);
    const cancelled = [
      ...tasks(function* () {
        ran = 0;
        yield* k.queueWork(s.work, "queue");
        if (k.cancelWork(s.work, "cancel")) yield;
        const taken = k.result & 1;
        if (k.flushWork(s.work, "flush")) yield;
        expect(ran).toBe(1 - taken);
      }),
      worker,
    ];
    everyRun(k, cancelled, (end) => expect(end).toBe("done"));
  });
});

describe("RCU", () => {
  test("a grace period waits for the readers that were inside, and for no other", () => {
    const { k, s } = world();
    k.mark();
    const specs = tasks(
      function* () {
        if (k.rcuReadLock(s.rcu, "read")) yield;
        if (k.read(s.x, "inside")) yield;
        if (k.rcuReadUnlock(s.rcu, "read")) yield;
      },
      function* () {
        yield* k.synchronizeRcu(s.rcu, "sync");
      },
    );
    expect(() => run(k, specs, "ABB")).toThrow(/B is not enabled at letter 3/);
    expect(run(k, specs, "AABAB")).toBe("done");
    expect(run(k, specs, "BAAA")).toBe("done");
    expect(k.log.length).toBe(4); // nobody was inside: there was nothing to wait for
  });

  test("nested sections end with the outer one", () => {
    const { k, s } = world();
    k.mark();
    const specs = tasks(
      function* () {
        if (k.rcuReadLock(s.rcu, "outer")) yield;
        if (k.rcuReadLock(s.rcu, "inner")) yield;
        if (k.rcuReadUnlock(s.rcu, "inner")) yield;
        if (k.read(s.x, "inside")) yield;
        if (k.rcuReadUnlock(s.rcu, "outer")) yield;
      },
      function* () {
        yield* k.synchronizeRcu(s.rcu, "sync");
      },
    );
    expect(() => run(k, specs, "AAABB")).toThrow(/B is not enabled/);
    expect(run(k, specs, "AAABAAB")).toBe("done");
  });

  test("a grace period that starts between an outer and an inner lock ends with the outer unlock", () => {
    const { k, s } = world();
    k.mark();
    const specs = tasks(
      function* () {
        if (k.rcuReadLock(s.rcu, "outer")) yield;
        if (k.rcuReadLock(s.rcu, "inner")) yield;
        if (k.rcuReadUnlock(s.rcu, "inner")) yield;
        if (k.rcuReadUnlock(s.rcu, "outer")) yield;
      },
      function* () {
        yield* k.synchronizeRcu(s.rcu, "sync");
      },
    );
    expect(run(k, specs, "ABAAAB")).toBe("done");
    expect(() => run(k, specs, "ABAAB")).toThrow(/B is not enabled/);
    // The inner pair is nobody else's business: only the outer unlock writes.
    const classOf = (i: number) => k.log.accessClass[k.log.firstAccess[i]!];
    run(k, specs, "AAAA");
    expect([0, 1, 2, 3].map(classOf)).toEqual([kinds.R, kinds.R, kinds.R, kinds.W]);
  });

  test("an object freed through a grace period is not used afterwards, in any schedule", () => {
    const { k, s } = world();
    const thing = k.alloc(thingSlab);
    k.writeOnce(s.x, thing.serial + 1);
    k.mark();
    const specs = [
      ...tasks(
        function* () {
          if (k.rcuReadLock(s.rcu, "read")) yield;
          if (k.rcuDereference(s.x, s.rcu, "read")) yield;
          if (s.x.value !== 0) void thing.value;
          if (k.rcuReadUnlock(s.rcu, "read")) yield;
        },
        function* () {
          if (k.writeOnce(s.x, 0, "unpublish")) yield;
          if (k.freeRcu(s.rcu, thing, "free")) yield;
          yield* k.rcuBarrier(s.rcu, "barrier");
          expect(k.alive()).toEqual([]);
        },
      ),
      k.rcuCallbacks(s.rcu),
    ];
    expect(codesOfEveryRun(k, specs)).toEqual([]);
  });

  test("callbacks run in the order in which they were queued; sequential code runs them itself", () => {
    const { k, s } = world();
    k.mark();
    let order = "";
    const callback = (name: string) => ({
      name,
      *run(): Path {
        order += name;
        if (k.read(s.x, name)) yield;
      },
    });
    const specs = [
      ...tasks(function* () {
        order = "";
        if (k.callRcu(s.rcu, callback("1"), "call")) yield;
        if (k.callRcu(s.rcu, callback("2"), "call")) yield;
      }),
      k.rcuCallbacks(s.rcu),
    ];
    everyRun(k, specs, (end) => {
      expect(end).toBe("done");
      expect(order).toBe("12");
    });
    k.reset();
    order = "";
    k.callRcu(s.rcu, callback("a"));
    k.callRcu(s.rcu, callback("b"));
    expect(order).toBe("");
    k.runCallbacks(s.rcu);
    expect(order).toBe("ab");
    k.runCallbacks(s.rcu);
    expect(order).toBe("ab");
  });
});
