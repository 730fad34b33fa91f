/**
 * Pages on their way back from swap.
 *
 *     swapin-vs-swapoff   a thread touches a page that is on the device only; swapoff brings it back too
 *     swapin-twice        two threads touch such a page
 */
import {
  type AreaSpec,
  access,
  contentOf,
  type Kernel,
  type Mm,
  swapOutPage,
  swapoff,
  type TaskStruct,
} from "../mm/index.ts";
import { type Path, sequentially } from "../sched/index.ts";
import { aboutProcess } from "./about-process.ts";
import type { Scenario } from "./scenario.ts";
import { smallestAreas } from "./world.ts";

const HEAP = 0x10;
const DATA = 0x12;
/** What the first thread writes. */
const WRITTEN = 9_000_000;

/** One area with a page; `larger`: another one. */
function areasOf(larger: boolean): readonly AreaSpec[] {
  return smallestAreas({}, false).slice(0, larger ? 2 : 1);
}

/** The page is there, and holds one of these. */
function mustHold(k: Kernel, mm: Mm, page: number, seen: number, allowed: readonly number[]): void {
  if (allowed.includes(seen)) return;
  k.note("lost-data", {
    message: `page ${page.toString(16)} of ${k.rowName(mm)} should read as ${allowed.join(" or ")} and reads as ${seen}`,
    objects: [k.rowName(mm)],
  });
}

function* writing(k: Kernel, process: TaskStruct): Path {
  // Without memory the fault comes again (pagefault_out_of_memory).
  while ((yield* access(k, process.mm!, HEAP, WRITTEN)) < 0);
  k.witness("a thread writes to the page");
}

function* reading(k: Kernel, process: TaskStruct): Path {
  const mm = process.mm!;
  const seen = yield* access(k, mm, HEAP);
  k.witness(seen === WRITTEN ? "a thread reads what was written" : "a thread reads what was swapped out");
  mustHold(k, mm, HEAP, seen, [WRITTEN, contentOf(HEAP)]);
}

/** The page is on the device and nowhere else. */
function onDeviceOnly(k: Kernel, _process: TaskStruct, mm: Mm): void {
  swapOutPage(k, mm, HEAP, k.swap, false);
  if (mm.tree.find(DATA) !== null) swapOutPage(k, mm, DATA, k.swap, false);
}

function mustBeWritten(k: Kernel, _process: TaskStruct, mm: Mm): void {
  mustHold(k, mm, HEAP, sequentially(access(k, mm, HEAP)), [WRITTEN]);
}

/** swapoff; slots may be taken again if it gave up, and only then. */
function* emptying(k: Kernel): Path {
  const error = yield* swapoff(k);
  const open = k.aside(() => k.swap.writeok.value !== 0);
  k.assert(open === (error !== 0), "swapoff: the device gives slots exactly if it was not taken out of use");
}

/** A fault and swapoff on the way to the same slot. */
export const swapinVsSwapoff: Scenario = aboutProcess({
  id: "swapin-vs-swapoff",
  title: "a fault and swapoff bring the same page back from swap",
  story:
    "A page is on the swap device and nowhere else. Its process writes to it, and swapoff comes by to take the device out of use. Each finds " +
    "the slot, makes a page for it unless one is there, and puts it in under the page-table lock if the entry is still " +
    "the one it saw. There must be one page, mapped once, and what was written stays.",
  areas: areasOf,
  prepare: onDeviceOnly,
  tasks: [
    { name: "process", run: writing },
    { name: "swapoff", run: emptying },
  ],
  witnesses: ["a thread writes to the page", "swapoff walks process"],
  holds: mustBeWritten,
});

/** Two faults on the way to the same slot. */
export const swapinTwice: Scenario = aboutProcess({
  id: "swapin-twice",
  title: "two threads bring the same page back from swap",
  story:
    "A page is on the swap device and nowhere else. Two threads of its process touch it at the same time: one writes, the other " +
    "reads. Who is first makes a page for the slot, the other takes that one; under the page-table lock the second to come finds " +
    "the entry changed, and looks again.",
  areas: areasOf,
  prepare: onDeviceOnly,
  tasks: [
    { name: "process", run: writing },
    { name: "sibling", run: reading },
  ],
  witnesses: [
    "a thread writes to the page",
    "a thread reads what was written",
    "a thread reads what was swapped out",
  ],
  holds: mustBeWritten,
});
