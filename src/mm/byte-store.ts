/** Real bytes behind pages, for programs that want to read what they wrote. Pages of zeros cost nothing. */
import type { Mapping } from "./file.ts";
import type { PageStore } from "./page.ts";

const PAGE = 4096;

/** The bytes of all pages, by serial number of the page. */
export class ByteStore implements PageStore {
  readonly #pages: Map<number, Uint8Array> = new Map();
  readonly #contents: Map<Mapping, Uint8Array> = new Map();

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
    this.#pages.get(page)?.fill(0, from);
  }

  drop(page: number): void {
    this.#pages.delete(page);
  }

  /** The bytes of a page, to read and to write. */
  bytesOf(page: number): Uint8Array {
    let bytes = this.#pages.get(page);
    if (bytes === undefined) {
      bytes = new Uint8Array(PAGE);
      this.#pages.set(page, bytes);
    }
    return bytes;
  }
}
