/**
 * Scenarios against kernels, one verdict per cell, next to what history says.
 *
 * Expectations are shown and compared, never asked: no verdict depends on them.
 */
import type { Paint } from "./text.ts";
import { toneOf } from "./text.ts";
import { count, listed, wrap } from "./wrap.ts";

/** One scenario on one kernel. */
export interface Cell {
  readonly scenario: string;
  readonly kernel: string;
  /** A verdict, or `n/a` where the scenario says nothing about the kernel. */
  readonly verdict: string;
  /** Why it is n/a, incomplete or vacuous. */
  readonly reason?: string;
  /** Code and function of the first finding. */
  readonly code?: string;
  readonly at?: string;
  /** What history says; undefined where it says nothing. */
  readonly expected?: {
    readonly verdict: string;
    readonly code?: string;
    readonly site?: string;
    readonly source: string;
  };
  /** Does the verdict, with code and function, agree with it? */
  readonly agrees?: boolean;
  readonly executions: number;
  readonly elapsedMs: number;
  /** The execution of the first finding: a file, where one was asked for, and a token that `replay` takes. */
  readonly trace?: string;
  readonly token?: string;
}

/** A scenario of a matrix. */
export interface MatrixRow {
  readonly id: string;
  readonly hypothetical: boolean;
  /** Bounds of its verdicts, in words; those of its cells that differ stand behind each other. */
  readonly bounds: readonly string[];
}

/** All cells, scenario by scenario, each in the order of `kernels`. */
export interface Matrix {
  readonly scenarios: readonly MatrixRow[];
  readonly kernels: readonly string[];
  readonly cells: readonly Cell[];
}

const NO_PAINT: Paint = (_tone, text) => text;
const WIDTH = 80;

/** Does what was found agree with what history says? undefined where it says nothing or the cell says nothing. */
export function agreement(
  verdict: string,
  found: { readonly code: string; readonly at: string } | undefined,
  expected: Cell["expected"],
): boolean | undefined {
  if (expected === undefined || verdict === "n/a") return undefined;
  if (verdict !== expected.verdict) return false;
  if (verdict !== "fails" || found === undefined) return true;
  if (expected.code !== undefined && expected.code !== found.code) return false;
  return expected.site === undefined || expected.site === found.at;
}

/** The table as text: a row per scenario, the bounds, what was found, what does not agree. */
export function matrixText(matrix: Matrix, paint: Paint = NO_PAINT): string {
  const { scenarios, kernels, cells } = matrix;
  const lines = wrap("Each verdict within the bounds that stand below for its scenario.", WIDTH);
  const labels = scenarios.map((s) => (s.hypothetical ? `${s.id} (hypothetical)` : s.id));
  const first = Math.max(8, ...labels.map((label) => label.length)) + 2;
  const column = Math.max(0, ...kernels.map((k) => k.length), ...cells.map((c) => c.verdict.length + 2)) + 2;
  const fit = Math.max(1, Math.floor((WIDTH - first + 2) / column));
  // More kernels than fit go into further blocks, as even as can be.
  const block = Math.ceil(kernels.length / Math.ceil(kernels.length / fit));
  for (let from = 0; from < kernels.length; from += block) {
    const shown = kernels.slice(from, from + block);
    lines.push("", `${"".padEnd(first)}${shown.map((kernel) => kernel.padEnd(column)).join("")}`.trimEnd());
    scenarios.forEach((scenario, i) => {
      const row = shown.map((kernel) => {
        const cell = cells.find((c) => c.scenario === scenario.id && c.kernel === kernel);
        if (cell === undefined) return "".padEnd(column);
        const mark = cell.agrees === undefined ? " " : cell.agrees ? "=" : "!";
        const text = `${mark} ${cell.verdict}`;
        const tone = cell.agrees === false ? "bad" : toneOf(cell.verdict);
        return paint(tone, text) + " ".repeat(column - text.length);
      });
      lines.push(`${labels[i]!.padEnd(first)}${row.join("")}`.trimEnd());
    });
  }
  lines.push("", "= as history says   ! otherwise   no mark: history says nothing");
  lines.push("");
  for (const row of scenarios) lines.push(...wrap(`${row.id}: ${row.bounds.join("; or ")}`, WIDTH, "  "));
  const findings = cells.filter((cell) => cell.code !== undefined);
  if (findings.length > 0) lines.push("");
  for (const group of grouped(findings)) {
    lines.push(...wrap(`${group.text} on ${listed(group.kernels)}`, WIDTH, "  "));
    for (const { kernel, trace } of group.traces) lines.push(`  ${kernel.padEnd(6)}${trace}`);
  }
  for (const cell of cells.filter((c) => c.agrees === false)) {
    const wanted = cell.expected!;
    const what =
      wanted.code === undefined
        ? wanted.verdict
        : `${wanted.verdict} with ${wanted.code}${wanted.site ? ` in ${wanted.site}()` : ""}`;
    const got =
      cell.code === undefined
        ? cell.verdict
        : `${cell.verdict} with ${cell.code}${cell.at ? ` in ${cell.at}()` : ""}`;
    lines.push(
      ...wrap(
        `! ${cell.scenario} on ${cell.kernel}: ${got}, but history says ${what} (${wanted.source})`,
        WIDTH,
        "  ",
      ),
    );
  }
  for (const cell of cells.filter((c) => c.reason !== undefined)) {
    lines.push(
      ...wrap(`  ${cell.scenario} on ${cell.kernel}: ${cell.verdict}: ${cell.reason}`, WIDTH, "    "),
    );
  }
  if (findings.length > 0) lines.push("", ...wrap(linkText(findings), WIDTH));
  const explored = cells.filter((cell) => cell.verdict !== "n/a").length;
  lines.push(
    "",
    `${count(explored, "cell")} explored, ${count(
      cells.reduce((sum, c) => sum + c.executions, 0),
      "execution",
    )}.`,
  );
  return `${lines.join("\n")}\n`;
}

/** How to see the execution behind a cell. */
function linkText(findings: readonly Cell[]): string {
  if (findings.some((cell) => cell.trace !== undefined)) return "interleaf replay FILE shows an execution.";
  const { scenario, kernel } = findings[0]!;
  return `interleaf check ${scenario} --kernel ${kernel} shows the execution behind its cell; --out DIR writes those of all cells, and --json has a token of each.`;
}

interface Group {
  readonly text: string;
  readonly kernels: string[];
  readonly traces: { readonly kernel: string; readonly trace: string }[];
}

function grouped(cells: readonly Cell[]): Group[] {
  const groups: Group[] = [];
  for (const cell of cells) {
    const text = `${cell.scenario}: ${cell.code}${cell.at ? ` in ${cell.at}()` : ""}`;
    let group = groups.find((g) => g.text === text);
    if (group === undefined) {
      group = { text, kernels: [], traces: [] };
      groups.push(group);
    }
    group.kernels.push(cell.kernel);
    if (cell.trace !== undefined) group.traces.push({ kernel: cell.kernel, trace: cell.trace });
  }
  return groups;
}
