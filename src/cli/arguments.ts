/**
 * Values of options: read once, refused with a sentence.
 */
import { InvalidArgumentError } from "commander";
import type { ExploreOptions } from "../check/index.ts";
import { FAILURE_MODELS, type FailureModel } from "../mm/index.ts";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  "": 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** `90s`, `2m`, `500ms`, `1h`; a bare number is seconds. In milliseconds. */
export function parseTime(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|min|m|h)?$/.exec(text);
  const time = match === null ? 0 : Number(match[1]) * UNITS[match[2] ?? ""]!;
  if (!(time > 0)) throw new InvalidArgumentError("It takes a time such as 30s, 2m or 500ms.");
  return time;
}

/** A whole number of at least `least`. */
export function parseCount(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least)) throw new InvalidArgumentError(`It takes a whole number of at least ${least}.`);
    return value;
  };
}

/** A failure model. */
export function parseFailures(text: string): FailureModel {
  const model = FAILURE_MODELS.find((m) => m === text);
  if (model === undefined) throw new InvalidArgumentError(`It takes one of ${FAILURE_MODELS.join(", ")}.`);
  return model;
}

/** `a,b,c`. */
export function parseList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** A way to search, by name. */
export type ExplorerName = NonNullable<ExploreOptions["explorer"]>;

const EXPLORERS: readonly ExplorerName[] = ["dpor", "bounded", "random", "pct", "pos"];

/** A way to search. */
export function parseExplorer(text: string): ExplorerName {
  const explorer = EXPLORERS.find((name) => name === text);
  if (explorer === undefined) throw new InvalidArgumentError(`It takes one of ${EXPLORERS.join(", ")}.`);
  return explorer;
}

const MOST_WORKERS = 256;

/** A number of threads. */
export function parseWorkers(text: string): number {
  const workers = parseCount(1)(text);
  if (workers > MOST_WORKERS) throw new InvalidArgumentError(`It takes at most ${MOST_WORKERS} threads.`);
  return workers;
}
