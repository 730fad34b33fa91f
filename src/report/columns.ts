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
import type { Told, ToldFinding, ToldStep } from "./told.ts";
import { choiceText } from "./words.ts";
import { count, onPage, type Page, wrap } from "./wrap.ts";

/** Columns narrower than this cannot be read. */
const NARROWEST = 16;
const GUTTER = 2;

/** One line of the story in its column: what stands in front of it, and its text. */
interface Entry {
  readonly number: string;
  readonly column: number;
  readonly texts: readonly string[];
}

/** Lines of text, none wider than the page. Requires a page wide enough for a column of 16 characters per task. */
export function columns(told: Told, page: Page): string[] {
  const present = told.tasks.map((_, t) => t).filter((t) => told.steps.some((step) => step.task === t));
  const entries = foldLines(told).map((line): Entry => {
    const task = line.kind === "step" ? line.step.task : line.task;
    const remarks = line.kind === "step" ? remarksOf(line.step) : [];
    if (line.kind === "step" && line.marked)
      remarks.push(...told.findings.filter((f) => f.step === line.step.number).map(findingRemark));
    return {
      number: numberOf(line, page),
      column: present.indexOf(task),
      texts: [textOf(line), ...remarks].map((text) => onPage(text, page)),
    };
  });
  const numberWidth = Math.max(4, String(told.steps.length).length + 2);
  const names = present.map((t) => onPage(told.tasks[t]!, page));
  const widths = widthsOf(names, entries, page.width - numberWidth - GUTTER * present.length);
  const starts = widths.map((_, i) =>
    widths.slice(0, i).reduce((sum, w) => sum + w + GUTTER, numberWidth + GUTTER),
  );
  const head = names.map((name, i) => name.slice(0, widths[i]).padEnd(widths[i]! + GUTTER)).join("");
  const out = [`${"step".padStart(numberWidth)}${" ".repeat(GUTTER)}${head}`.trimEnd()];
  for (const { number, column, texts } of entries) {
    const width = widths[column]!;
    const lines = texts.flatMap((text, i) =>
      i === 0 ? wrap(text, width, "  ") : wrap(text, width - 2, "  ").map((line) => `  ${line}`),
    );
    lines.forEach((line, i) => {
      out.push(`${(i === 0 ? number : "").padStart(numberWidth).padEnd(starts[column]!)}${line}`);
    });
  }
  return out;
}

/** Shares the room among the columns: what each needs if that fits, else by how much each has to say. */
function widthsOf(names: readonly string[], entries: readonly Entry[], room: number): number[] {
  const texts = names.map((name, i) => [
    name,
    ...entries.filter((e) => e.column === i).flatMap((e) => e.texts),
  ]);
  const natural = texts.map((column) => Math.max(NARROWEST, ...column.map((text) => text.length + 2)));
  if (natural.reduce((sum, w) => sum + w, 0) <= room) return natural;
  const least = Math.min(NARROWEST, Math.floor(room / names.length));
  const said = texts.map((column) => column.reduce((sum, text) => sum + text.length, 0));
  const total = said.reduce((sum, n) => sum + n, 0);
  const free = room - least * names.length;
  const widths = natural.map((w, i) => Math.min(w, least + Math.floor((free * said[i]!) / total)));
  // What narrow columns do not need goes to the first that can use it.
  for (let i = 0; i < widths.length; i++) {
    const left = room - widths.reduce((sum, w) => sum + w, 0);
    widths[i] = Math.min(natural[i]!, widths[i]! + left);
  }
  return widths;
}

function findingRemark({ finding }: ToldFinding): string {
  return `! ${finding.at.site === "" ? "" : `${finding.at.site}: `}${finding.code}`;
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

/** What is said below a step: choices that did not go the ordinary way, and the model's own remarks. */
export function remarksOf(step: ToldStep): string[] {
  const failed = step.choices
    .filter((choice) => choice.outcome !== 0)
    .map((choice) => `! ${choiceText(choice)}`);
  return [...failed, ...step.notes.map((note) => `* ${note}`)];
}
