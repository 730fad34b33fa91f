/**
 * A file becomes shorter or longer: what lies behind its new end is unmapped from everybody, private copies too, and gone
 * from the page cache; touching it raises SIGBUS.
 *
 * Kernel counterpart: truncate_setsize, truncate_pagecache in mm/truncate.c (6.18), as ftruncate() reaches them.
 */
import type { Path } from "../../sched/index.ts";
import { type Mapping, truncateInodePages } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { unmapMappingPages } from "./rmap.ts";

const PAGE = 4096;

/** Gives a file that many bytes. */
export function* truncateFile(k: Kernel, mapping: Mapping, bytes: number): Path {
  const size = Math.ceil(bytes / PAGE);
  if (k.read(mapping.size, "i_size_write")) yield;
  const shorter = size <= mapping.size.value;
  if (k.write(mapping.size, "i_size_write")) yield;
  mapping.size.value = size;
  if (!shorter) return;
  yield* unmapMappingPages(k, mapping, size, Number.MAX_SAFE_INTEGER, true);
  yield* truncateInodePages(k, mapping, size, Number.MAX_SAFE_INTEGER);
  // A fault may have mapped one of these pages between the two.
  yield* unmapMappingPages(k, mapping, size, Number.MAX_SAFE_INTEGER, true);
  k.store?.erase(mapping, bytes, Number.MAX_SAFE_INTEGER);
  const rest = bytes % PAGE;
  if (rest === 0) return;
  if (k.loadAcquire(mapping.pages, "truncate_inode_partial_folio")) yield;
  const last = mapping.pages.get(size - 1);
  if (last !== 0) k.store?.clear(last - 1, rest);
}
