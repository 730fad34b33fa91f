import { type AreaSpec, access, type Kernel, layOut, type Mm, type TaskStruct } from "../mm/index.ts";
import { type Path, sequentially } from "../sched/index.ts";
import type { Scenario } from "./scenario.ts";
import { checkBooks, kernelFor, letGo } from "./world.ts";

const HEAP = 0x10;
const NEXT = HEAP + 1;
/** What the threads write: the first adds 1, the second 2. */
const WRITTEN = 8_000_000;

interface Threads {
  readonly mm: Mm;
  readonly first: TaskStruct;
  readonly second: TaskStruct;
}

/** Nothing is written yet: no page, no page table, no anon_vma. The second area could share the first one's anon_vma. */
function areasOf(): AreaSpec[] {
  return [
    { start: HEAP, end: NEXT, perms: "rw-p", name: "[heap]" },
    { start: NEXT, end: NEXT + 1, perms: "rwxp", name: "next" },
  ];
}

/** Two threads fault in the same page, and neighbours of it, at the same time. */
export const faultVsFault: Scenario = {
  id: "fault-vs-fault",
  title: "two threads touch the same page for the first time",
  story:
    "Two threads of a process write to memory nobody has touched: to the same anonymous page, and with more, to " +
    "a neighbour that may share its anon_vma. Page table, anon_vma and page are made at most once; who comes second " +
    "uses what is there.",
  faults: 0,
  failures: "realistic",
  witnesses: ["both threads wrote"],
  program: (input) => ({
    name: "fault-vs-fault",
    machine: () => kernelFor(input),
    setup: (k): Threads => {
      const mm = layOut(k, "process", areasOf());
      const first = k.newTask("first", mm);
      const second = k.newTask("second", mm);
      k.init(mm.users, 2);
      return { mm, first, second };
    },
    tasks: (k, state) => {
      const { mm } = state as Threads;
      return [
        { name: "first", run: () => writing(k, mm, [HEAP], 1) },
        {
          name: "second",
          run: () => writing(k, mm, input.larger ? [NEXT, HEAP] : [HEAP], 2),
        },
      ];
    },
    after: (k, state) => {
      const { mm, first, second } = state as Threads;
      if (checkBooks(k, "all tasks have ended")) {
        k.witness("both threads wrote");
        for (const page of input.larger ? [HEAP, NEXT] : [HEAP]) checkPage(k, mm, page);
      }
      letGo(k, [second, first]);
    },
    leaks: true,
    witnesses: faultVsFault.witnesses,
  }),
  layout: () => "two neighbouring private areas of one page, untouched; two threads",
};

function* writing(k: Kernel, mm: Mm, pages: readonly number[], who: number): Path {
  for (const page of pages) yield* access(k, mm, page, WRITTEN + page * 10 + who);
}

/** The page holds what one of the two wrote. */
function checkPage(k: Kernel, mm: Mm, page: number): void {
  const seen = sequentially(access(k, mm, page));
  const mine = WRITTEN + page * 10;
  if (seen === mine + 1 || seen === mine + 2) return;
  k.note("lost-write", {
    message: `page ${page.toString(16)} of ${k.rowName(mm)} reads as ${seen}: what was written there is gone`,
    objects: [k.rowName(mm)],
  });
}
