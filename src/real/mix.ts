/** The mix: how often each call was made and how often it succeeded, as printed with every result. */
import type { CallName, Step } from "./program.ts";

/** One call's counts. */
export interface MixRow {
  readonly call: CallName;
  readonly made: number;
  readonly succeeded: number;
}

/** Counts calls. */
export class Mix {
  readonly #made = new Map<CallName, { made: number; succeeded: number }>();

  /** Counts one call with its result. For brk, success is that the end is where it was asked to be. */
  count(step: Step, result: number): void {
    let row = this.#made.get(step.call);
    if (row === undefined) {
      row = { made: 0, succeeded: 0 };
      this.#made.set(step.call, row);
    }
    row.made++;
    if (step.call === "brk" ? result === step.args[0] : result >= 0) row.succeeded++;
  }

  /** Rows by falling frequency. */
  rows(): MixRow[] {
    return [...this.#made]
      .map(([call, { made, succeeded }]) => ({ call, made, succeeded }))
      .sort((a, b) => b.made - a.made || (a.call < b.call ? -1 : 1));
  }
}

/** The mix as lines: share of the calls, share that succeeded. */
export function printMix(rows: readonly MixRow[]): string[] {
  const all = rows.reduce((sum, row) => sum + row.made, 0);
  return rows.map(({ call, made, succeeded }) => {
    const share = ((100 * made) / all).toFixed(1).padStart(5);
    const good = Math.round((100 * succeeded) / made)
      .toString()
      .padStart(3);
    return `${call.padEnd(17)} ${String(made).padStart(9)}  ${share} %   ${good} % successful`;
  });
}
