/**
 * Random numbers out of a seed: the same seed gives the same numbers on every machine (sfc32 by Chris Doty-Humphrey).
 */
export class Random {
  #a: number;
  #b: number;
  #c = 1;
  #counter = 1;

  /** Any whole number; the low 53 bits count. */
  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    // The first numbers of neighbouring seeds are alike.
    for (let i = 0; i < 15; i++) this.bits();
  }

  /** 32 bits. */
  bits(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.bits() / 2 ** 32) * limit);
  }

  /** True in `percent` of the cases. */
  chance(percent: number): boolean {
    return this.below(1000) < percent * 10;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error("random: nothing to pick from");
    return items[this.below(items.length)] as T;
  }

  /** The key of one entry, each as likely as its weight says. */
  weighted<T>(entries: readonly (readonly [T, number])[]): T {
    let left = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [item, weight] of entries) {
      left -= weight;
      if (left < 0) return item;
    }
    throw new Error("random: weights must be positive");
  }
}
