import { expect, it } from "vitest";
import { explore, type Program } from "../../src/check/index.ts";
import { heldAt } from "../../src/report/held.ts";
import { reasonText, tellTrace } from "../../src/report/index.ts";
import {
  type Atomic,
  atomic,
  type Condition,
  type Lock,
  type Machine,
  mutex,
  num,
  type Path,
  type Row,
  type Slab,
  slab,
} from "../../src/sched/index.ts";

interface Desk extends Row {
  readonly ink: Lock;
  readonly paper: Lock;
  readonly ready: Atomic;
  pages: number;
  letters: number;
}
const desks: Slab<Desk> = slab<Desk>(
  "desk",
  { ink: mutex(), paper: mutex(), ready: atomic(), pages: num("desk.paper"), letters: num("desk.paper") },
  { permanent: true },
);

const isReady: Condition = { name: "ready", holds: (ready) => ready === 1 };

type Run = (k: Machine, desk: Desk) => Path;

function program(tasks: Readonly<Record<string, Run>>): Program<Desk> {
  return {
    name: "desk",
    setup: (k) => {
      const desk = k.alloc(desks);
      k.label(desk, "desk");
      return desk;
    },
    tasks: (k, desk) => Object.entries(tasks).map(([name, run]) => ({ name, run: () => run(k, desk) })),
  };
}

/** The reason for the finding of this code. */
function why(tasks: Readonly<Record<string, Run>>, code: string): string {
  const tested = program(tasks);
  const exploration = explore(tested, { faults: 1 });
  while (exploration.slice(1000));
  const found = exploration.result().findings.find(({ finding }) => finding.code === code);
  if (found === undefined) throw new Error(`no ${code} was found`);
  return reasonText(tellTrace(tested, found.trace).told);
}

function* inkFirst(k: Machine, desk: Desk): Path {
  if (k.lock(desk.ink, "take_ink")) yield;
  if (k.lock(desk.paper, "take_paper")) yield;
  if (k.unlock(desk.paper, "done")) yield;
  if (k.unlock(desk.ink, "done")) yield;
}
function* paperFirst(k: Machine, desk: Desk): Path {
  if (k.lock(desk.paper, "sort_paper")) yield;
  if (k.lock(desk.ink, "dip_pen")) yield;
  if (k.unlock(desk.ink, "done")) yield;
  if (k.unlock(desk.paper, "done")) yield;
}

it("of a deadlock: who took each lock, where, and keeps it", () => {
  expect(why({ writer: inkFirst, clerk: paperFirst }, "deadlock")).toBe(
    "taken at step 2 (clerk, sort_paper): clerk takes desk.paper and keeps it; taken at step 1 (writer, take_ink): writer takes desk.ink and keeps it",
  );
});

it("of locks in two orders: both chains, where the run shows them", () => {
  // A gate keeps the two apart, so that both get to their end.
  const one: Run = function* (k, desk) {
    yield* inkFirst(k, desk);
    if (k.write(desk.ready, "hand_over")) yield;
    desk.ready.value = 1;
  };
  const other: Run = function* (k, desk) {
    if (k.await(isReady, [desk.ready], "wait_for_desk")) yield;
    yield* paperFirst(k, desk);
  };
  const text = why({ writer: one, clerk: other }, "lock-order");
  expect(text).toContain(
    "step 2 (writer, take_paper): locks desk.paper while holding desk.ink (step 1, take_ink)",
  );
  expect(text).toMatch(
    /step \d+ \(clerk, dip_pen\): locks desk.ink while holding desk.paper \(step \d+, sort_paper\)/,
  );
});

it("of a value that breaks an invariant: the last write of the field that is named", () => {
  const count: Run = function* (k, desk) {
    if (k.lock(desk.paper, "count_pages")) yield;
    desk.pages = 3;
    if (k.unlock(desk.paper, "count_pages")) yield;
    if (k.lock(desk.ink, "look")) yield;
    desk.letters = 1;
    if (k.unlock(desk.ink, "look")) yield;
    if (k.lock(desk.paper, "check_pages")) yield;
    k.assert(desk.pages < 3, "too many pages on the desk", [k.rowName(desk)]);
    if (k.unlock(desk.paper, "check_pages")) yield;
  };
  expect(why({ clerk: count }, "assertion")).toBe(
    "made at step 1 (clerk, count_pages): desk.pages goes from 0 to 3",
  );
});

it("of a failure that is not undone: the choice that failed", () => {
  const fail: Run = function* (k, desk) {
    if (k.lock(desk.paper, "fetch_paper")) yield;
    const short = k.fails("fetch_paper: sheet");
    if (k.unlock(desk.paper, "fetch_paper")) yield;
    k.assert(!short, "nothing to write on");
  };
  expect(why({ clerk: fail }, "assertion")).toContain("step 1 (clerk, fetch_paper): sheet fails");
});

it("of a race: the other access, and what either side holds", () => {
  const write: Run = function* (k, desk) {
    if (k.lock(desk.paper, "write_letter")) yield;
    desk.letters = desk.letters + 1;
    if (k.unlock(desk.paper, "write_letter")) yield;
  };
  const glance: Run = function* (k, desk) {
    if (k.lock(desk.ink, "glance")) yield;
    desk.letters = 7;
    if (k.unlock(desk.ink, "glance")) yield;
  };
  const text = why({ writer: write, guest: glance }, "data-race");
  expect(text).toMatch(
    /^the other access is step \d \((writer|guest), \w+\): desk\.letters goes from 0 to \d; /,
  );
  expect(text).toMatch(/writer holds desk\.paper/);
  expect(text).toMatch(/guest holds desk\.ink/);
});

it("where nothing was changed it says so", () => {
  const wait: Run = function* (k, desk) {
    if (k.await(isReady, [desk.ready], "wait_for_desk")) yield;
  };
  expect(why({ clerk: wait }, "lost-wakeup")).toBe("nothing was changed before it: no step made it so");
});

it("a lock is held from the step that took it until the one that gives it back", () => {
  const tested = program({ writer: inkFirst, clerk: paperFirst });
  const exploration = explore(tested);
  while (exploration.slice(1000));
  const { told } = tellTrace(tested, exploration.result().findings[0].trace);
  expect(heldAt(told, 1).map(({ lock, step }) => [lock, step.number])).toEqual([["desk.ink", 1]]);
  expect(heldAt(told, 2).map(({ lock, step }) => [lock, step.number])).toEqual([
    ["desk.ink", 1],
    ["desk.paper", 2],
  ]);
});
