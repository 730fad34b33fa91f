/**
 * Where the model is known to answer otherwise than the live kernel, and why that stays.
 *
 * An entry takes a mismatch away only while it is exactly the one described; the rest of that program is then not
 * compared, because the states have parted. Every run prints how often each entry was hit. An entry that is never hit
 * should be deleted; a difference without an entry is a failure.
 */

import type { Mismatch } from "./compare.ts";
import { START_BRK, TEXT_ADDRESS } from "./elf.ts";
import type { Machine } from "./machine.ts";
import type { Program, Step } from "./program.ts";

/** A documented difference. */
export interface KnownDifference {
  readonly id: string;
  /** What differs, why, and why the model is not changed. */
  readonly reason: string;
  /** Whether this is that difference. */
  applies(mismatch: Mismatch, step: Step, program: Program, machine: Machine): boolean;
}

/** Was a page freed lazily, or made in memory that may be dropped, and something paged out later? */
function pagesOutAfterFree(steps: readonly Step[]): boolean {
  const advice = (value: number) => (step: Step) =>
    step.call.endsWith("madvise") && Number(step.args[2]) === value;
  const droppable = (step: Step) => step.call === "mmap" && (Number(step.args[3]) & 0xf) === 8;
  const free = steps.findIndex((step) => advice(8)(step) || droppable(step));
  return free >= 0 && steps.slice(free).some(advice(21));
}

/** Pages are there on the live kernel that the model has let go, and nothing else differs. */
function onlyStayed(live: string, model: string): boolean {
  const plain = (pages: string): string => pages.replaceAll("f", "-");
  const [a, b] = [plain(live), plain(model)];
  return Array.from(a).every((letter, i) => letter === b[i] || (letter === "a" && b[i] === "-"));
}

/** What mincore wrote, in the letters of pagemap. */
function asPages(resident: string | undefined): string {
  return (resident ?? "").replaceAll("1", "a").replaceAll("0", "-").replaceAll("?", "f");
}

/** All of them. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    id: "executor-code",
    reason: "A read of the executor's own page sees its instructions; the model does not know what they are.",
    applies: ({ what }, { call, args }) =>
      what === "byte" && call === "read" && Number(args[0]) >= TEXT_ADDRESS && Number(args[0]) < START_BRK,
  },
  {
    id: "lazyfree-batch",
    reason:
      "MADV_FREE, or the fault that makes a page of MAP_DROPPABLE memory, puts it on a list of its CPU first; MADV_PAGEOUT on another CPU does not see it there and leaves the page. Which CPU runs what is not the model's to say: it lets the page go.",
    applies: ({ what, at, live, model }, _, { steps }) =>
      pagesOutAfterFree(steps.slice(0, at)) &&
      (what === "pages"
        ? onlyStayed(live?.pages ?? "", model?.pages ?? "")
        : what === "resident"
          ? onlyStayed(asPages(live?.resident), asPages(model?.resident))
          : what === "byte" && model?.byte === 0),
  },
];
