/**
 * The result of a comparison as text for people and as one JSON document: pure functions, nothing is printed here.
 */
import type { ConformResult } from "./conform.ts";
import { describeMachine, type Machine } from "./machine.ts";
import { printMix } from "./mix.ts";

/** The facts of the machine that decide the answers, one line each. */
export function printMachine(machine: Machine): string[] {
  const facts = describeMachine(machine);
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

/** Everything a comparison found, verdict first. Mismatches come last, so that a terminal ends with them. */
export function printResult(result: ConformResult, model: string): string[] {
  const { compared, mix, known, unmodelled, mismatches, interruptions } = result;
  const lines = [verdict(result, model), ""];
  lines.push(
    `compared: ${compared.results} results, ${compared.maps} maps, ${compared.flags} times VmFlags, ` +
      `${compared.bytes} bytes read, ${compared.pagemaps} page tables, ${compared.vectors} vectors of mincore, ${compared.counters} times counters`,
  );
  if (mix.length > 0) lines.push("", "calls, by how often they were made:", ...printMix(mix).map(indent));
  if (unmodelled.length > 0)
    lines.push("", `left out, because the model does not have them: ${unmodelled.join(", ")}`);
  if (known.length > 0) {
    lines.push("", "known differences, and how often each was met:");
    for (const { id, reason, hits } of known) lines.push(`  ${id}: ${hits} times. ${reason}`);
  }
  for (const { seq, made, message } of interruptions) {
    lines.push("", `program ${seq} was not run to its end: ${message}, after ${made} steps, which agree`);
  }
  for (const { seq, text, tried } of mismatches) {
    lines.push("", `mismatch in the program of seed ${seq}, shortened in ${tried} tries:`, "", ...text);
  }
  return lines;
}

function verdict(result: ConformResult, model: string): string {
  const { calls, programs, mismatches, stopped, message } = result;
  const done = `${calls} calls in ${programs} programs`;
  if (mismatches.length > 0) {
    const several = mismatches.length === 1 ? "1 mismatch" : `${mismatches.length} mismatches`;
    return `${several}: ${model} and the live kernel part, after ${done}`;
  }
  if (stopped === "executor")
    return `incomplete: ${message ?? "the executor is gone"}; until then ${done} agree`;
  if (stopped === "signal") return `interrupted; until then ${done} agree`;
  if (result.interruptions.length > 0)
    return `incomplete: ${done}, not all of them to their end; what was made agrees`;
  if (calls === 0) return "vacuous: no call was made";
  return `agrees: ${model} answers ${done} as the live kernel does`;
}

function indent(line: string): string {
  return `  ${line}`;
}

/** The same as one plain document. */
export function resultJson(
  result: ConformResult,
  model: string,
  machine: Machine,
  seed: number | undefined,
): Record<string, unknown> {
  return {
    version: 1,
    model,
    machine: Object.fromEntries(describeMachine(machine)),
    ...(seed === undefined ? {} : { seed }),
    ...result,
    mismatches: result.mismatches.map(({ seq, program, mismatch, tried, text }) => ({
      seq,
      step: mismatch.at,
      what: mismatch.what,
      steps: program.steps.length,
      tried,
      text,
    })),
  };
}
