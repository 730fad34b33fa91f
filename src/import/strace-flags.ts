/**
 * The names that strace prints for the constants of memory and process calls, on x86-64.
 *
 * Kernel counterpart: include/uapi/linux/mman.h, asm-generic/mman-common.h, linux/sched.h, asm-generic/resource.h (6.18).
 */
import * as mm from "../mm/index.ts";

/** All constants of mman.h that the model has, by their names. */
const MODEL: Readonly<Record<string, unknown>> = mm;
const PREFIXES = /^(PROT|MAP|MREMAP|MLOCK|MCL|MS|MADV)_/;

const OTHERS: Readonly<Record<string, number>> = {
  MAP_FILE: 0,
  MAP_ANON: 0x20,
  MAP_HUGE_SHIFT: 26,
  MAP_HUGE_2MB: 21 << 26,
  MAP_HUGE_1GB: 30 << 26,
  MADV_HWPOISON: 100,
  MADV_SOFT_OFFLINE: 101,
  CSIGNAL: 0xff,
  CLONE_VM: 0x100,
  CLONE_FS: 0x200,
  CLONE_FILES: 0x400,
  CLONE_SIGHAND: 0x800,
  CLONE_PIDFD: 0x1000,
  CLONE_PTRACE: 0x2000,
  CLONE_VFORK: 0x4000,
  CLONE_PARENT: 0x8000,
  CLONE_THREAD: 0x10000,
  CLONE_NEWNS: 0x20000,
  CLONE_SYSVSEM: 0x40000,
  CLONE_SETTLS: 0x80000,
  CLONE_PARENT_SETTID: 0x100000,
  CLONE_CHILD_CLEARTID: 0x200000,
  CLONE_DETACHED: 0x400000,
  CLONE_UNTRACED: 0x800000,
  CLONE_CHILD_SETTID: 0x1000000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_IO: 0x80000000,
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  SIGCHLD: 17,
};

/** CLONE_VM: parent and child share one address space. */
export const CLONE_VM = 0x100;
/** CLONE_FILES: they share the table of descriptors. */
export const CLONE_FILES = 0x400;
/** CLONE_THREAD: the child is a thread of the parent's process. */
export const CLONE_THREAD = 0x10000;

/** The number behind a name; undefined for a name that is not known. Signals other than SIGCHLD count as 0. */
export function flagValue(name: string): number | undefined {
  const other = OTHERS[name];
  if (other !== undefined) return other;
  if (PREFIXES.test(name) && Object.hasOwn(MODEL, name)) return MODEL[name] as number;
  return /^SIG[A-Z0-9]+$/.test(name) ? 0 : undefined;
}

const ADVICE: readonly (readonly [name: string, value: number])[] = Object.entries(MODEL)
  .filter(([name]) => name.startsWith("MADV_"))
  .map(([name, value]) => [name, value as number]);

/** `MADV_DONTNEED` for 4; the number itself for what is not known. */
export function adviceName(advice: number): string {
  return ADVICE.find(([, value]) => value === advice)?.[0] ?? String(advice);
}

/** `rw-` for PROT_READ|PROT_WRITE. */
export function protectionLetters(prot: number): string {
  return `${(prot & 1) !== 0 ? "r" : "-"}${(prot & 2) !== 0 ? "w" : "-"}${(prot & 4) !== 0 ? "x" : "-"}`;
}
