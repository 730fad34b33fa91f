/**
 * An image: one process' address space as plain data, the way /proc/PID/maps and smaps show it.
 *
 * It is what importers produce and what a scenario can be laid out from (`--on FILE`). Page numbers, not byte
 * addresses: a page number is always exact in a double, a 57-bit address is not.
 *
 * Kernel counterpart: show_map_vma() and show_smap() in fs/proc/task_mmu.c (6.18).
 */

/** Bytes in a page; `address = page * PAGE_BYTES`. */
export const PAGE_BYTES = 4096;

/** One line of maps: `[startPage, endPage)` with what it maps. */
export interface ImageVma {
  /** First page. */
  startPage: number;
  /** First page after the area. */
  endPage: number;
  read: boolean;
  write: boolean;
  exec: boolean;
  /** MAP_SHARED (`s` in maps), otherwise private (`p`). */
  shared: boolean;
  /** Offset into the file, in pages. 0 for anonymous memory. */
  offsetPages: number;
  /** `major:minor` of the device, `00:00` when there is no file. */
  device: string;
  /** Decimal, "0" when there is no file. Text, because inode numbers are 64 bits wide. */
  inode: string;
  /** Last column of maps: a path, `[heap]`, `[stack]`, `[vdso]`, ... or empty. */
  name: string;
  /** From smaps, where told: pages present, private-anonymous pages, pages in swap. */
  rssPages?: number;
  anonPages?: number;
  swapPages?: number;
  /** From smaps `VmFlags:`: two-letter codes, in the kernel's order. */
  vmFlags?: string[];
}

/** One process' address space, areas in ascending address order, not overlapping. */
export interface Image {
  /** What the areas were read from, for messages: "python.maps, pid 812". */
  source: string;
  /** Process id where the source tells it. */
  pid?: number;
  /** Program the process ran, where the source tells it. */
  program?: string;
  areas: ImageVma[];
}
