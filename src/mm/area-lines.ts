/**
 * Text of an address space, area by area, made anew only where something changed: for those who look after every call.
 *
 *     const lines = new AreaLines(mapsLine);
 *     lines.of(mm)      one text per area; the same array as last time while nothing changed
 */
import type { ImageVma } from "./image.ts";
import type { Mm } from "./mm-struct.ts";
import { imageOfVma, labelOf } from "./show.ts";
import type { Vma } from "./vma.ts";

/** What a text was made from. */
interface Made {
  start: number;
  end: number;
  flags: number;
  pgoff: number;
  file: unknown;
  label: string;
  text: string;
}

/** Texts of one address space. */
export class AreaLines {
  readonly #format: (area: ImageVma) => string;
  readonly #made: Map<Vma, Made> = new Map();
  #last: readonly string[] = [];

  /** @param format the text of an area; it may use everything but the VmFlags, which it does not get */
  constructor(format: (area: ImageVma) => string) {
    this.#format = format;
  }

  /** The texts of all areas that begin below page `limit`, in ascending order. The array must not be changed. */
  of(mm: Mm, limit: number = Number.MAX_SAFE_INTEGER): readonly string[] {
    const last = this.#last;
    let lines: string[] | undefined;
    let count = 0;
    for (let vma = mm.tree.find(0, limit); vma !== null; vma = mm.tree.find(vma.end, limit)) {
      const text = this.#textOf(mm, vma);
      if (lines === undefined && last[count] !== text) lines = last.slice(0, count);
      lines?.push(text);
      count++;
    }
    if (lines === undefined && count === last.length) return last;
    this.#last = lines ?? last.slice(0, count);
    // Areas that are gone would be kept for ever.
    if (this.#made.size > 2 * count + 64) this.#made.clear();
    return this.#last;
  }

  #textOf(mm: Mm, vma: Vma): string {
    const { start, end, flags, pgoff, file } = vma;
    const label = vma.file === null ? labelOf(mm, vma) : (vma.anonName ?? "");
    const made = this.#made.get(vma);
    if (
      made !== undefined &&
      made.start === start &&
      made.end === end &&
      made.flags === flags &&
      made.pgoff === pgoff &&
      made.file === file &&
      made.label === label
    )
      return made.text;
    const text = this.#format(imageOfVma(mm, vma, false));
    this.#made.set(vma, { start, end, flags, pgoff, file, label, text });
    return text;
  }
}
