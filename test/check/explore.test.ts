import { describe, expect, test } from "vitest";
import {
  type ExplorationResult,
  type ExploreOptions,
  explore,
  type Program,
  ProgramError,
  readTrace,
  replay,
  type Trace,
  writeTrace,
} from "../../src/check/index.ts";
import {
  type Atomic,
  atomic,
  HiddenNondeterminism,
  type Lock,
  type Machine,
  mutex,
  num,
  ProtocolError,
  type Row,
  type Slab,
  slab,
} from "../../src/sched/index.ts";
import { nextCall } from "./hidden-state.ts";
import * as P from "./programs.ts";
import { program } from "./world.ts";

function explored<S>(p: Program<S>, options: ExploreOptions = {}): ExplorationResult {
  const exploration = explore(p, options);
  while (exploration.slice(1000));
  return exploration.result();
}

interface Account extends Row {
  balance: number;
  readonly lock: Lock;
  readonly users: Atomic;
}
const accounts: Slab<Account> = slab<Account>("account", {
  balance: num("account.lock"),
  lock: mutex(),
  users: atomic(),
});

describe("verdicts", () => {
  test("a program without findings, explored to its end, holds", () => {
    const result = explored(P.counterLocked(3));
    expect(result).toMatchObject({ verdict: "holds", executions: 6, redundant: 0, blocked: 0, findings: [] });
  });

  test("a limit on executions makes a clean result incomplete, and the reason says which", () => {
    const result = explored(P.counterRacy(3), { executions: 10 });
    expect(result).toMatchObject({ verdict: "incomplete", executions: 10 });
    expect(result.reason).toContain("10 executions");
  });

  test("a limit that is exactly enough is none", () => {
    expect(explored(P.counterRacy(3), { executions: 36 }).verdict).toBe("holds");
  });

  test("executions cut off by the step limit make a clean result incomplete", () => {
    const result = explored(P.counterRacy(2), { stepsPerExecution: 3 });
    expect(result.verdict).toBe("incomplete");
    expect(result.reason).toContain("3 steps");
  });

  test("a witness that no execution shows makes a clean result vacuous", () => {
    const p: Program = { ...P.abba(), witnesses: ["never"] } as Program;
    const holds: Program = { ...P.dekker(), witnesses: ["never"] } as Program;
    expect(explored(p).verdict).toBe("fails");
    expect(explored(holds)).toMatchObject({ verdict: "vacuous", witnesses: { never: false } });
  });

  test("a witness that one execution shows is enough", () => {
    const p: Program<Atomic> = {
      name: "witnessed",
      setup: (k) => k.alloc(accounts).users,
      tasks: (k, users) => [
        {
          name: "writer",
          *run() {
            if (k.write(users)) yield;
            users.value = 1;
          },
        },
        {
          name: "reader",
          *run() {
            if (k.read(users)) yield;
            if (k.result === 1) k.witness("read after write");
          },
        },
      ],
      witnesses: ["read after write"],
    };
    expect(explored(p)).toMatchObject({ verdict: "holds", witnesses: { "read after write": true } });
  });

  test("without race detection a clean result is incomplete", () => {
    const result = explored(P.counterLocked(2), { raceDetection: false });
    expect(result.verdict).toBe("incomplete");
    expect(result.reason).toContain("race detection is off");
  });
});

describe("detectors switched off", () => {
  const wrong = program("asserting", (w, k) => {
    const x = w.cell("x");
    return () => [
      function* () {
        if (k.write(x, "poke")) yield;
        x.value = 1;
      },
      function* () {
        if (k.read(x, "look")) yield;
        k.assert(x.value === 0, "x is still 0");
      },
    ];
  });

  test("a clean result names every detector that was off", () => {
    expect(explored(wrong)).toMatchObject({ verdict: "fails", switchedOff: [] });
    expect(explored(wrong, { off: ["assertion", "leak"] })).toMatchObject({
      verdict: "holds",
      switchedOff: ["assertion", "leak"],
    });
    expect(() => explored(wrong, { off: ["assertions"] })).toThrow(/no detector "assertions"/);
  });

  test("without the detector of data races the verdict is incomplete, however it was switched off", () => {
    for (const options of [{ off: ["data-race"] }, { raceDetection: false }]) {
      const result = explored(P.counterLocked(2), options);
      expect(result).toMatchObject({ verdict: "incomplete", switchedOff: ["data-race"] });
      expect(result.reason).toContain("race detection is off and plain fields are no steps");
    }
  });

  test("a program that switches a detector off in its set-up is told on, too", () => {
    const p: Program<unknown> = {
      ...(wrong as Program<unknown>),
      setup: (k) => {
        k.detect("assertion", false);
        return wrong.setup(k);
      },
    };
    expect(explored(p)).toMatchObject({ verdict: "holds", switchedOff: ["assertion"] });
  });

  test("a trace says which were off, and a replay obeys it", () => {
    const p = program("two wrongs", (w, k) => {
      const x = w.cell("x");
      const m = w.mutex("m");
      return () => [
        function* () {
          if (k.read(x, "look")) yield;
          k.assert(false, "never");
          if (k.unlock(m, "drop")) yield;
        },
      ];
    });
    const { findings } = explored(p, { off: ["assertion"] });
    expect(findings.map((f) => f.finding.code)).toEqual(["lock-misuse"]);
    const trace = readTrace(writeTrace(findings[0]!.trace)) as Trace;
    expect(trace.off).toEqual(["assertion"]);
    expect(replay(p, trace)).toMatchObject({ finding: { code: "lock-misuse" } });
    expect(replay(p, trace).divergence).toBeUndefined();
    const { off: _, ...on } = trace;
    expect(replay(p, on).divergence).toBeDefined();
    expect(readTrace(JSON.stringify({ ...trace, off: ["nonsense"] }))).toEqual({
      problem: '"off" must be a list of names of detectors',
    });
  });
});

describe("fault budgets", () => {
  test("every trace counts once, however many rounds pass through it", () => {
    for (const [faults, traces] of [
      [0, 24],
      [1, 120],
      [2, 228],
      [9, 261],
    ] as const) {
      expect(explored(P.allocFail(4), { faults }).executions).toBe(traces);
    }
  });

  test("the key hash does not depend on how far budgets are cut into rounds or slices", () => {
    const whole = explored(P.allocFail(3), { faults: 3 });
    const sliced = explore(P.allocFail(3), { faults: 3 });
    while (sliced.slice(1));
    expect(sliced.result()).toEqual(whole);
    expect(whole.keyHash).not.toBe(explored(P.allocFail(3), { faults: 2 }).keyHash);
  });

  test("a budget that no choice can use is exhausted at once", () => {
    expect(explored(P.dekker(), { faults: 7 })).toMatchObject({ faultsExhausted: 7, executions: 3 });
  });

  const failing = (needed: number): Program<unknown> =>
    program(`needs ${needed} faults`, (w, k) => {
      const x = w.cell("x");
      return () => [
        function* () {
          let failed = 0;
          for (let i = 0; i < 3; i++) {
            if (k.fails(`site ${i}`)) failed++;
            if (k.write(x, "path")) yield;
          }
          k.assert(failed < needed, `${failed} faults`);
        },
      ];
    });

  test("exploration finishes the smallest budget that has a finding, and stops there", () => {
    const result = explored(failing(1), { faults: 3 });
    expect(result).toMatchObject({ verdict: "fails", faultsExhausted: 1, executions: 4 });
    expect(result.findings.map((f) => f.faults)).toEqual([1]);
    expect(result.findings[0].count).toBe(3);
  });

  test("with `all` it goes on", () => {
    expect(explored(failing(2), { faults: 3, all: true })).toMatchObject({
      faultsExhausted: 3,
      executions: 8,
    });
  });

  test("sites and outcomes seen are listed", () => {
    expect(explored(failing(4), { faults: 1 }).sites).toEqual([
      { site: "site 0", outcomes: [0, 1] },
      { site: "site 1", outcomes: [0, 1] },
      { site: "site 2", outcomes: [0, 1] },
    ]);
  });
});

describe("findings", () => {
  test("the story of a deadlock between two is one switch long", () => {
    const [found] = explored(P.abba()).findings;
    expect(found).toMatchObject({ steps: 2, switches: 1, faults: 0, exact: true });
    expect(found.trace.schedule).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  test("steps that do not happen before the finding are dropped", () => {
    const p = program("noise", (w, k) => {
      const [x, y] = [w.cell("x"), w.cell("y")];
      return () => [
        function* () {
          for (let i = 0; i < 5; i++) {
            if (k.write(y)) yield;
            y.value = i;
          }
        },
        function* () {
          if (k.write(x, "writer")) yield;
          x.value = 1;
        },
        function* () {
          if (k.read(y)) yield;
          if (k.read(x, "reader")) yield;
          k.assert(k.result === 0, "x was written");
        },
      ];
    });
    const [found] = explored(p).findings;
    expect(found.trace.steps).toEqual([
      "t1: write cell#1+2 in writer",
      "t2: read cell#2+2",
      "t2: read cell#1+2 in reader",
    ]);
    expect(found).toMatchObject({ steps: 3, switches: 1 });
  });

  test("the same finding through different rows and tasks is one finding with a count", () => {
    const p = program("many", (w, k) => {
      const cells = w.cells("c", 3);
      return () =>
        cells.map(
          (cell) =>
            function* () {
              if (k.write(cell, "path")) yield;
              k.find("assertion", { message: "always", objects: ["cell.value"] });
            },
        );
    });
    const result = explored(p);
    expect(result.findings).toHaveLength(1);
    expect(result.findings[0]).toMatchObject({ count: 1, steps: 1, switches: 0 });
  });

  test("a fatal finding ends its task only, so that one execution may show several", () => {
    const p = program("two", (w, k) => {
      const x = w.cell("x");
      return () => [
        function* () {
          if (k.write(x, "first")) yield;
          k.find("assertion", { message: "one" });
        },
        function* () {
          if (k.write(x, "second")) yield;
          k.find("assertion", { message: "two" });
        },
      ];
    });
    const result = explored(p);
    expect(result.findings.map((f) => f.finding.message).sort()).toEqual(["one", "two"]);
    expect(result.findings.map((f) => f.count)).toEqual([2, 2]);
  });

  test("a data race met in a part of a run that later runs repeat is counted in each of them", () => {
    const p: Program<Account> = {
      name: "racy balance",
      setup: (k) => k.alloc(accounts),
      tasks: (k, account) => [
        ...["a", "b"].map((name) => ({
          name,
          *run() {
            if (k.read(account.users, name)) yield;
            account.balance += 1;
          },
        })),
        ...["c", "d"].map((name) => ({
          name,
          *run() {
            if (k.rmw(account.users, name)) yield;
            account.users.value += 1;
          },
        })),
      ],
    };
    const result = explored(p);
    expect(result.findings.length).toBe(1);
    expect(result.findings[0].finding.code).toBe("data-race");
    expect(result.findings[0].count).toBe(result.executions);
  });
});

describe("what a repeated prefix says", () => {
  test("a finding behind a step that is only repeated names the function that step or `at` named", () => {
    const p = program("sites", (w, k) => {
      const x = w.cell("x");
      return () => [
        function* () {
          if (k.write(x, "first")) yield;
          k.at("between");
          k.note("assertion", { message: "one" });
          if (k.write(x, "second")) yield;
          k.note("assertion", { message: "two" });
        },
        function* () {
          if (k.write(x, "other")) yield;
          if (k.write(x, "other")) yield;
        },
      ];
    });
    const { findings, executions } = explored(p, { all: true });
    expect(executions).toBe(6);
    const said = findings.map(
      ({ finding, count }) => `${finding.message} in ${finding.at.site}, ${count} times`,
    );
    expect(said.sort()).toEqual(["one in between, 6 times", "two in second, 6 times"]);
  });
});

describe("the end of an execution", () => {
  const leaky = (free: boolean): Program<null> => ({
    name: "leaky",
    leaks: true,
    setup: () => null,
    tasks: (k) => [
      {
        name: "A",
        *run() {
          const account = k.alloc(accounts);
          if (k.write(account.users, "make")) yield;
          if (free) {
            if (k.free(account, "drop")) yield;
          }
        },
      },
    ],
  });

  test("a row that is never freed is a leak, told with the whole run", () => {
    const [found] = explored(leaky(false)).findings;
    expect(found.finding).toMatchObject({ code: "leak", objects: ["account#A.1"] });
    expect(found.finding.message).toBe("never freed: account#A.1");
    expect(explored(leaky(true)).verdict).toBe("holds");
  });

  test("rows that set-up made are no leaks", () => {
    const p: Program<Account> = {
      name: "kept",
      leaks: true,
      setup: (k) => k.alloc(accounts),
      tasks: () => [],
    };
    expect(explored(p).verdict).toBe("holds");
  });

  test("`after` runs when every task ended well, and what it finds is a finding", () => {
    const after = (find: (k: Machine) => void): Program<Atomic> => ({
      name: "after",
      setup: (k) => k.alloc(accounts).users,
      tasks: (k, users) =>
        [1, 2].map((value) => ({
          name: `writer ${value}`,
          *run() {
            if (k.write(users)) yield;
            users.value = value;
          },
        })),
      after: (k, users) => {
        if (k.memory.nums[users.word] === 2) find(k);
      },
    });
    const noted = explored(after((k) => k.note("assertion", { message: "it is 2" })));
    expect(noted.findings).toHaveLength(1);
    expect(noted.findings[0]).toMatchObject({ count: 1, finding: { message: "it is 2" } });
    const thrown = explored(after((k) => k.assert(false, "it is 2")));
    expect(thrown.findings[0].finding).toMatchObject({ code: "assertion", message: "it is 2" });
  });
});

describe("programs that depend on something outside the machine are named", () => {
  const leaking = (value: () => number): Program<Account> => ({
    name: "leaking",
    setup: (k) => k.alloc(accounts),
    tasks: (k, account) =>
      ["A", "B"].map((name) => ({
        name,
        *run() {
          if (k.lock(account.lock, name)) yield;
          account.balance = value();
          if (k.unlock(account.lock, name)) yield;
        },
      })),
  });

  test("the clock", () => {
    const start = performance.timeOrigin;
    expect(() => explored(leaking(() => performance.now() + start))).toThrow(HiddenNondeterminism);
    expect(() => explored(leaking(() => performance.now() + start))).toThrow(/balance.*Date/s);
  });

  test("state of an imported module", () => {
    expect(() => explored(leaking(nextCall))).toThrow(/account#1\.balance/);
  });

  test("randomness that decides which step comes next", () => {
    let call = 0;
    const p = program("branching", (w, k) => {
      const [x, y] = [w.cell("x"), w.cell("y")];
      return () =>
        [0, 1].map(
          () =>
            function* () {
              if (k.write(x)) yield;
              const cell = call++ % 3 === 0 ? x : y;
              if (k.write(cell, "either")) yield;
            },
        );
    });
    expect(() => explored(p)).toThrow(HiddenNondeterminism);
  });
});

describe("wrong programs get one sentence", () => {
  const one = (run: () => unknown): Program<null> => ({
    name: "wrong",
    setup: () => null,
    tasks: () => [{ name: "A", run: run as () => Generator<void, void, void> }],
  });

  test("a task that throws", () => {
    const p = program("throwing", (w, k) => {
      const x = w.cell("x");
      return () => [
        function* () {
          if (k.write(x, "poke")) yield;
          throw new RangeError("boom");
        },
      ];
    });
    expect(() => explored(p)).toThrow(ProgramError);
    expect(() => explored(p)).toThrow(/threw RangeError: boom, behind t0: write x.value in poke/);
  });

  test("a set-up that throws", () => {
    const p: Program<null> = {
      name: "bad set-up",
      setup: () => {
        throw new Error("no");
      },
      tasks: () => [],
    };
    expect(() => explored(p)).toThrow(/bad set-up: set-up threw Error: no/);
  });

  test("an async function", () => {
    expect(() => explored(one(async () => {}))).toThrow(/promise/);
  });

  test("set-up, tasks or the final check as async functions; no list of tasks; a task without run or name", () => {
    const base = { name: "wrong", setup: () => null, tasks: () => [{ name: "A", *run() {} }] };
    const with_ = (part: object): Program<null> => ({ ...base, ...part }) as Program<null>;
    expect(() => explored(with_({ setup: async () => null }))).toThrow(
      /^wrong: set-up returned a promise \(is it an async function\?\)/,
    );
    expect(() => explored(with_({ tasks: async () => [] }))).toThrow(/tasks returned a promise/);
    expect(() => explored(with_({ after: async () => {} }))).toThrow(/after returned a promise/);
    expect(() => explored(with_({ tasks: () => undefined }))).toThrow(/tasks returned no list: return \[/);
    expect(() => explored(with_({ tasks: () => [{ name: "A" }] }))).toThrow(/task 0 has no run function/);
    expect(() => explored(with_({ tasks: () => [{ run: function* () {} }] }))).toThrow(/task 0 has no name/);
    expect(() => explored(with_({ tasks: () => [null] }))).toThrow(/task 0 has no run function/);
  });

  test("a path that is yielded instead of entered, and one whose steps are not waited for", () => {
    const steps = (forget: "star" | "yield") =>
      program("forgetful", (w, k) => {
        const x = w.cell("x");
        const path = function* (): Generator<void, void, void> {
          if (k.write(x, "path")) yield;
        };
        return () => [
          function* () {
            if (forget === "star") yield path() as never;
            else {
              k.write(x, "A");
              k.write(x, "A");
            }
          },
          function* () {
            if (k.write(x, "B")) yield;
          },
        ];
      });
    expect(() => explored(steps("star"))).toThrow(/t0 yielded a value.*paths are called with `yield\*`/);
    expect(() => explored(steps("yield"))).toThrow(/t0 went on after an announcement that returned true/);
  });

  test("one that never ends is cut off step by step, and the verdict says so; one that spawns without bound is told", () => {
    const endless = program("endless", (w, k) => {
      const x = w.cell("x");
      return () => [
        function* () {
          for (let n = 0; ; n++) if (k.add(x, n, "up")) yield;
        },
      ];
    });
    expect(explored(endless, { stepsPerExecution: 500 })).toMatchObject({
      verdict: "incomplete",
      reason: "1 executions were cut off after 500 steps",
    });
    const breeding = program("breeding", (_w, k) => () => [
      function* () {
        for (let n = 0; ; n++) if (k.spawn({ name: `child ${n}`, *run() {} }, "breed")) yield;
      },
    ]);
    expect(() => explored(breeding)).toThrow(/does the program spawn without end\?/);
  });

  test.each([
    ["NaN", Number.NaN],
    ["undefined", undefined as unknown as number],
    ["a text", "1" as unknown as number],
  ])("an atomic that is given %s, by plain code or by the machine", (_what, value) => {
    const given = (byMachine: boolean) =>
      program("no number", (w, k) => {
        const x = w.cell("x");
        return () => [
          function* () {
            if (byMachine) {
              if (k.writeOnce(x, value)) yield;
            } else {
              if (k.write(x)) yield;
              x.value = value;
            }
          },
          function* () {
            if (k.read(x)) yield;
          },
        ];
      });
    expect(() => explored(given(false))).toThrow(/x.value is given .*: an atomic holds a number/);
    if (typeof value !== "string") expect(() => explored(given(true))).toThrow(/an atomic holds a number/);
  });

  test.each<[ExploreOptions, RegExp]>([
    [{ faults: -1 }, /faults is -1: it must be a whole number, 0 or more/],
    [{ faults: 2.5 }, /faults is 2.5/],
    [{ executions: Number.NaN }, /executions is NaN/],
    [{ explorer: "pct", depth: 0 }, /depth is 0: it must be a whole number, 1 or more/],
    [{ explorer: "random", seed: 0.5 }, /seed is 0.5: it must be a whole number/],
    [
      { explorer: "luck" as "random" },
      /there is no explorer "luck": there are dpor, bounded, random, pct, pos/,
    ],
  ])("the options %o", (options, message) => {
    expect(() => explore(P.readers(2), options)).toThrow(message);
  });

  test("a slice of no execution, which a loop would ask for for ever", () => {
    expect(() => explore(P.readers(2)).slice(Number.NaN)).toThrow(
      /a slice makes 1 execution or more, not NaN/,
    );
  });

  test("a yield without an announcement", () => {
    expect(() =>
      explored(
        one(function* () {
          yield 1;
        }),
      ),
    ).toThrow(ProtocolError);
  });

  test("two tasks of one name", () => {
    const p: Program<null> = {
      name: "twins",
      setup: () => null,
      tasks: () => ["A", "A"].map((name) => ({ name, *run() {} })),
    };
    expect(() => explored(p)).toThrow(/two tasks are named "A"/);
  });
});
