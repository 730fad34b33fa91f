/**
 * Puts areas together to one snapshot, and holds what must be true of them together: ascending, not overlapping, no
 * more than the limit; gate areas apart.
 */

import type { ImageVma } from "../mm/index.ts";
import type { Damage, ParsedLine } from "./maps-line.ts";
import { address, paddedWidth } from "./maps-line.ts";
import type { Snapshot } from "./snapshot.ts";

/** A snapshot under way. */
export class SnapshotBuilder {
  readonly snapshot: Snapshot;
  /** One string per different text: a process of 60,000 areas has some hundred names. */
  readonly #texts = new Map<string, string>();
  #lastStartPage = 0;
  #lastEndPage = 0;
  #lastLine = 0;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  /** Areas so far, gate areas not counted. */
  get areaCount(): number {
    return this.snapshot.image.areas.length;
  }

  /** Why `area` cannot come next, if it cannot. */
  misplaced(area: ImageVma): Damage | undefined {
    if (area.startPage >= this.#lastEndPage) return undefined;
    const start = address(area.startPage);
    const previous = `${address(this.#lastEndPage)}, where the area of line ${this.#lastLine} ends`;
    if (area.startPage >= this.#lastStartPage) {
      return {
        index: 0,
        expected: `a start at or above ${previous}`,
        found: `${start}: the two areas overlap`,
      };
    }
    const secondProcess =
      this.snapshot.kind === undefined
        ? ' (if a second process begins here, put a line "=== pid N live exe PATH" before each)'
        : "";
    return {
      index: 0,
      expected: `a start at or above ${previous}: areas come in ascending order`,
      found: `${start}${secondProcess}`,
    };
  }

  /** Appends an area that is not `misplaced`. */
  add(parsed: ParsedLine, line: number): void {
    const { area, nameIndex } = parsed;
    const { snapshot } = this;
    area.name = this.#shared(area.name);
    area.device = this.#shared(area.device);
    if (nameIndex === paddedWidth(32) + 1) snapshot.kernelBits = 32;
    if (isGate(area, snapshot.kernelBits)) snapshot.gate = area;
    else snapshot.image.areas.push(area);
    this.#lastStartPage = area.startPage;
    this.#lastEndPage = area.endPage;
    this.#lastLine = line;
  }

  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }
}

/**
 * Whether maps prints this line although no VMA stands behind it. A 64-bit ARM kernel gives its 32-bit processes a
 * real `[vectors]` VMA; only a 32-bit one has it as a gate.
 *
 * Kernel counterpart: get_gate_vma() in arch/x86/entry/vsyscall/vsyscall_64.c and arch/arm/kernel/process.c (6.18).
 */
function isGate(area: ImageVma, kernelBits: 32 | 64): boolean {
  return area.name === "[vsyscall]" || (area.name === "[vectors]" && kernelBits === 32);
}
