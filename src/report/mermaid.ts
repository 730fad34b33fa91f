/**
 * A told run as a Mermaid sequence diagram: a participant per task, an arrow from the task left to the task that goes
 * on, notes for what each does. Code-hosting sites draw it inside a text.
 */

import { foldText, remarksOf } from "./columns.ts";
import { foldLines } from "./fold.ts";
import type { Told } from "./told.ts";

/** The diagram, one statement per line. */
export function mermaid(told: Told): string {
  const present = told.tasks.map((_, t) => t).filter((t) => told.steps.some((step) => step.task === t));
  const lines = ["sequenceDiagram"];
  for (const t of present) lines.push(`  participant T${t} as ${escaped(told.tasks[t]!)}`);
  let running = -1;
  for (const line of foldLines(told)) {
    const task = line.kind === "step" ? line.step.task : line.task;
    if (running >= 0 && task !== running) lines.push(`  T${running}-->>T${task}: goes on`);
    running = task;
    if (line.kind === "fold") {
      lines.push(`  Note over T${task}: ${escaped(foldText(line))}`);
      continue;
    }
    const { step } = line;
    const parts = [
      `${step.number} ${step.site === "" ? "" : `${step.site}: `}${step.does}`,
      ...remarksOf(step),
    ];
    lines.push(`  Note over T${task}: ${parts.map((part) => escaped(part)).join("<br/>")}`);
    if (line.marked)
      for (const { finding } of told.findings)
        lines.push(`  Note over T${task}: ${escaped(`${finding.code}: ${finding.message}`)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Mermaid ends a statement at `;` and reads `#...;` as a character. */
function escaped(text: string): string {
  return text.replace(/[#;<>]/g, (character) => `#${character.charCodeAt(0)};`).replace(/\s+/g, " ");
}
