/**
 * Which detectors are on. All are, until somebody says otherwise; a verdict names those that are not.
 */
import { EXPLANATIONS } from "./finding.ts";

/** Names of all detectors: the codes of what they find. */
export const DETECTORS: readonly string[] = EXPLANATIONS.map((e) => e.code);

/** The switches of one machine. */
export class Detectors {
  readonly #off: Set<string> = new Set();
  /** The hot ones, as plain fields. */
  order = true;
  dataRace = true;
  useAfterFree = true;
  /** Spinning or livelock. */
  circles = true;

  /** Is what this detector finds to be reported? Codes that are no detector's always are. */
  on(code: string): boolean {
    return !this.#off.has(code);
  }

  switch(code: string, on: boolean): void {
    if (!DETECTORS.includes(code)) {
      throw new Error(`there is no detector "${code}": there are ${DETECTORS.join(", ")}`);
    }
    if (on) this.#off.delete(code);
    else this.#off.add(code);
    this.order =
      this.on("lock-order") ||
      this.on("recursive-read") ||
      this.on("recursion") ||
      this.on("sleep-in-atomic");
    this.dataRace = this.on("data-race");
    this.useAfterFree = this.on("use-after-free");
    this.circles = this.on("spinning") || this.on("livelock");
  }

  /** Names of those that are off, sorted. */
  off(): string[] {
    return [...this.#off].sort();
  }
}
