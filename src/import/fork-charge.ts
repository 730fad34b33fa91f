/**
 * Which area's charge makes fork fail, under a machine's memory and its overcommit mode.
 *
 * fork charges every accounted area anew, one after the other:
 *
 *     mode 0 (guess)    one area alone is more than all RAM and swap         -> refused
 *     mode 1 (always)   never refused
 *     mode 2 (never)    what is committed already and the areas so far are more than the commit limit   -> refused
 *
 * Under mode 0 two areas that fit can have merged into one that does not: splitting it with one mprotect lets fork pass.
 *
 * Kernel counterpart: __vm_enough_memory() and vm_commit_limit() in mm/util.c, dup_mmap() in mm/mmap.c (6.18).
 * Simplified: under mode 2 no huge pages are set aside, and the caller is not root (root keeps admin_reserve_kbytes).
 */
import { type Image, type ImageVma, PAGE_BYTES } from "../mm/index.ts";

/** What the commit charge depends on. Bytes. */
export interface MemoryFacts {
  readonly overcommit: 0 | 1 | 2;
  readonly ramBytes: number;
  readonly swapBytes: number;
  /** vm.overcommit_ratio, percent; mode 2. */
  readonly ratio: number;
  /** Committed_AS before the fork; mode 2. Where it is not told, what the process itself has charged. */
  readonly committedBytes?: number;
}

/** What the charge of one fork comes to. */
export interface ForkCharge {
  /** Bytes that fork charges in all, and in how many areas. */
  readonly bytes: number;
  readonly areas: number;
  /** The largest single charge. */
  readonly largest: ImageVma | undefined;
  /** The area at which fork fails, and why; undefined where it passes. */
  readonly refused: ImageVma | undefined;
  readonly reason: string | undefined;
  /** True where flags were not told: then private writable areas are taken to be accounted. */
  readonly guessed: boolean;
}

/** vm.user_reserve_kbytes, and its share of a process. */
const USER_RESERVE = 128 * 2 ** 20;
const MB = 2 ** 20;

/** Is the area charged to the commit limit? */
export function isAccounted(area: ImageVma): boolean {
  return area.vmFlags === undefined ? area.write && !area.shared : area.vmFlags.includes("ac");
}

/** Charges a fork of this process. */
export function forkCharge(image: Image, facts: MemoryFacts): ForkCharge {
  const charged = image.areas.filter((area) => isAccounted(area) && area.vmFlags?.includes("dc") !== true);
  const bytes = charged.reduce((sum, area) => sum + sizeOf(area), 0);
  const largest = charged.reduce<ImageVma | undefined>(
    (most, area) => (most === undefined || sizeOf(area) > sizeOf(most) ? area : most),
    undefined,
  );
  const guessed = image.areas.every((area) => area.vmFlags === undefined);
  const shape = { bytes, areas: charged.length, largest, guessed };
  if (facts.overcommit === 0) {
    const all = facts.ramBytes + facts.swapBytes;
    const refused = charged.find((area) => sizeOf(area) > all);
    if (refused === undefined) return { ...shape, refused, reason: undefined };
    const reason = `its ${mib(sizeOf(refused))} are more than all memory and swap (${mib(all)}), and overcommit_memory is 0; split by mprotect into areas that fit it would pass`;
    return { ...shape, refused, reason };
  }
  if (facts.overcommit === 2) {
    const total = image.areas.reduce((sum, area) => sum + sizeOf(area), 0);
    const limit = (facts.ramBytes * facts.ratio) / 100 + facts.swapBytes - Math.min(total / 32, USER_RESERVE);
    let committed = facts.committedBytes ?? bytes;
    for (const area of charged) {
      committed += sizeOf(area);
      if (committed < limit) continue;
      const reason = `with it ${mib(committed)} would be committed, and the limit is ${mib(limit)} (overcommit_memory 2, ratio ${facts.ratio} %)`;
      return { ...shape, refused: area, reason };
    }
  }
  return { ...shape, refused: undefined, reason: undefined };
}

function sizeOf(area: ImageVma): number {
  return (area.endPage - area.startPage) * PAGE_BYTES;
}

function mib(bytes: number): string {
  return `${String(Math.round(bytes / MB)).replace(/\B(?=(\d{3})+$)/g, ",")} MiB`;
}
