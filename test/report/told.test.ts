import { expect, it } from "vitest";
import { explore } from "../../src/check/index.ts";
import { foldLines, MOST_LINES } from "../../src/report/fold.ts";
import { columns, TERMINAL_PAGE, type Told, type ToldStep, tellTrace } from "../../src/report/index.ts";
import { originStep } from "../../src/report/reason.ts";
import { boxProgram } from "./world.ts";

function toldBox(): Told {
  const exploration = explore(boxProgram, { all: true });
  while (exploration.slice(1000));
  const found = exploration.result().findings.find((f) => f.finding.code === "use-after-free")!;
  const telling = tellTrace(boxProgram, found.trace);
  expect(telling.divergence).toBeUndefined();
  expect(telling.finding).toEqual(found.trace.finding);
  return telling.told;
}

it("tells each step with its function, object, words and what it changed", () => {
  const { tasks, steps } = toldBox();
  expect(tasks).toEqual(["closer", "reader"]);
  const lock = steps.find((step) => step.does === "locks box.lock")!;
  expect(lock.site).toBe("close_box");
  expect(lock.changes).toContainEqual({ name: "box.value", before: "0", after: "2" });
  expect(steps.map((step) => step.number)).toEqual(steps.map((_, i) => i + 1));
});

it("tells the finding's step and the step of the other side", () => {
  const { findings, steps } = toldBox();
  const first = findings[0]!;
  expect(first.finding.code).toBe("use-after-free");
  expect(steps[first.step! - 1]!.task).not.toBe(steps[first.otherStep! - 1]!.task);
});

it("is the same when told twice", () => {
  expect(toldBox()).toEqual(toldBox());
});

it("says where another program departs, and does not throw", () => {
  const exploration = explore(boxProgram);
  while (exploration.slice(1000));
  const { trace } = exploration.result().findings[0]!;
  const { divergence } = tellTrace({ ...boxProgram, tasks: (k, s) => [boxProgram.tasks(k, s)[1]!] }, trace);
  expect(divergence?.message).toBeTruthy();
});

// ---- folding, on runs made by hand

function step(number: number, task: number, more: Partial<ToldStep> = {}): ToldStep {
  return {
    number,
    task,
    kind: "read",
    site: "walk",
    object: `private#${task}`,
    outcome: 0,
    does: "reads it",
    choices: [],
    notes: [],
    changes: [],
    ...more,
  };
}

const FINDING = { code: "bad", message: "a marker was used", objects: [], fatal: true };

it("keeps twenty lines or fewer of a run of any length, and among them those that matter", () => {
  const steps = Array.from({ length: 500 }, (_, i) =>
    step(i + 1, i < 250 ? 0 : 1, {
      ...(i === 100 ? { notes: ["stores the marker"] } : {}),
      ...(i === 120 ? { choices: [{ site: "alloc: node", outcome: 1 }] } : {}),
      ...(i % 7 === 0 ? { object: "shared" } : {}),
    }),
  );
  const told: Told = {
    tasks: ["a", "b"],
    steps,
    findings: [{ finding: { ...FINDING, at: { task: "b", site: "walk", event: 499 } }, step: 500 }],
    end: "stopped",
  };
  const lines = foldLines(told);
  const shown = lines.flatMap((line) => (line.kind === "step" ? [line.step.number] : []));
  expect(shown.length).toBeLessThanOrEqual(MOST_LINES);
  for (const needed of [1, 101, 121, 250, 251, 500]) expect(shown).toContain(needed);
  const hidden = lines.reduce((sum, line) => sum + (line.kind === "fold" ? line.count : 0), 0);
  expect(hidden + shown.length).toBe(500);
  expect(originStep(told)?.number).toBe(101);
});

it("the other side that a finding names is the origin, whatever else was said", () => {
  const steps = [step(1, 0), step(2, 0, { notes: ["a marker"] }), step(3, 1)];
  const finding = { ...FINDING, at: { task: "b", site: "walk", event: 2 } };
  const told: Told = {
    tasks: ["a", "b"],
    steps,
    findings: [{ finding, step: 3, otherStep: 1 }],
    end: "stopped",
  };
  expect(originStep(told)?.number).toBe(1);
});

it("gives each task a column and leaves out those that took no step", () => {
  const told: Told = {
    tasks: ["a", "idle", "c"],
    steps: [step(1, 0), step(2, 2)],
    findings: [],
    end: "done",
  };
  const [head, first, second] = columns(told, TERMINAL_PAGE);
  expect(head).not.toContain("idle");
  expect(second!.indexOf("walk")).toBeGreaterThan(first!.indexOf("walk"));
  expect(second!.indexOf("walk")).toBe(head!.indexOf("c"));
});

it("stays within the page with as many tasks as a scenario may have", () => {
  const steps = Array.from({ length: 12 }, (_, i) =>
    step(i + 1, i % 4, { does: "write-locks an_object_with_a_very_long_name.and_a_long_field_name" }),
  );
  const told: Told = { tasks: ["fork", "swapoff", "reaper", "kill"], steps, findings: [], end: "done" };
  for (const line of columns(told, { width: 72, ascii: true })) expect(line.length).toBeLessThanOrEqual(72);
});
