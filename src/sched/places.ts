/**
 * Places: words that are used once. A place is open (0) until whoever took it is done with it (1), and others wait for
 * exactly the places that stand in their way. RCU read sections and turns in a fair queue are places.
 *
 *     reader    lock ......... unlock            unlock: w on the section
 *     updater         start ........... end      end: r on every section that had begun at the start
 *
 * So a reader's unlock conflicts with the one wait that waits for it and with nothing else. What a wait looks at is
 * fixed when it starts and does not depend on whether a place was closed before: open or closed, it is the same set.
 *
 * The n-th place of a holder at an owner has the same word in every schedule.
 */
import type { Memory } from "./memory.ts";
import type { Rows } from "./rows.ts";

interface Series {
  readonly owner: number;
  readonly holder: number;
  /** Word that counts the places taken in this run. */
  readonly count: number;
  readonly words: number[];
}

/** Places of one machine. */
export class Places {
  readonly #rows: Rows;
  readonly #memory: Memory;
  readonly #series: Map<number, Series> = new Map();
  readonly #owner: Map<number, Series> = new Map();

  constructor(rows: Rows, memory: Memory) {
    this.#rows = rows;
    this.#memory = memory;
  }

  /** Takes the holder's next place at `owner`. @param what for names: "section", "turn" */
  take(owner: number, holder: number, holderName: string, what: string): number {
    let series = this.#series.get(key(owner, holder));
    if (series === undefined) {
      const count = this.#rows.placeOwn(`${this.#rows.stableName(owner)}.${what}s of ${holderName}`);
      series = { owner, holder, count, words: [] };
      this.#series.set(key(owner, holder), series);
    }
    const n = this.#memory.nums[series.count];
    let word = series.words[n];
    if (word === undefined) {
      const suffix = `.${what} ${n + 1} of ${holderName}`;
      word = this.#rows.placeOwn(this.#rows.stableName(owner) + suffix, this.#rows.nameOf(owner) + suffix);
      series.words[n] = word;
      this.#owner.set(word, series);
    }
    this.#memory.setNum(series.count, n + 1);
    return word;
  }

  /** The newest place of the holder, -1 if it never took one. */
  last(owner: number, holder: number): number {
    const series = this.#series.get(key(owner, holder));
    const n = series ? this.#memory.nums[series.count] : 0;
    return n > 0 ? series!.words[n - 1] : -1;
  }

  /** The newest place of the holder that is still open, -1 if none is. */
  open(owner: number, holder: number): number {
    const series = this.#series.get(key(owner, holder));
    if (series === undefined) return -1;
    for (let n = this.#memory.nums[series.count] - 1; n >= 0; n--) {
      if (this.#memory.nums[series.words[n]] === 0) return series.words[n];
    }
    return -1;
  }

  /** What the place belongs to: lock or domain. */
  ownerOf(place: number): number {
    return this.#owner.get(place)?.owner ?? -1;
  }

  /** Who took the place; -1 when the word is no place. */
  holderOf(place: number): number {
    return this.#owner.get(place)?.holder ?? -1;
  }
}

function key(owner: number, holder: number): number {
  return owner * 64 + holder;
}
