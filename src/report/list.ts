/**
 * What there is: scenarios, designs and kernels as lists, codes explained.
 */
import { describeDesigns, KERNELS, POINTS, PRESETS } from "../mm/index.ts";
import { EXPECTATIONS, type Scenario } from "../scenarios/index.ts";
import type { Explanation } from "../sched/index.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 80;

/** `list scenarios`. */
export function scenariosText(scenarios: readonly Scenario[]): string {
  const width = Math.max(...scenarios.map((s) => s.id.length)) + 2;
  const blocks = scenarios.map((s) => {
    const labels = [s.hypothetical ? "hypothetical" : "", s.takesImage ? "takes --on FILE" : ""].filter(
      (l) => l !== "",
    );
    const title = `${s.title}${labels.length > 0 ? ` (${labels.join(", ")})` : ""}`;
    return wrap(title, WIDTH - width)
      .map((line, i) => `${(i === 0 ? s.id : "").padEnd(width)}${line}`)
      .join("\n");
  });
  return `${blocks.join("\n")}\n`;
}

/** `list scenarios --json`: `kernels` tells what history expects of each. */
export function scenariosJson(scenarios: readonly Scenario[]): unknown {
  return scenarios.map((s) => ({
    id: s.id,
    title: s.title,
    ...(s.seed === undefined ? {} : { seed: s.seed }),
    ...(s.catalogue === undefined ? {} : { catalogue: s.catalogue }),
    ...(s.hypothetical ? { hypothetical: true } : {}),
    ...(s.takesImage ? { takesImage: true } : {}),
    faults: s.faults,
    witnesses: s.witnesses,
    kernels: Object.fromEntries(
      EXPECTATIONS.filter((e) => e.scenario === s.id).map(({ scenario: _s, kernel, ...rest }) => [
        kernel,
        rest,
      ]),
    ),
  }));
}

/** `list designs`: every decision point with its variants and the kernels that have them. */
export function designsText(): string {
  const lines: string[] = [];
  for (const point of POINTS) {
    lines.push(...wrap(`${point.id}: ${point.question}`, WIDTH, "  "));
    const width = Math.max(...point.variants.map((v) => v.name.length)) + 4;
    for (const variant of point.variants) {
      const kernels = kernelsWith(point.id, variant.name);
      const where = kernels.length > 0 ? `kernel ${kernels.join(", ")}` : "no preset has it";
      wrap(`${variant.title} (${variant.source}; ${where})`, WIDTH - width).forEach((line, i) => {
        lines.push(`${(i === 0 ? `  ${variant.name}` : "").padEnd(width)}${line}`);
      });
    }
  }
  return `${lines.join("\n")}\n`;
}

/** `list designs --json`. */
export function designsJson(): unknown {
  return POINTS.map((point) => ({
    point: point.id,
    question: point.question,
    variants: point.variants.map((v) => ({
      name: v.name,
      title: v.title,
      source: v.source,
      ...(v.requires === undefined ? {} : { requires: v.requires }),
      kernels: kernelsWith(point.id, v.name),
    })),
  }));
}

function kernelsWith(point: string, variant: string): string[] {
  return KERNELS.filter((kernel) => describeDesigns(PRESETS[kernel]!)[point] === variant);
}

/** `list kernels`: the designs of the first, and of each later one what is different. */
export function kernelsText(): string {
  const lines: string[] = [];
  let before: Readonly<Record<string, string>> = {};
  KERNELS.forEach((kernel, i) => {
    const designs = describeDesigns(PRESETS[kernel]!);
    const changed = Object.entries(designs).filter(([point, name]) => before[point] !== name);
    const pairs = changed.map(([point, name]) => `${point}=${name}`).join(", ");
    const text = i === 0 ? pairs : `as ${KERNELS[i - 1]}${pairs === "" ? "" : `, but ${pairs}`}`;
    wrap(text, WIDTH - 8).forEach((line, n) => {
      lines.push(`${(n === 0 ? kernel : "").padEnd(8)}${line}`);
    });
    before = designs;
  });
  return `${lines.join("\n")}\n`;
}

/** `list kernels --json`. */
export function kernelsJson(): unknown {
  return KERNELS.map((kernel) => ({ kernel, designs: describeDesigns(PRESETS[kernel]!) }));
}

/** `explain CODE`. */
export function explanationText(explanation: Explanation): string {
  return `${explanation.code}: ${explanation.title}\n\n${wrap(explanation.text, WIDTH).join("\n")}\n`;
}

/** `explain` without a code. */
export function codesText(explanations: readonly Explanation[]): string {
  const width = Math.max(...explanations.map((e) => e.code.length)) + 2;
  return `${explanations.map((e) => `${e.code.padEnd(width)}${e.title}`).join("\n")}\n`;
}
