/**
 * What a generator believes a process has mapped: rough, cheap, often wrong.
 *
 * It only serves to aim: a program that throws at random pages mostly hits nothing. It is no model: nothing is compared
 * with it, and where it cannot tell (placement, limits) it guesses.
 *
 *     heap    pages from start_brk      arena   pages nobody else uses       top   pages below what is at the top
 */
import type { Random } from "./random.ts";

/** Bits of a page. */
export const PAGE_IS = {
  mapped: 1,
  read: 2,
  write: 4,
  exec: 8,
  shared: 16,
  file: 32,
  sealed: 64,
  grows: 128,
} as const;

const PAGE = 4096;

/** A window of pages that programs use. */
export interface PageWindow {
  readonly start: number;
  readonly pages: Uint8Array;
}

/** A range of pages of a window. */
export interface PageRange {
  readonly window: PageWindow;
  readonly first: number;
  readonly count: number;
}

/** One process' windows. */
export class Belief {
  readonly heap: PageWindow;
  readonly arena: PageWindow;
  readonly top: PageWindow;
  brk: number;

  constructor(starts: { heap: number; arena: number; top: number }, pages: number) {
    this.heap = { start: starts.heap, pages: new Uint8Array(pages) };
    this.arena = { start: starts.arena, pages: new Uint8Array(pages) };
    this.top = { start: starts.top - pages * PAGE, pages: new Uint8Array(pages) };
    this.brk = starts.heap;
  }

  /** Of a new program. */
  fresh(): Belief {
    const pages = this.heap.pages.length;
    const top = this.top.start + pages * PAGE;
    return new Belief({ heap: this.heap.start, arena: this.arena.start, top }, pages);
  }

  /** A child's. */
  fork(): Belief {
    const child = this.fresh();
    child.heap.pages.set(this.heap.pages);
    child.arena.pages.set(this.arena.pages);
    child.top.pages.set(this.top.pages);
    child.brk = this.brk;
    return child;
  }

  /** Sets the pages of a byte range to `bits`; what lies outside the windows is forgotten. */
  set(address: number, bytes: number, bits: number): void {
    this.change(address, bytes, () => bits);
  }

  /** Changes the pages of a byte range. */
  change(address: number, bytes: number, to: (bits: number) => number): void {
    for (const window of [this.heap, this.arena, this.top]) {
      const from = Math.max(0, Math.floor((address - window.start) / PAGE));
      const until = Math.min(window.pages.length, Math.ceil((address + bytes - window.start) / PAGE));
      for (let i = from; i < until; i++) window.pages[i] = to(window.pages[i] as number);
    }
  }

  /** Bits of the page at an address. */
  at(address: number): number {
    for (const window of [this.heap, this.arena, this.top]) {
      const index = Math.floor((address - window.start) / PAGE);
      if (index >= 0 && index < window.pages.length) return window.pages[index] as number;
    }
    return 0;
  }

  /** Where the kernel probably puts `count` pages: the highest gap at the top. */
  placeAtTop(count: number): number | undefined {
    const { pages, start } = this.top;
    let free = 0;
    for (let i = pages.length - 1; i >= 0; i--) {
      free = (pages[i] as number) === 0 ? free + 1 : 0;
      if (free === count) return start + i * PAGE;
    }
    return undefined;
  }

  /** Part of something mapped that `wanted` accepts: the whole run, a piece at its start, end or middle; or undefined. */
  mappedRange(random: Random, wanted: (bits: number) => boolean): PageRange | undefined {
    for (const window of this.#inRandomOrder(random)) {
      const { pages } = window;
      const offset = random.below(pages.length);
      for (let i = 0; i < pages.length; i++) {
        const hit = (offset + i) % pages.length;
        if (!isWanted(pages[hit] as number, wanted)) continue;
        let first = hit;
        let end = hit + 1;
        // Runs of equal pages mostly, runs of anything mapped sometimes.
        const same = random.chance(70);
        const fits = (bits: number): boolean => isWanted(bits, wanted) && (!same || bits === pages[hit]);
        while (first > 0 && fits(pages[first - 1] as number)) first--;
        while (end < pages.length && fits(pages[end] as number)) end++;
        return pieceOf(random, window, first, end - first);
      }
    }
    return undefined;
  }

  /** A gap, or what touches something mapped; or undefined when all is full. */
  freeRange(random: Random, count: number): PageRange | undefined {
    const window = random.chance(80) ? this.arena : random.chance(60) ? this.heap : this.top;
    const { pages } = window;
    const offset = random.below(pages.length);
    for (let i = 0; i < pages.length; i++) {
      const first = (offset + i) % pages.length;
      if (first + count > pages.length) continue;
      let free = 0;
      while (free < count && pages[first + free] === 0) free++;
      if (free < count) continue;
      // Down until something is touched: neighbours merge.
      let touching = first;
      if (random.chance(60)) while (touching > 0 && pages[touching - 1] === 0) touching--;
      return { window, first: touching, count };
    }
    return undefined;
  }

  #inRandomOrder(random: Random): PageWindow[] {
    const windows = [this.arena, this.top, this.heap];
    const at = random.chance(65) ? 0 : random.below(3);
    return [...windows.slice(at), ...windows.slice(0, at)];
  }
}

function isWanted(bits: number, wanted: (bits: number) => boolean): boolean {
  return bits !== 0 && wanted(bits);
}

function pieceOf(random: Random, window: PageWindow, first: number, count: number): PageRange {
  if (count === 1 || random.chance(35)) return { window, first, count };
  const part = 1 + random.below(count - 1);
  const at = random.weighted([
    [0, 3],
    [count - part, 3],
    [random.below(count - part + 1), 4],
  ] as const);
  return { window, first: first + at, count: part };
}
