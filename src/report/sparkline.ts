/**
 * A series as one line of text.
 */
import type { Point } from "../import/index.ts";

const BARS = "▁▂▃▄▅▆▇█";

/**
 * At most `width` characters, one per stretch of the series; each shows the highest value of its stretch between 0 and the
 * highest of all, so that a peak is never lost.
 */
export function sparkline(points: readonly Point[], width: number): string {
  if (points.length === 0) return "";
  const top = points.reduce((most, point) => Math.max(most, point.high), 1);
  const columns = Math.min(width, points.length);
  let line = "";
  for (let i = 0; i < columns; i++) {
    const from = Math.floor((i * points.length) / columns);
    const to = Math.max(from + 1, Math.floor(((i + 1) * points.length) / columns));
    let high = 0;
    for (let k = from; k < to; k++) high = Math.max(high, points[k]!.high);
    line += BARS[Math.round((high * (BARS.length - 1)) / top)]!;
  }
  return line;
}
