/**
 * What an image shows at a glance: how far it is from max_map_count, what is largest, and which neighbours could be one.
 */
import { type Image, type ImageVma, PAGE_BYTES } from "../mm/index.ts";

/** Two areas side by side that look alike. */
export interface Neighbours {
  readonly below: ImageVma;
  readonly above: ImageVma;
  /** What keeps them apart: flags where smaps tells, else what maps does not show. */
  readonly apart: string;
}

/** Areas of one name. */
export interface NamedAreas {
  readonly name: string;
  readonly areas: number;
  readonly bytes: number;
}

/** The facts of one image. */
export interface ImageFacts {
  readonly areas: number;
  readonly bytes: number;
  /** Areas by name, most bytes first. */
  readonly byName: readonly NamedAreas[];
  /** Single areas, largest first: at most ten. */
  readonly largest: readonly ImageVma[];
  /** Pairs that look alike; each pair would be one area less. At most fifty; `neighbourCount` has them all. */
  readonly neighbours: readonly Neighbours[];
  readonly neighbourCount: number;
}

const KEPT = 50;

/** Looks an image over. */
export function imageFacts(image: Image): ImageFacts {
  const byName = new Map<string, { name: string; areas: number; bytes: number }>();
  const neighbours: Neighbours[] = [];
  let neighbourCount = 0;
  let bytes = 0;
  let below: ImageVma | undefined;
  for (const area of image.areas) {
    const size = (area.endPage - area.startPage) * PAGE_BYTES;
    bytes += size;
    const name = area.name === "" ? `anonymous ${lettersOf(area)}` : area.name;
    const of = byName.get(name) ?? { name, areas: 0, bytes: 0 };
    of.areas++;
    of.bytes += size;
    byName.set(name, of);
    if (below !== undefined && lookAlike(below, area)) {
      neighbourCount++;
      if (neighbours.length < KEPT) neighbours.push({ below, above: area, apart: apart(below, area) });
    }
    below = area;
  }
  return {
    areas: image.areas.length,
    bytes,
    byName: [...byName.values()].sort((a, b) => b.bytes - a.bytes),
    largest: [...image.areas]
      .sort((a, b) => b.endPage - b.startPage - (a.endPage - a.startPage))
      .slice(0, 10),
    neighbours,
    neighbourCount,
  };
}

/** Adjacent, with the same permissions, and of one file in one piece, or both anonymous. */
function lookAlike(a: ImageVma, b: ImageVma): boolean {
  if (a.endPage !== b.startPage || lettersOf(a) !== lettersOf(b) || a.name !== b.name) return false;
  if (a.name.startsWith("[") && a.name !== "[heap]") return false;
  if (a.inode === "0" && b.inode === "0") return !a.shared;
  return (
    a.inode === b.inode && a.device === b.device && a.offsetPages + a.endPage - a.startPage === b.offsetPages
  );
}

function apart(a: ImageVma, b: ImageVma): string {
  if (a.vmFlags === undefined || b.vmFlags === undefined) {
    return "flags that maps does not show (smaps does), or written apart and joined by nothing (anon_vma), or moved by mremap";
  }
  const only = (x: readonly string[], y: readonly string[]): string[] =>
    x.filter((code) => !y.includes(code));
  const differ = [...only(a.vmFlags, b.vmFlags), ...only(b.vmFlags, a.vmFlags)];
  if (differ.length > 0) return `flags: ${differ.join(" ")} on one of them only`;
  return a.inode === "0"
    ? "written apart (each has an anon_vma of its own), or moved by mremap"
    : "different opens of the file, or an anon_vma of its own";
}

/** `rw-p`. */
export function lettersOf(area: ImageVma): string {
  return `${area.read ? "r" : "-"}${area.write ? "w" : "-"}${area.exec ? "x" : "-"}${area.shared ? "s" : "p"}`;
}
