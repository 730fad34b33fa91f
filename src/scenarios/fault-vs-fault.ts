import { type AreaSpec, access, type Kernel, layOut, type Mm, type TaskStruct } from "../mm/index.ts";
import { type Path, sequentially } from "../sched/index.ts";
import type { Scenario, ScenarioInput } from "./scenario.ts";
import { checkBooks, kernelFor, letGo } from "./world.ts";

const HEAP = 0x10;
const NEXT = HEAP + 1;
const FILE = 0x20;
/** What the threads write: the first adds 1, the second 2. */
const WRITTEN = 8_000_000;

interface Threads {
  readonly mm: Mm;
  readonly first: TaskStruct;
  readonly second: TaskStruct;
}

/** Nothing is written yet: no page, no page table, no anon_vma. The second area could share the first one's anon_vma. */
function areasOf(input: ScenarioInput): AreaSpec[] {
  return [
    { start: HEAP, end: NEXT, perms: "rw-p", name: "[heap]" },
    { start: NEXT, end: NEXT + 1, perms: "rwxp", name: "next" },
    { start: FILE, end: FILE + (input.larger ? 2 : 1), perms: "rw-s", name: "lib", file: "lib", pgoff: 0 },
  ];
}

/** Two threads fault in the same page, and neighbours of it, at the same time. */
export const faultVsFault: Scenario = {
  id: "fault-vs-fault",
  title: "two threads touch the same page for the first time",
  story:
    "Two threads of a process write to memory nobody has touched: to the same anonymous page, to neighbours that may " +
    "share an anon_vma, to the same page of a file. Page table, anon_vma and page are made at most once; who comes second " +
    "uses what is there.",
  faults: 0,
  failures: "realistic",
  witnesses: ["both threads wrote"],
  program: (input) => ({
    name: "fault-vs-fault",
    machine: () => kernelFor(input),
    setup: (k): Threads => {
      const mm = layOut(k, "process", areasOf(input));
      const first = k.newTask("first", mm);
      const second = k.newTask("second", mm);
      k.init(mm.users, 2);
      return { mm, first, second };
    },
    tasks: (k, state) => {
      const { mm } = state as Threads;
      return [
        { name: "first", run: () => writing(k, mm, input.larger ? [HEAP, FILE, FILE + 1] : [HEAP, FILE], 1) },
        {
          name: "second",
          run: () => writing(k, mm, input.larger ? [HEAP, NEXT, FILE] : [NEXT, HEAP, FILE], 2),
        },
      ];
    },
    after: (k, state) => {
      const { mm, first, second } = state as Threads;
      if (checkBooks(k, "all tasks have ended")) {
        k.witness("both threads wrote");
        for (const page of [HEAP, NEXT, FILE]) checkPage(k, mm, page);
      }
      letGo(k, [second, first]);
    },
    leaks: true,
    witnesses: faultVsFault.witnesses,
  }),
  layout: (input) =>
    `two neighbouring private areas of one page, a mapped file of ${input.larger ? "two pages" : "one page"}, all untouched; two threads`,
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
