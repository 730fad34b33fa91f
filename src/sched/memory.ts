/**
 * The memory of a machine: numbered words, one journal.
 *
 * Every shared mutable thing (slab fields, lock words, atomics, lists, tables, life marks) is a *word*. A word
 * holds a number or a reference. A word's number is also its name in the event log, so it must not depend on the
 * schedule: rows are placed by (slab, creating task, n-th allocation of that task), see `slab.ts`.
 *
 * One mechanism serves reset, hash and diff: the journal keeps, for each word, the value before its first change
 * since the *mark*. Undoing it brings the marked state back in time proportional to what was changed, not to the
 * size of the state: an image with 300 areas costs no more per execution than one with 3.
 *
 *      mark()            set up ........ mark
 *      write, write ...                     | journal: (word, old) (word, old)
 *      reset()           <------------------'
 */

/** Something with state of its own outside the words (a tree), kept in step with them. */
export interface Tracked {
  /** Remember the present state as the one to come back to. */
  mark(): void;
  /** Come back to the marked state. */
  reset(): void;
  /** Has it changed since the mark, and to what? Equal states give equal text. */
  digest(): string;
}

/** One changed word: what it held at the mark and what it holds now. */
export interface WordChange {
  readonly word: number;
  readonly before: unknown;
  readonly after: unknown;
}

/** Numbered words with a journal. Words are never given back: a row keeps its place for a whole exploration. */
export class Memory {
  /** Numeric value of each word. Direct reads are fine; writes go through `setNum`. */
  nums: Float64Array = new Float64Array(1 << 12);
  /** Reference held by each word, undefined for numeric ones. Writes go through `setRef`. */
  refs: unknown[] = [];
  /** Word number of the life mark of the row a word belongs to, -1 for words that live for ever. */
  lifeOf: Int32Array = new Int32Array(1 << 12).fill(-1);
  /** Words in use. Word 0 is never used. */
  size = 1;

  #journalWord: Int32Array = new Int32Array(1 << 10);
  #journalNum: Float64Array = new Float64Array(1 << 10);
  #journalRef: unknown[] = [];
  #journalLength = 0;
  /** Epoch of the last journal entry per word; a word is journalled once per epoch. */
  #stamp: Int32Array = new Int32Array(1 << 12);
  #epoch = 1;
  #journalling = true;
  #tracked: Tracked[] = [];
  #trackedAtMark = 0;

  /** Places `count` fresh words, all 0 and undefined. Returns the first. */
  place(count: number): number {
    const at = this.size;
    const end = at + count;
    if (end > this.nums.length) this.#grow(end);
    this.size = end;
    return at;
  }

  #grow(needed: number): void {
    let capacity = this.nums.length;
    while (capacity < needed) capacity *= 2;
    const nums = new Float64Array(capacity);
    nums.set(this.nums);
    this.nums = nums;
    const lifeOf = new Int32Array(capacity).fill(-1);
    lifeOf.set(this.lifeOf);
    this.lifeOf = lifeOf;
    const stamp = new Int32Array(capacity).fill(this.#journalling ? 0 : this.#epoch);
    stamp.set(this.#stamp);
    this.#stamp = stamp;
  }

  /** Writes a number. */
  setNum(word: number, value: number): void {
    if (this.#stamp[word] !== this.#epoch) this.#log(word);
    this.nums[word] = value;
  }

  /** Writes a reference. */
  setRef(word: number, value: unknown): void {
    if (this.#stamp[word] !== this.#epoch) this.#log(word);
    this.refs[word] = value;
  }

  #log(word: number): void {
    this.#stamp[word] = this.#epoch;
    const i = this.#journalLength++;
    if (i === this.#journalWord.length) {
      const words = new Int32Array(i * 2);
      words.set(this.#journalWord);
      this.#journalWord = words;
      const nums = new Float64Array(i * 2);
      nums.set(this.#journalNum);
      this.#journalNum = nums;
    }
    this.#journalWord[i] = word;
    this.#journalNum[i] = this.nums[word];
    this.#journalRef[i] = this.refs[word];
  }

  /** From here on nothing is written down that a reset would need: for those who never come back to an earlier state. */
  keepNoJournal(): void {
    this.#journalling = false;
    this.#stamp.fill(this.#epoch); // every word looks as if it stood in the journal already
  }

  /** Registers state that lives outside the words. Registered before the mark it is kept; after it, dropped at reset. */
  track(thing: Tracked): void {
    this.#tracked.push(thing);
  }

  /** Makes the present state the one that `reset` comes back to. */
  mark(): void {
    if (!this.#journalling) throw new Error("there is no way back: this memory keeps no journal");
    this.#journalLength = 0;
    this.#epoch++;
    this.#trackedAtMark = this.#tracked.length;
    for (const thing of this.#tracked) thing.mark();
  }

  /** Brings the marked state back. */
  reset(): void {
    const { nums, refs } = this;
    for (let i = this.#journalLength - 1; i >= 0; i--) {
      const word = this.#journalWord[i];
      nums[word] = this.#journalNum[i];
      refs[word] = this.#journalRef[i];
      this.#journalRef[i] = undefined;
    }
    this.#journalLength = 0;
    if (this.#journalling) this.#epoch++;
    if (this.#tracked.length > this.#trackedAtMark) this.#tracked.length = this.#trackedAtMark;
    for (const thing of this.#tracked) thing.reset();
  }

  /** Position in the journal; words changed from here on are journalled afresh. For `changesSince`. */
  checkpoint(): number {
    if (this.#journalling) this.#epoch++;
    return this.#journalLength;
  }

  /** Words changed since a checkpoint (0 = the mark), in order of word number; unchanged rewrites left out. */
  changesSince(checkpoint: number): WordChange[] {
    const seen = new Map<number, WordChange>();
    for (let i = checkpoint; i < this.#journalLength; i++) {
      const word = this.#journalWord[i];
      if (seen.has(word)) continue;
      const refBefore = this.#journalRef[i];
      const refAfter = this.refs[word];
      const isRef = refBefore !== undefined || refAfter !== undefined;
      const before = isRef ? refBefore : this.#journalNum[i];
      const after = isRef ? refAfter : this.nums[word];
      seen.set(word, { word, before: before ?? null, after: after ?? null });
    }
    return [...seen.values()].filter((c) => !Object.is(c.before, c.after)).sort((a, b) => a.word - b.word);
  }

  /**
   * A number for "what differs from the mark". Equal end states give equal numbers, on every machine: words and
   * references are hashed by names that depend neither on the schedule nor on what was explored before.
   */
  hash(nameOfWord: (word: number) => string, nameOfReference: (reference: unknown) => string): number {
    const lines: string[] = [];
    for (const { word, before, after } of this.changesSince(0)) {
      const text = typeof after === "number" ? String(after) : nameOfReference(after);
      // A list that was changed and changed back is another array with the same content.
      if (typeof after !== "number" && typeof before !== "number" && nameOfReference(before) === text)
        continue;
      lines.push(`${nameOfWord(word)}=${text}`);
    }
    lines.sort();
    let h = 0x811c9dc5;
    for (const line of lines) h = mix(h, hashText(line));
    for (const thing of this.#tracked) h = mix(h, hashText(thing.digest()));
    return h >>> 0;
  }
}

/** Mixes an integer into a running hash (FNV-1a over 32 bits at a time, with an avalanche step). */
export function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x01000193);
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) ^ (h >>> 12);
}

/** Hash of a text, 32 bits. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h | 0;
}
