/**
 * `interleaf list` and `interleaf explain`: what there is, and what a finding means.
 */
import { MM_EXPLANATIONS } from "../mm/index.ts";
import {
  codesText,
  designsJson,
  designsText,
  explanationText,
  kernelsJson,
  kernelsText,
  scenariosJson,
  scenariosText,
} from "../report/index.ts";
import { SCENARIOS } from "../scenarios/index.ts";
import { EXPLANATIONS } from "../sched/index.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { print, printJson } from "./terminal.ts";

const LISTS: Readonly<Record<string, { readonly text: () => string; readonly json: () => unknown }>> = {
  scenarios: { text: () => scenariosText(SCENARIOS), json: () => scenariosJson(SCENARIOS) },
  designs: { text: designsText, json: designsJson },
  kernels: { text: kernelsText, json: kernelsJson },
};

/** Prints one of the lists. */
export function list(what: string, options: { readonly json?: boolean }): number {
  const chosen = LISTS[what];
  if (chosen === undefined)
    throw new CliFailure(`there is no list of "${what}"; there are ${Object.keys(LISTS).join(", ")}`);
  if (options.json) printJson(chosen.json());
  else print(chosen.text());
  return EXIT.holds;
}

/** Prints what a code means, or all codes. */
export function explain(code: string | undefined): number {
  const all = [...EXPLANATIONS, ...MM_EXPLANATIONS];
  if (code === undefined) {
    print(codesText(all));
    return EXIT.holds;
  }
  const explanation = all.find((e) => e.code === code);
  if (explanation === undefined) {
    throw new CliFailure(`there is no code "${code}"; there are ${all.map((e) => e.code).join(", ")}`);
  }
  print(explanationText(explanation));
  return EXIT.holds;
}
