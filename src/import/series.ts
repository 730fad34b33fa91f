/**
 * A number over time in bounded memory: at most so many points, each the lowest, highest and last value of a stretch of
 * equal length. When they are full, neighbours are joined: no peak is ever lost.
 */

/** A stretch of a series. */
export interface Point {
  /** Number of the first sample of the stretch, from 0. */
  readonly at: number;
  /** Seconds at its first sample; NaN where there is no clock. */
  readonly seconds: number;
  readonly low: number;
  readonly high: number;
  readonly last: number;
}

const MOST_POINTS = 512;

/** A series under way. */
export class Series {
  readonly #at: number[] = [];
  readonly #seconds: number[] = [];
  readonly #low: number[] = [];
  readonly #high: number[] = [];
  readonly #last: number[] = [];
  #samples = 0;
  #step = 1;

  /** Adds a sample. */
  add(value: number, seconds: number): void {
    const index = this.#samples++;
    const slot = Math.floor(index / this.#step);
    if (slot < this.#at.length) {
      if (value < this.#low[slot]!) this.#low[slot] = value;
      if (value > this.#high[slot]!) this.#high[slot] = value;
      this.#last[slot] = value;
      return;
    }
    if (slot === MOST_POINTS) {
      this.#halve();
      this.#samples = index;
      this.add(value, seconds);
      return;
    }
    this.#at.push(index);
    this.#seconds.push(seconds);
    this.#low.push(value);
    this.#high.push(value);
    this.#last.push(value);
  }

  #halve(): void {
    this.#step *= 2;
    const half = this.#at.length / 2;
    for (let i = 0; i < half; i++) {
      this.#at[i] = this.#at[2 * i]!;
      this.#seconds[i] = this.#seconds[2 * i]!;
      this.#low[i] = Math.min(this.#low[2 * i]!, this.#low[2 * i + 1]!);
      this.#high[i] = Math.max(this.#high[2 * i]!, this.#high[2 * i + 1]!);
      this.#last[i] = this.#last[2 * i + 1]!;
    }
    for (const column of [this.#at, this.#seconds, this.#low, this.#high, this.#last]) column.length = half;
  }

  /** The stretches, in order. */
  points(): Point[] {
    return this.#at.map((at, i) => ({
      at,
      seconds: this.#seconds[i]!,
      low: this.#low[i]!,
      high: this.#high[i]!,
      last: this.#last[i]!,
    }));
  }
}
