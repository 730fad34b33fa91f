/**
 * The vocabulary of the report tests: a small program that is no kernel, its exploration, and a report made of it.
 *
 *     closer   takes the box's lock, may fail to find a replacement, frees the box, unlocks
 *     reader   reads the pointer, then locks the box it points to
 */
import { type ExploreOptions, explore, type Program } from "../../src/check/index.ts";
import type { CheckedSubject, CheckReport } from "../../src/report/index.ts";
import { tellTrace } from "../../src/report/index.ts";
import {
  type Atomic,
  atomic,
  type Lock,
  type Machine,
  mutex,
  num,
  type Path,
  type Row,
  type Slab,
  slab,
} from "../../src/sched/index.ts";

interface Box extends Row {
  readonly lock: Lock;
  value: number;
}
const boxes: Slab<Box> = slab<Box>("box", { lock: mutex(), value: num("box.lock") });

interface Shelf extends Row {
  readonly full: Atomic;
}
const shelves: Slab<Shelf> = slab<Shelf>("shelf", { full: atomic() }, { permanent: true });

interface Shared {
  readonly box: Box;
  readonly shelf: Shelf;
}

function* closer(k: Machine, { box, shelf }: Shared): Path {
  if (k.lock(box.lock, "close_box")) yield;
  box.value = 2;
  if (k.fails("close_box: replacement"))
    k.say("no replacement: the box goes away, the shelf still says it is there");
  else {
    if (k.write(shelf.full, "close_box")) yield;
    shelf.full.value = 0;
  }
  if (k.unlock(box.lock, "close_box")) yield;
  if (k.free(box, "close_box")) yield;
}

function* reader(k: Machine, { box, shelf }: Shared): Path {
  if (k.read(shelf.full, "read_box")) yield;
  if (shelf.full.value === 0) return;
  if (k.lock(box.lock, "read_box")) yield;
  k.witness("a box was read");
  if (k.unlock(box.lock, "read_box")) yield;
}

/** A use after free that needs a context switch or a failure. */
export const boxProgram: Program<Shared> = {
  name: "box",
  setup: (k) => {
    const box = k.alloc(boxes);
    k.label(box, "box");
    const shelf = k.alloc(shelves);
    k.label(shelf, "shelf");
    k.init(shelf.full, 1);
    return { box, shelf };
  },
  tasks: (k, shared) => [
    { name: "closer", run: () => closer(k, shared) },
    { name: "reader", run: () => reader(k, shared) },
  ],
  witnesses: ["a box was read"],
};

/** Two tasks that each count once, one after the other. */
export const countProgram: Program<Shelf> = {
  name: "count",
  setup: (k) => {
    const shelf = k.alloc(shelves);
    k.label(shelf, "shelf");
    return shelf;
  },
  tasks: (k, shelf) =>
    ["first", "second"].map((name) => ({
      name,
      *run(): Path {
        if (k.add(shelf.full, 1, "count_up")) yield;
      },
    })),
};

/** What the reports of these tests are about. */
export const SUBJECT: CheckedSubject = {
  scenario: "box",
  title: "a reader meets a box that goes away",
  story: "One task closes a box and frees it while another reads it.",
  hypothetical: false,
  kernel: "6.12",
  designs: { "box.closing": "free", "box.look": "flag" },
  replaced: { "box.look": "flag" },
  failures: "any",
  layout: "one shelf with one box",
};

/** Explores to the end and tells every finding. */
export function reportOn<S>(
  program: Program<S>,
  options: ExploreOptions = {},
  subject: CheckedSubject = SUBJECT,
): CheckReport {
  const exploration = explore(program, options);
  while (exploration.slice(1000));
  const result = exploration.result();
  return {
    subject,
    result,
    elapsedMs: 12.3,
    told: result.findings.map((found) => tellTrace(program, found.trace).told),
    traces: result.findings.map((_, i) => `traces/box-${i}.json`),
  };
}
