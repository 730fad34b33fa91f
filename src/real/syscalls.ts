/**
 * Numbers and names of the memory calls on x86-64, and of their flags: what records need and what listings print.
 *
 * Kernel counterpart: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/mman-common.h, Linux 6.18.
 */

/** System call numbers. */
// biome-ignore format: one table
export const NR = {
  read: 0, write: 1, open: 2, close: 3, mmap: 9, mprotect: 10, munmap: 11, brk: 12, pread64: 17, pwrite64: 18,
  mremap: 25, msync: 26, mincore: 27, madvise: 28, clone: 56, exit: 60, ftruncate: 77, getrlimit: 97, mlock: 149,
  munlock: 150, mlockall: 151, munlockall: 152, prctl: 157, remap_file_pages: 216, fallocate: 285, prlimit64: 302,
  memfd_create: 319, mlock2: 325, userfaultfd: 323, pidfd_open: 434, process_madvise: 440, getpid: 39,
  capset: 126, setresuid: 117, dup2: 33, ioctl: 16, mseal: 462, execve: 59, wait4: 61, exit_group: 231, mbind: 237,
  close_range: 436,
} as const;

/** A bit or value and its name. */
export type Names = readonly (readonly [value: number, name: string])[];

export const PROT_NAMES: Names = [
  [1, "PROT_READ"],
  [2, "PROT_WRITE"],
  [4, "PROT_EXEC"],
  [0x100_0000, "PROT_GROWSDOWN"],
  [0x200_0000, "PROT_GROWSUP"],
];

export const MAP_NAMES: Names = [
  [0x08, "MAP_DROPPABLE"],
  [0x01, "MAP_SHARED"],
  [0x02, "MAP_PRIVATE"],
  [0x10, "MAP_FIXED"],
  [0x20, "MAP_ANONYMOUS"],
  [0x40, "MAP_32BIT"],
  [0x100, "MAP_GROWSDOWN"],
  [0x2000, "MAP_LOCKED"],
  [0x4000, "MAP_NORESERVE"],
  [0x8000, "MAP_POPULATE"],
  [0x1_0000, "MAP_NONBLOCK"],
  [0x2_0000, "MAP_STACK"],
  [0x4_0000, "MAP_HUGETLB"],
  [0x10_0000, "MAP_FIXED_NOREPLACE"],
];

export const MREMAP_NAMES: Names = [
  [1, "MREMAP_MAYMOVE"],
  [2, "MREMAP_FIXED"],
  [4, "MREMAP_DONTUNMAP"],
];

export const MADVISE_NAMES: Names = [
  [0, "MADV_NORMAL"],
  [1, "MADV_RANDOM"],
  [2, "MADV_SEQUENTIAL"],
  [3, "MADV_WILLNEED"],
  [4, "MADV_DONTNEED"],
  [8, "MADV_FREE"],
  [9, "MADV_REMOVE"],
  [10, "MADV_DONTFORK"],
  [11, "MADV_DOFORK"],
  [12, "MADV_MERGEABLE"],
  [13, "MADV_UNMERGEABLE"],
  [14, "MADV_HUGEPAGE"],
  [15, "MADV_NOHUGEPAGE"],
  [16, "MADV_DONTDUMP"],
  [17, "MADV_DODUMP"],
  [18, "MADV_WIPEONFORK"],
  [19, "MADV_KEEPONFORK"],
  [20, "MADV_COLD"],
  [21, "MADV_PAGEOUT"],
  [22, "MADV_POPULATE_READ"],
  [23, "MADV_POPULATE_WRITE"],
  [24, "MADV_DONTNEED_LOCKED"],
  [25, "MADV_COLLAPSE"],
  [102, "MADV_GUARD_INSTALL"],
  [103, "MADV_GUARD_REMOVE"],
];

export const MSYNC_NAMES: Names = [
  [1, "MS_ASYNC"],
  [2, "MS_INVALIDATE"],
  [4, "MS_SYNC"],
];

export const MLOCKALL_NAMES: Names = [
  [1, "MCL_CURRENT"],
  [2, "MCL_FUTURE"],
  [4, "MCL_ONFAULT"],
];

export const MPOL_NAMES: Names = [
  [0, "MPOL_DEFAULT"],
  [1, "MPOL_PREFERRED"],
  [2, "MPOL_BIND"],
  [3, "MPOL_INTERLEAVE"],
  [4, "MPOL_LOCAL"],
  [5, "MPOL_PREFERRED_MANY"],
  [6, "MPOL_WEIGHTED_INTERLEAVE"],
  [0x8002, "MPOL_BIND|MPOL_F_STATIC_NODES"],
];

export const UFFD_NAMES: Names = [
  [1, "UFFDIO_REGISTER_MODE_MISSING"],
  [2, "UFFDIO_REGISTER_MODE_WP"],
  [4, "UFFDIO_REGISTER_MODE_MINOR"],
];

export const RLIMIT_NAMES: Names = [
  [2, "RLIMIT_DATA"],
  [3, "RLIMIT_STACK"],
  [8, "RLIMIT_MEMLOCK"],
  [9, "RLIMIT_AS"],
];

const ERRNO: Readonly<Record<number, string>> = {
  1: "EPERM", 4: "EINTR", 5: "EIO", 9: "EBADF", 10: "ECHILD", 11: "EAGAIN", 12: "ENOMEM", 13: "EACCES", 14: "EFAULT", 16: "EBUSY",
  17: "EEXIST", 19: "ENODEV", 22: "EINVAL", 25: "ENOTTY", 26: "ETXTBSY", 28: "ENOSPC", 38: "ENOSYS", 75: "EOVERFLOW",
  95: "EOPNOTSUPP",
}; // biome-ignore format: one table

/** Names by number, 64 entries of the usual signals that a process can die of. */
const SIGNALS: Readonly<Record<number, string>> = {
  6: "SIGABRT", 7: "SIGBUS", 9: "SIGKILL", 11: "SIGSEGV", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 31: "SIGSYS",
}; // biome-ignore format: one table

/** `-ENOMEM` for -12, `0x7f...` for an address, `0` for 0. */
export function resultName(result: number): string {
  if (result < 0) return `-${ERRNO[-result] ?? -result}`;
  return result < 4096 ? String(result) : `0x${result.toString(16)}`;
}

/** What a wait status says: "killed by SIGALRM", "exit code 3". */
export function statusName(status: number): string {
  const signal = status & 0x7f;
  if (signal === 0) return `exit code ${(status >> 8) & 0xff}`;
  return `killed by ${SIGNALS[signal] ?? `signal ${signal}`}`;
}

/** `PROT_READ|PROT_WRITE`; bits without a name in hex; the name of no bit at all is `none`. */
export function bitNames(bits: bigint, names: Names, none: string): string {
  let rest = bits;
  const found: string[] = [];
  for (const [bit, name] of names) {
    if ((rest & BigInt(bit)) === 0n) continue;
    rest &= ~BigInt(bit);
    found.push(name);
  }
  if (rest !== 0n) found.push(`0x${rest.toString(16)}`);
  return found.length === 0 ? none : found.join("|");
}

/** The name of one value, or the number. */
export function valueName(value: bigint, names: Names): string {
  return names.find(([known]) => BigInt(known) === value)?.[1] ?? `0x${value.toString(16)}`;
}
