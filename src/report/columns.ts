/**
 * A told run as columns, one per task:
 *
 *     step  fork                                 swapoff
 *        1  dup_mmap: write-locks parent.mm...
 *        …  14 steps (anon_vma_fork)
 *       30                                       try_to_unuse: takes child.users, now 2
 *     > 41                                       unuse_mm: read-locks child.mmapLock
 *
 * The step of the finding is marked with `>`. Tasks that took no step have no column.
 */
import { foldLines, type Line } from "./fold.ts";
import type { Told, ToldStep } from "./told.ts";
import { count, onPage, type Page, wrap } from "./wrap.ts";

/** Columns narrower than this cannot be read. */
const NARROWEST = 16;
const GUTTER = 2;

/** Lines of text, none wider than the page. Requires a page wide enough for a column of 16 characters per task. */
export function columns(told: Told, page: Page): string[] {
  const lines = foldLines(told);
  const present = told.tasks.map((_, t) => t).filter((t) => told.steps.some((step) => step.task === t));
  const numberWidth = Math.max(4, String(told.steps.length).length + 2);
  const room = page.width - numberWidth - GUTTER * present.length;
  const width = Math.max(NARROWEST, Math.floor(room / Math.max(present.length, 1)));
  const out: string[] = [];
  const put = (number: string, column: number, text: readonly string[]): void => {
    text.forEach((line, i) => {
      const before = " ".repeat(column * (width + GUTTER));
      out.push(`${(i === 0 ? number : "").padStart(numberWidth)}  ${before}${line}`.trimEnd());
    });
  };
  const names = present.map((t) => told.tasks[t]!.slice(0, width).padEnd(width + GUTTER));
  out.push(`${"step".padStart(numberWidth)}  ${names.join("")}`.trimEnd());
  for (const line of lines) {
    const task = line.kind === "step" ? line.step.task : line.task;
    put(numberOf(line, page), present.indexOf(task), wrap(onPage(textOf(line), page), width, "  "));
    if (line.kind === "step") {
      for (const remark of remarksOf(line.step)) {
        put(
          "",
          present.indexOf(task),
          wrap(onPage(remark, page), width - 2, "  ").map((part) => `  ${part}`),
        );
      }
    }
  }
  return out;
}

function numberOf(line: Line, page: Page): string {
  if (line.kind === "fold") return onPage("…", page);
  return line.marked ? `> ${line.step.number}` : String(line.step.number);
}

function textOf(line: Line): string {
  if (line.kind === "fold") return foldText(line);
  const { site, does } = line.step;
  return site === "" ? does : `${site}: ${does}`;
}

/** `14 steps (anon_vma_fork, copy_page_range, 2 more)`. */
export function foldText(line: Line & { kind: "fold" }): string {
  const named = line.sites.slice(0, 3);
  const more = line.sites.length - named.length;
  const inside = more > 0 ? [...named, `${more} more`] : named;
  return `${count(line.count, "step")}${inside.length > 0 ? ` (${inside.join(", ")})` : ""}`;
}

/** What is said below a step: choices that failed, and the model's own remarks. */
export function remarksOf(step: ToldStep): string[] {
  const failed = step.choices
    .filter((choice) => choice.outcome !== 0)
    .map((choice) => `! ${choice.site} fails`);
  return [...failed, ...step.notes.map((note) => `* ${note}`)];
}
