import { describe, expect, test } from "vitest";
import {
  HiddenNondeterminism,
  KIND_NAMES,
  kinds,
  type Path,
  ProtocolError,
  SequentialFinding,
  sequentially,
  WouldWait,
} from "../../src/sched/index.ts";
import { codes, driver, everyRun, run, steps, tasks, thingSlab, world } from "./world.ts";

describe("suspending and executing", () => {
  test("no step executes before every task has announced its first", () => {
    const { k, s } = world();
    k.mark();
    const order: string[] = [];
    const one = (name: string) =>
      function* (): Path {
        order.push(`${name} starts`);
        if (k.write(s.x, name)) yield;
        order.push(`${name} writes`);
        s.x.value = 1;
      };
    run(k, tasks(one("A"), one("B")), "BA");
    expect(order).toEqual(["A starts", "B starts", "B writes", "A writes"]);
  });

  test("a step executes directly before its plain code, which runs alone up to the next announcement", () => {
    const { k, s } = world();
    k.mark();
    const seen: number[] = [];
    function* incrementer(): Path {
      for (let i = 0; i < 3; i++) {
        if (k.rmw(s.x, "inc")) yield;
        seen.push(s.x.value);
        s.x.value += 1;
      }
    }
    for (const schedule of ["AAABBB", "ABABAB", "BBBAAA", "ABBBAA"]) {
      seen.length = 0;
      expect(run(k, tasks(incrementer, incrementer), schedule)).toBe("done");
      expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
      expect(
        steps(k, KIND_NAMES)
          .map((line) => line[0])
          .join(""),
      ).toBe(schedule);
    }
  });

  test("nothing is suspended while the same task goes on", () => {
    const { k, s } = world();
    k.mark();
    let suspensions = 0;
    function* walker(): Path {
      for (let i = 0; i < 5; i++) {
        if (k.read(s.x, "walk")) {
          suspensions++;
          yield;
        }
      }
    }
    run(k, tasks(walker, walker), "AAAAABBBBB");
    expect(suspensions).toBe(2); // each at its first step, and never again
  });

  test("the log carries class, outcome and each object's value before", () => {
    const { k, s } = world();
    k.mark();
    run(
      k,
      tasks(function* () {
        if (k.add(s.x, 5, "add")) yield;
        if (k.cas(s.x, 4, "fails")) yield;
        if (k.cas(s.x, 5, "works")) yield;
        s.x.value = 9;
        if (k.read(s.x, "read")) yield;
      }),
    );
    const { log } = k;
    const rows = Array.from({ length: log.length }, (_, i) => {
      const j = log.firstAccess[i]!;
      return [KIND_NAMES[log.kind[i]!], log.accessClass[j], log.before[j], log.outcome[i], log.nth[i]];
    });
    expect(rows).toEqual([
      ["add", kinds.A, 0, 1, 1],
      ["cas", kinds.R, 5, 0, 2],
      ["cas", kinds.W, 5, 1, 3],
      ["read", kinds.R, 9, 9, 4],
    ]);
  });

  test("the result stays until the task's next announcement, whatever others do", () => {
    const { k, s } = world();
    k.mark();
    const got: number[] = [];
    function* tries(): Path {
      if (k.tryLock(s.m, "try")) yield;
      got.push(k.result);
    }
    run(k, tasks(tries, tries), "AB");
    expect(got).toEqual([1, 0]);
  });
});

describe("replaying", () => {
  test("a prefix does the same again, without asking the driver", () => {
    const { k, s } = world();
    k.mark();
    function* body(): Path {
      for (let i = 0; i < 3; i++) {
        if (k.rmw(s.x, "rmw")) yield;
        s.x.value = s.x.value * 2 + 1;
      }
    }
    run(k, tasks(body, body), "ABABAB");
    const first = k.endStateHash();
    let asked = 0;
    const again = {
      pick: (_: unknown, enabled: number) => (asked++, 31 - Math.clz32(enabled)),
      choose: () => 0,
    };
    k.run(tasks(body, body), again, 4);
    expect(
      steps(k, KIND_NAMES)
        .map((line) => line[0])
        .join(""),
    ).toBe("ABABBA");
    expect(asked).toBe(2);
    expect(k.endStateHash()).toBe(first);
  });

  test("a program that does something else the second time is told where", () => {
    const { k, s } = world();
    k.mark();
    let outside = 0;
    function* body(): Path {
      if (k.read(s.x, "first")) yield;
      if (outside++ > 0 ? k.write(s.y, "other") : k.write(s.x, "second")) yield;
    }
    run(k, tasks(body));
    expect(() => k.run(tasks(body), driver(), 2)).toThrow(HiddenNondeterminism);
    outside = 0;
    run(k, tasks(body));
    expect(() => k.run(tasks(body), driver(), 2)).toThrow(
      /at entry 1: first A: write in second, now A: write s\.y in other/,
    );
  });

  test("a choice that is gone or another is told, too", () => {
    const { k, s } = world();
    k.mark();
    let site = "one";
    function* body(): Path {
      if (k.read(s.x, "read")) yield;
      k.choose(site, 2);
    }
    run(k, tasks(body));
    site = "two";
    expect(() => k.run(tasks(body), driver(), 2)).toThrow(/a choice "two" of A/);
  });

  test("one cannot replay more than there is", () => {
    const { k } = world();
    k.mark();
    expect(() => k.run([], driver(), 3)).toThrow(/cannot replay 3 entries: the log has 0/);
  });

  test("findings about order are reported by the run that sees them first, others by every run", () => {
    const { k, s } = world();
    k.mark();
    const specs = tasks(
      function* () {
        if (k.read(s.x, "a")) yield;
        s.n = 1;
        k.note("leak", { message: "said each time" });
      },
      function* () {
        if (k.read(s.y, "b")) yield;
        s.n = 2;
      },
    );
    run(k, specs, "AB");
    expect(codes(k)).toEqual(["leak", "data-race"]);
    k.run(specs, driver(), 2);
    expect(codes(k)).toEqual(["leak"]);
  });
});

describe("choices", () => {
  test("they are no steps: they never suspend and stand behind their task's step", () => {
    const { k, s } = world();
    k.mark();
    function* body(): Path {
      if (k.read(s.x, "read")) yield;
      if (k.fails("here")) if (k.write(s.x, "failed")) yield;
    }
    run(k, tasks(body, body), "AAB", [1, 0]);
    expect(steps(k, KIND_NAMES)).toEqual(["A read s.x", "A choice", "A write s.x", "B read s.x", "B choice"]);
    expect(k.log.nth[1]).toBe(1);
  });

  test("in sequential code the machine's own answer holds", () => {
    const { k } = world();
    expect(k.choose("x", 3)).toBe(0);
    k.sequentialChoice = (site) => (site === "x" ? 2 : 0);
    expect(k.choose("x", 3)).toBe(2);
    k.sequentialChoice = () => 3;
    expect(() => k.choose("x", 3)).toThrow(/outcome 3 of choice "x" is not 0\.\.2/);
  });

  test("a choice needs an outcome", () => {
    const { k } = world();
    expect(() => k.choose("x", 0)).toThrow(/choice "x" has 0 outcomes/);
  });

  test("a loop of choices without a step is ended with a sentence", () => {
    const { k, s } = world();
    k.mark();
    k.stepLimit = 100;
    const forever = tasks(function* () {
      if (k.read(s.x, "read")) yield;
      for (;;) k.choose("again", 2);
    });
    expect(() => run(k, forever)).toThrow(/A makes choice "again" without end/);
  });
});

describe("spawning", () => {
  test("a task's number and the names of what it makes do not depend on the schedule", () => {
    const names = (schedule: string): string[] => {
      const { k, s } = world();
      k.mark();
      const found: string[] = [];
      const child = (name: string) => ({
        name,
        *run(): Path {
          const row = k.alloc(thingSlab);
          if (k.add(s.x, 1, name)) yield;
          found.push(`${name} ${k.stableName(row.at)} ${k.stableName(k.birthWord[k.taskNumber(name)]!)}`);
        },
      });
      const parent = (name: string) =>
        function* (): Path {
          if (k.spawn(child(`${name}1`), "spawn")) yield;
          if (k.spawn(child(`${name}2`), "spawn")) yield;
        };
      expect(run(k, tasks(parent("p"), parent("q")), schedule)).toBe("done");
      return found.sort();
    };
    const expected = [
      "p1 thing#task 1/1.1 task 1/1.birth",
      "p2 thing#task 1/2.1 task 1/2.birth",
      "q1 thing#task 2/1.1 task 2/1.birth",
      "q2 thing#task 2/2.1 task 2/2.birth",
    ];
    expect(names("AABB")).toEqual(expected);
    expect(names("BBAA")).toEqual(expected);
    expect(names("BABA")).toEqual(expected);
  });

  test("within one exploration a task keeps its number even when another is born first", () => {
    const { k, s } = world();
    k.mark();
    const numbers = new Set<string>();
    const parent = (name: string) =>
      function* (): Path {
        const spec = {
          name: `${name}'s`,
          *run(): Path {
            if (k.add(s.x, 1, "child")) yield;
            numbers.add(`${name}'s ${k.current}`);
          },
        };
        if (k.spawn(spec, "spawn")) yield;
      };
    everyRun(k, tasks(parent("A"), parent("B")), (end) => expect(end).toBe("done"));
    expect([...numbers].sort()).toEqual(["A's 2", "B's 3"]);
  });

  test("two tasks may have spawns pending at the same time", () => {
    const { k, s } = world();
    k.mark();
    const ran: string[] = [];
    const parent = (name: string) =>
      function* (): Path {
        if (k.read(s.x, "before")) yield;
        const spec = {
          name,
          *run(): Path {
            if (k.read(s.x, "child")) yield;
            ran.push(`${name} of ${k.stableName(k.birthWord[k.current]!)}`);
          },
        };
        if (k.spawn(spec, "spawn")) yield;
      };
    // A announces its spawn, then B announces its own, then both take effect.
    run(k, tasks(parent("of A"), parent("of B")), "ABBA");
    expect(ran.sort()).toEqual(["of A of task 1/1.birth", "of B of task 2/1.birth"]);
  });

  test("a task that was left waiting in one run does not haunt the next", () => {
    const { k, s } = world();
    k.mark();
    const parent = (first: boolean) =>
      function* (): Path {
        if (k.rmw(s.x, "who")) yield;
        s.x.value += 1;
        const turn = s.x.value;
        const spec = {
          name: first ? "waits" : "runs",
          *run(): Path {
            if (k.await({ name: "never", holds: (v) => v === 99 }, [s.y], "wait")) yield;
          },
        };
        if (turn === 1) if (k.spawn(spec, "spawn")) yield;
      };
    const specs = tasks(parent(true), parent(false));
    expect(run(k, specs, "AAB")).toBe("blocked");
    expect(run(k, specs, "BBA")).toBe("blocked");
    expect(k.findings).toHaveLength(1);
    expect(k.findings[0]!.message).toBe('for ever waiting: runs: await "never" of s.y in wait');
  });

  test("whoever comes first may spawn a task of the same name in every run", () => {
    const { k, s } = world();
    k.mark();
    const helper = {
      name: "helper",
      *run(): Path {
        if (k.read(s.y, "help")) yield;
      },
    };
    function* parent(): Path {
      if (k.exchange(s.x, 1, "first?")) yield;
      if (k.result === 0) if (k.spawn(helper, "spawn")) yield;
    }
    everyRun(k, tasks(parent, parent), (end) => expect(end).toBe("done"));
    const both = tasks(
      function* () {
        if (k.spawn(helper, "spawn")) yield;
      },
      function* () {
        if (k.spawn(helper, "spawn")) yield;
      },
    );
    expect(() => run(k, both)).toThrow(/two tasks are named "helper"/);
  });

  test("the first step of a spawned task depends on the spawn", () => {
    const { k, s } = world();
    k.mark();
    run(
      k,
      tasks(function* () {
        const child = {
          name: "child",
          *run(): Path {
            k.choose("first thing", 2);
            if (k.read(s.x, "child")) yield;
          },
        };
        if (k.spawn(child, "spawn")) yield;
      }),
    );
    const last = k.log.length - 1;
    const objects = Array.from(k.log.object.slice(k.log.firstAccess[last], k.log.firstAccess[last + 1])).map(
      (w) => k.nameOf(w),
    );
    expect(objects).toEqual(["s.x", "child.birth"]);
  });
});

describe("misuse gets one sentence that says what to write", () => {
  const { k, s } = world();
  k.mark();
  test.each<[string, RegExp, () => Path<unknown>]>([
    [
      "an announcement whose yield is missing",
      /A went on after an announcement that returned true \(at one\): write `if \(k\.step\(\.\.\.\)\) yield;`/,
      function* () {
        k.read(s.x, "one");
        if (k.read(s.x, "two")) yield;
      },
    ],
    [
      "a plain access behind an announcement whose yield is missing",
      /A went on after an announcement that returned true \(at one\)/,
      function* () {
        k.read(s.x, "one");
        s.n = 1;
        if (k.read(s.x, "two")) yield;
      },
    ],
    [
      "a task that ends with its yield missing",
      /A returned after an announcement that returned true/,
      function* () {
        k.read(s.x, "one");
      },
    ],
    [
      "a yield without an announcement",
      /A yielded without having announced a step/,
      function* () {
        yield;
        if (k.read(s.x, "one")) yield;
      },
    ],
    [
      "a yield of a value",
      /A yielded a value/,
      function* () {
        if (k.read(s.x, "one")) yield 5 as unknown as undefined;
      } as () => Path,
    ],
    [
      "an atomic that no step announced",
      /s\.x is touched before the task announced a step/,
      function* () {
        s.x.value = 1;
        if (k.read(s.x, "one")) yield;
      },
    ],
    [
      "an atomic other than the announced one",
      /A reads s\.y behind a step that announced A: read s\.x in one/,
      function* () {
        if (k.read(s.x, "one")) yield;
        return s.y.value;
      },
    ],
    [
      "a write behind a step that only reads",
      /A writes s\.x behind a step that announced A: read s\.x in one/,
      function* () {
        if (k.read(s.x, "one")) yield;
        s.x.value = 1;
      },
    ],
    [
      "a look behind an addition, which promised not to look",
      /A reads s\.x behind a step that announced A: add s\.x in one/,
      function* () {
        if (k.add(s.x, 1, "one")) yield;
        return s.x.value;
      },
    ],
    [
      "a write behind a compare-and-set that failed",
      /A writes s\.x behind a step that announced A: cas s\.x/,
      function* () {
        if (k.cas(s.x, 7, "one")) yield;
        s.x.value = 1;
      },
    ],
    [
      "a mutex taken like a reader/writer lock",
      /a read lock step does not go with a mutex/,
      function* () {
        if (k.readLock(s.m, "one")) yield;
      },
    ],
    [
      "a reader/writer lock taken like a mutex",
      /a lock step does not go with a rwsem/,
      function* () {
        if (k.lock(s.rw, "one")) yield;
      },
    ],
    [
      "a first value for an atomic that steps have touched",
      /s\.x gets a first value although steps have touched it in this run/,
      function* () {
        if (k.read(s.x, "one")) yield;
        k.init(s.x, 3);
      },
    ],
    [
      "a path that catches what ends it",
      /A went on after the finding that ended it: path code has no try, catch or finally/,
      function* () {
        if (k.read(s.x, "one")) yield;
        try {
          k.find("assertion", { message: "no" });
        } catch {
          if (k.read(s.x, "two")) yield;
        }
      },
    ],
    [
      "a path that catches what ends it and returns",
      /A went on after the finding that ended it/,
      function* () {
        if (k.read(s.x, "one")) yield;
        try {
          k.find("assertion", { message: "no" });
        } catch {}
      },
    ],
    [
      "a generic await without a condition",
      /an await needs its condition/,
      function* () {
        if (k.step(kinds.AWAIT, s.x)) yield;
      },
    ],
    [
      "a permanent row freed",
      /s is permanent: it cannot be freed/,
      function* () {
        if (k.free(s, "one")) yield;
      },
    ],
    [
      "a signal to nobody",
      /signal: there is no task -1/,
      function* () {
        if (k.signal(k.taskNumber("nobody"), "one")) yield;
      },
    ],
  ])("%s", (_what, message, body) => {
    expect(() => run(k, tasks(body))).toThrow(message);
    expect(() => run(k, tasks(body))).toThrow(ProtocolError);
    expect(
      run(
        k,
        tasks(function* () {
          if (k.read(s.x, "after")) yield;
        }),
      ),
    ).toBe("done"); // the machine is usable again
  });

  test("an async function, a plain function and an async generator are no tasks", () => {
    const wrong = (run: unknown) => [{ name: "A", run: run as () => Path }];
    expect(() =>
      k.run(
        wrong(async () => {}),
        driver(),
        -1,
      ),
    ).toThrow(/task "A" gave a promise/);
    expect(() =>
      k.run(
        wrong(async function* () {}),
        driver(),
        -1,
      ),
    ).toThrow(/task "A" gave a promise/);
    expect(() =>
      k.run(
        wrong(() => {}),
        driver(),
        -1,
      ),
    ).toThrow(/task "A" gave undefined/);
    expect(() =>
      k.run(
        wrong(() => ({})),
        driver(),
        -1,
      ),
    ).toThrow(/an object that is no generator/);
  });

  test("two tasks of one name, a run inside a run, too many tasks, spawning without end", () => {
    const idle = function* (): Path {};
    expect(() =>
      k.run(
        [
          { name: "A", run: idle },
          { name: "A", run: idle },
        ],
        driver(),
        -1,
      ),
    ).toThrow(/two tasks are named "A"/);
    expect(() =>
      run(
        k,
        tasks(function* () {
          run(k, []);
        }),
      ),
    ).toThrow(/one execution at a time/);
    expect(() =>
      k.run(
        Array.from({ length: 32 }, (_, i) => ({ name: `${i}`, run: idle })),
        driver(),
        -1,
      ),
    ).toThrow(/at most 31/);
    const fresh = world();
    fresh.k.mark();
    const endless = function* (): Path {
      for (let n = 0; ; n++) if (fresh.k.spawn({ name: `child ${n}`, run: idle }, "breed")) yield;
    };
    expect(() => run(fresh.k, tasks(endless))).toThrow(
      /more than 31 tasks: does the program spawn without end\?/,
    );
  });

  test("an explorer that picks what is not enabled is told", () => {
    const specs = tasks(function* () {
      if (k.lock(s.m, "one")) yield;
    });
    expect(() => k.run(specs, { pick: () => 3, choose: () => 0 }, -1)).toThrow(
      /picked task 3, which is not enabled/,
    );
  });
});

test("a program that never ends, with steps, ends with the step limit", () => {
  const { k, s } = world();
  k.mark();
  k.stepLimit = 1000;
  const forever = tasks(function* () {
    for (;;) {
      if (k.rmw(s.x, "again")) yield;
      s.x.value += 1;
    }
  });
  expect(run(k, forever)).toBe("limit");
  expect(k.log.length).toBe(1000);
});

test("a driver may end a run; what was announced stays in the table", () => {
  const { k, s } = world();
  k.mark();
  const specs = tasks(function* () {
    if (k.write(s.x, "w")) yield;
  });
  expect(k.run(specs, { pick: () => -1, choose: () => 0 }, -1)).toBe("stopped");
  expect(k.describePending(0)).toBe("A: write s.x in w");
});

describe("sequential code", () => {
  function* transfer({ k, s }: ReturnType<typeof world>): Path<number> {
    if (k.lock(s.m, "transfer")) yield;
    s.n += 10;
    if (k.rmw(s.x, "transfer")) yield;
    s.x.value += 1;
    if (k.unlock(s.m, "transfer")) yield;
    return s.n;
  }

  test("the same source runs without an exploration, and leaves the same state", () => {
    const alone = world();
    alone.k.mark();
    expect(sequentially(transfer(alone))).toBe(10);
    const explored = world();
    explored.k.mark();
    run(
      explored.k,
      tasks(() => transfer(explored)),
    );
    expect(explored.k.endStateHash()).toBe(alone.k.endStateHash());
  });

  test("a step that would wait says so", () => {
    const { k, s } = world();
    sequentially(transfer({ k, s }));
    k.lock(s.m, "setup");
    expect(() => sequentially(transfer({ k, s }))).toThrow(WouldWait);
    expect(() => sequentially(transfer({ k, s }))).toThrow(
      "transfer: lock of s.m would wait, and sequential code has nobody to wait for",
    );
    expect(() => k.await({ name: "ready", holds: (v) => v > 5 }, [s.x], "setup")).toThrow(
      /waiting for "ready" would wait/,
    );
    expect(() => k.waitForCompletion(s.done)).toThrow(WouldWait);
  });

  test("a lock that set-up leaves held is held in every run, by nobody who could release it", () => {
    const { k, s } = world();
    k.lock(s.m, "setup");
    k.mark();
    const specs = tasks(function* () {
      if (k.lock(s.m, "A")) yield;
    });
    expect(run(k, specs)).toBe("blocked");
    expect(run(k, specs)).toBe("blocked");
    k.reset();
    k.unlock(s.m, "teardown");
    expect(k.holds(s.m)).toBe(false);
  });

  test("a fatal finding is thrown as one, and is in the list", () => {
    const { k, s } = world();
    expect(() => k.unlock(s.m, "setup")).toThrow(SequentialFinding);
    expect(codes(k)).toEqual(["lock-misuse"]);
  });

  test("a misused step is refused, too", () => {
    const { k, s } = world();
    expect(() => k.readLock(s.m)).toThrow(/a read lock step does not go with s\.m, a mutex/);
    expect(() => k.spawn({ name: "A", *run() {} })).toThrow(/outside an exploration/);
  });
});
