/**
 * Real bytes behind pages, for programs that want to read what they wrote. Pages of zeros cost nothing. Goes back to the mark
 * with the machine's memory: a page is copied when it is first asked for after the mark.
 */
import type { Tracked } from "../sched/index.ts";
import type { Mapping } from "./file.ts";
import type { PageStore } from "./page.ts";

const PAGE = 4096;

/** The bytes of all pages, by serial number of the page. */
export class ByteStore implements PageStore, Tracked {
  #pages: Map<number, Uint8Array> = new Map();
  #contents: Map<Mapping, Uint8Array> = new Map();
  #pagesAtMark: ReadonlyMap<number, Uint8Array> = new Map();
  #contentsAtMark: ReadonlyMap<Mapping, Uint8Array> = new Map();

  mark(): void {
    this.#pagesAtMark = new Map(this.#pages);
    this.#contentsAtMark = new Map(this.#contents);
  }

  reset(): void {
    this.#pages = new Map(this.#pagesAtMark);
    this.#contents = new Map(this.#contentsAtMark);
  }

  /** Nothing is decided by bytes. */
  digest(): string {
    return "";
  }

  /** What a file holds before anybody writes to it; zeros behind its end. */
  setContents(mapping: Mapping, bytes: Uint8Array): void {
    this.#contents.set(mapping, bytes);
  }

  load(page: number, mapping: Mapping, index: number): void {
    const contents = this.#contents.get(mapping);
    if (contents === undefined || index * PAGE >= contents.length) return;
    this.bytesOf(page).set(contents.subarray(index * PAGE, (index + 1) * PAGE));
  }

  copy(to: number, from: number): void {
    const bytes = this.#pages.get(from);
    if (bytes !== undefined) this.#pages.set(to, bytes.slice());
  }

  erase(mapping: Mapping, from: number, to: number): void {
    const contents = this.#contents.get(mapping);
    if (contents === undefined || from >= contents.length) return;
    // What was given may be somebody else's.
    const kept = to >= contents.length ? contents.slice(0, from) : contents.slice();
    if (to < contents.length) kept.fill(0, from, to);
    this.#contents.set(mapping, kept);
  }

  clear(page: number, from: number): void {
    if (this.#pages.has(page)) this.bytesOf(page).fill(0, from);
  }

  drop(page: number): void {
    this.#pages.delete(page);
  }

  /** The bytes of a page, to read and to write. */
  bytesOf(page: number): Uint8Array {
    let bytes = this.#pages.get(page);
    if (bytes === undefined || bytes === this.#pagesAtMark.get(page)) {
      bytes = bytes === undefined ? new Uint8Array(PAGE) : bytes.slice();
      this.#pages.set(page, bytes);
    }
    return bytes;
  }
}
