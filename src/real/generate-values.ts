/**
 * The tables that random programs are made from: how often each call, which advice, which lengths at the edges.
 */
import type { Word } from "./batch.ts";
import type { CallName } from "./program.ts";

/** A huge page. */
export const HUGE = 0x20_0000;

/** Weights of the calls. */
export const MIX: readonly (readonly [CallName, number])[] = [
  ["mmap", 190],
  ["munmap", 70],
  ["mprotect", 105],
  ["mremap", 115],
  ["madvise", 90],
  ["write", 95],
  ["read", 60],
  ["brk", 40],
  ["mlock", 22],
  ["mlock2", 20],
  ["munlock", 20],
  ["mlockall", 19],
  ["munlockall", 18],
  ["mseal", 20],
  ["msync", 22],
  ["mincore", 24],
  ["remap_file_pages", 38],
  ["process_madvise", 23],
  ["fork", 28],
  ["share", 18],
  ["vfork", 18],
  ["exit", 30],
  ["exit_group", 26],
  ["wait", 24],
  ["exec", 14],
  ["mbind", 22],
  ["userfaultfd", 12],
  ["uffd_register", 66],
  ["uffd_unregister", 58],
  ["setrlimit", 22],
  ["truncate", 20],
  ["dropcaps", 36],
];

/** Advice of madvise(), the ones with many rules more than once. Neither poison nor collapse. */
export const ADVICE: readonly number[] = [
  0, 1, 2, 3, 4, 4, 8, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 18, 19, 20, 21, 22, 23, 24, 102, 103,
];
/** Lengths and addresses where sums run over. */
export const EDGES: readonly bigint[] = [
  (1n << 64n) - 1n,
  (1n << 64n) - 4096n,
  (1n << 64n) - 8192n,
  1n << 63n,
  1n << 47n,
  (1n << 47n) - 4096n,
  (1n << 47n) - 8192n,
];
/** Lengths that reach over much that is not mapped. None of them may make a mapping: locking it would take all memory. */
export const FAR: readonly Word[] = [...EDGES, (1n << 46n) + 4096n, 2 ** 36];
