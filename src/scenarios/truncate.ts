/**
 * A mapped file becomes shorter: truncation finds the VMAs through i_mmap, without mmap_lock and without a user of
 * the mm, while the process goes on.
 *
 *     truncate-vs-munmap   the process faults its pages in and unmaps an area
 *     truncate-vs-exit     the process exits
 */
import {
  type AreaSpec,
  access,
  copyProcess,
  doExit,
  type Kernel,
  layOut,
  type Mapping,
  type Mm,
  SIGBUS,
  sysMunmap,
  type TaskStruct,
  truncateFile,
} from "../mm/index.ts";
import { type Path, sequentially } from "../sched/index.ts";
import type { Scenario, ScenarioInput } from "./scenario.ts";
import { checkBooks, kernelFor, letGo } from "./world.ts";

const PAGE = 4096;
const SHARED = 0x10;
const PRIVATE = 0x20;

interface FileWorld {
  readonly process: TaskStruct;
  readonly mm: Mm;
  readonly mapping: Mapping;
  /** A process forked at set-up, where the scenario has one. */
  readonly child: TaskStruct | null;
}

/** The file mapped shared, and once more as a private mapping with a copy of the page. */
function areasOf(input: ScenarioInput): AreaSpec[] {
  const pages = input.larger ? 2 : 1;
  return [
    {
      start: SHARED,
      end: SHARED + pages,
      perms: "rw-s",
      name: "shared",
      file: "lib",
      pgoff: 0,
      written: [SHARED],
    },
    {
      start: PRIVATE,
      end: PRIVATE + 1,
      perms: "rw-p",
      name: "private",
      file: "lib",
      pgoff: 0,
      written: [PRIVATE],
    },
  ];
}

function fileWorld(k: Kernel, areas: readonly AreaSpec[], forks: boolean): FileWorld {
  const mm = layOut(k, "process", areas);
  const mapping = mm.tree.find(SHARED)!.file!.mapping;
  const process = k.newTask("process", mm);
  let child: TaskStruct | null = null;
  if (forks) {
    child = k.newTask("child", null);
    sequentially(copyProcess(k, process, child, "child"));
  }
  k.newTask("truncate", null);
  return { process, mm, mapping, child };
}

/** When all is over, nothing behind the end of the file can be reached: of what is still mapped, all is SIGBUS. */
function settleFile(k: Kernel, world: FileWorld): void {
  const { process, mm, child } = world;
  if (checkBooks(k, "all tasks have ended") && process.mm !== null) {
    for (const page of [SHARED, SHARED + 1, PRIVATE]) {
      const vma = mm.tree.find(page, page + 1);
      if (vma === null) continue;
      const seen = sequentially(access(k, mm, page));
      if (seen === SIGBUS) continue;
      k.note("behind-the-end", {
        message: `page ${page.toString(16)} of ${k.rowName(mm)} reads as ${seen}, but the file has no page any more`,
        objects: [k.rowName(mm)],
      });
    }
  }
  letGo(k, child === null ? [process] : [child, process]);
}

/** Truncation against faults and munmap. */
export const truncateVsMunmap: Scenario = {
  id: "truncate-vs-munmap",
  title: "a file is truncated while a process faults its pages in and unmaps them",
  story:
    "A file is mapped twice, shared and private with a copy of its page. Somebody truncates it: first its size, then the " +
    "entries that map it, through i_mmap, then its pages, then the entries once more, for a fault may have come " +
    "between. Meanwhile the process writes to the shared page and unmaps the private area.",
  faults: 0,
  failures: "realistic",
  witnesses: ["truncate walks process", "the write is answered with SIGBUS", "the write succeeds"],
  program: (input) => ({
    name: "truncate-vs-munmap",
    machine: () => kernelFor(input),
    setup: (k) => fileWorld(k, areasOf(input), false),
    tasks: (k, state) => {
      const { mm, mapping } = state as FileWorld;
      return [
        { name: "process", run: () => writingAndUnmapping(k, mm, input.larger ? SHARED + 1 : SHARED) },
        { name: "truncate", run: () => truncateFile(k, mapping, 0) },
      ];
    },
    after: (k, state) => settleFile(k, state as FileWorld),
    leaks: true,
    witnesses: truncateVsMunmap.witnesses,
  }),
  layout: (input) =>
    `a file mapped shared (${input.larger ? "two pages" : "one page"}) and private (one page)`,
};

/** @param page of the shared mapping; with more, one that nobody has touched: the fault has to get it from the file */
function* writingAndUnmapping(k: Kernel, mm: Mm, page: number): Path {
  const seen = yield* access(k, mm, page, 1);
  k.witness(seen === SIGBUS ? "the write is answered with SIGBUS" : "the write succeeds");
  yield* sysMunmap(k, mm, PRIVATE * PAGE, PAGE);
}

/** Truncation against exit. */
export const truncateVsExit: Scenario = {
  id: "truncate-vs-exit",
  title: "a file is truncated while the process that maps it exits",
  story:
    "A process maps a file. Somebody truncates it and goes through i_mmap to the VMAs of the process, while it exits. Nothing " +
    "keeps the address space but the lock of i_mmap: a VMA is unlinked before its page tables go. With more: a child " +
    "that maps the file as well, and exits too.",
  faults: 0,
  failures: "realistic",
  witnesses: ["truncate walks process"],
  program: (input) => ({
    name: "truncate-vs-exit",
    machine: () => kernelFor(input),
    setup: (k) => fileWorld(k, areasOf(input).slice(0, input.larger ? 1 : 2), input.larger ?? false),
    tasks: (k, state) => {
      const { process, child, mapping } = state as FileWorld;
      return [
        { name: "process", run: () => doExit(k, process) },
        ...(child === null ? [] : [{ name: "child", run: () => doExit(k, child) }]),
        { name: "truncate", run: () => truncateFile(k, mapping, 0) },
      ];
    },
    after: (k, state) => settleFile(k, state as FileWorld),
    leaks: true,
    witnesses: truncateVsExit.witnesses,
  }),
  layout: (input) =>
    input.larger
      ? "parent and child with a file mapped shared (two pages)"
      : "a process with a file mapped shared and private (one page each)",
};
