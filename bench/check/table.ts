/** Rows of measurements against floor and target: every bench prints them alike. */

/** One measurement. */
export interface Row {
  readonly metric: string;
  /** Undefined when it could not be measured: `note` says why. */
  readonly value: number | undefined;
  readonly unit: "x" | "s" | "MB";
  /** Is less better, or more? */
  readonly better: "less" | "more";
  readonly floor?: number;
  readonly target?: number;
  readonly note?: string;
}

function met(row: Row, limit: number | undefined): boolean {
  if (row.value === undefined || limit === undefined) return false;
  return row.better === "less" ? row.value <= limit : row.value >= limit;
}

function bound(row: Row, limit: number | undefined): string {
  return limit === undefined ? "-" : `${row.better === "less" ? "<=" : ">="} ${limit} ${row.unit}`;
}

function verdict(row: Row): string {
  if (row.floor === undefined) return "information";
  if (row.value === undefined) return "SKIPPED";
  if (!met(row, row.floor)) return "FLOOR MISSED";
  return met(row, row.target) ? "target met" : "floor met";
}

/** Digits that say something. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

/** Prints the rows. */
export function report(rows: readonly Row[]): void {
  for (const row of rows) {
    const value = row.value === undefined ? "-" : `${digits(row.value)} ${row.unit}`;
    console.log(
      `${row.metric.padEnd(64)} ${value.padStart(9)}  floor ${bound(row, row.floor).padEnd(10)} target ${bound(row, row.target).padEnd(10)} ${verdict(row)}${row.note ? `; ${row.note}` : ""}`,
    );
  }
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1];
