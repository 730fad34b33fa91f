/**
 * How far it is, in one line: `fork-fails on 7.0: 12,345 executions, 3,100/s, 19–31 % of 40,000–65,000`.
 */
import type { Progress } from "../farm/index.ts";
import { count, thousands } from "../report/index.ts";
import { progress, progressWidth } from "./terminal.ts";

/** The progress line of several jobs. */
export class ProgressTable {
  readonly #names: readonly string[];
  readonly #latest: Map<number, Progress> = new Map();
  #ended = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  at(job: number, how: Progress): void {
    this.#latest.set(job, how);
    progress(this.#text(progressWidth()));
  }

  ended(job: number): void {
    this.#latest.delete(job);
    this.#ended++;
  }

  #text(width: number): string {
    const jobs = [...this.#latest].map(([job, how]) => ({ name: this.#names[job] ?? "", how }));
    const of = this.#names.length > 1 ? `[${this.#ended}/${this.#names.length}] ` : "";
    return `${of}${progressText(jobs, width - of.length)}`;
  }
}

/** Jobs under way as one line: as much of each as there is room for. */
export function progressText(
  jobs: readonly { readonly name: string; readonly how: Progress }[],
  width: number,
): string {
  const texts = [full, brief, briefest].map((form) =>
    jobs.map(({ name, how }) => form(name, how)).join("; "),
  );
  return (texts.find((text) => text.length <= width) ?? texts.at(-1)!).slice(0, Math.max(0, width));
}

function full(name: string, how: Progress): string {
  const rate = Math.round((how.executions * 1000) / Math.max(how.elapsedMs, 1));
  return `${name}: ${count(how.executions, "execution")}, ${thousands(rate)}/s${shareText(how, true)}${findingsText(how)}`;
}

function brief(name: string, how: Progress): string {
  return `${name}: ${thousands(how.executions)}${shareText(how, false)}${findingsText(how)}`;
}

function briefest(name: string, how: Progress): string {
  const share = shareText(how, false).slice(2);
  return `${name}: ${share === "" ? thousands(how.executions) : share}`;
}

function findingsText({ findings }: Progress): string {
  return findings > 0 ? `, ${count(findings, "finding")}` : "";
}

/** `, 19–31 % of 40,000–65,000`; nothing where it is not known, or where a finding ends it before that. */
function shareText({ executions, estimate, findings }: Progress, whole: boolean): string {
  if (estimate === undefined || findings > 0 || !Number.isFinite(estimate.high)) return "";
  const low = Math.max(executions, estimate.low);
  const high = Math.max(low, estimate.high);
  const share = range(percent(executions, high), percent(executions, low));
  return `, ${share} %${whole ? ` of ${range(rounded(low), rounded(high))}` : ""}`;
}

function percent(part: number, all: number): string {
  const value = (100 * part) / Math.max(all, 1);
  return value >= 1 ? String(Math.floor(value)) : value.toPrecision(1);
}

/** Three digits of it: the rest would be made up. */
function rounded(n: number): string {
  return thousands(Number(n.toPrecision(3)));
}

function range(from: string, to: string): string {
  return from === to ? from : `${from}–${to}`;
}
