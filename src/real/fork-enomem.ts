/**
 * fork() refused without privileges, without load and without touching memory: two adjacent private writable areas, each
 * smaller and together larger than RAM and swap, merge into one; fork charges area by area, and under overcommit mode 0
 * a single charge above all memory is refused. Splitting the area with one mprotect cures it.
 *
 *     mmap  |-- 0.6 RAM --|                     ok, charged alone
 *     mmap  |-- 0.6 RAM --|-- 0.6 RAM --|       ok, charged alone, merges: one area of 1.2 RAM
 *     fork                                      ENOMEM at this area
 *     mprotect one page, fork                   ok: three areas, none above RAM
 *
 * Kernel counterpart: __vm_enough_memory() in mm/util.c, dup_mmap() in mm/mmap.c (6.18).
 */
import { ARENA } from "./generate.ts";
import type { Machine } from "./machine.ts";
import type { Program, Step } from "./program.ts";

const PAGE = 4096;
const READ_WRITE = 3;
const READ = 1;
const PRIVATE_FIXED = 0x32;

/** The program for a machine's memory. Its answers under overcommit 0 are: address, address, -ENOMEM, 0, 0. */
export function forkEnomemProgram(machine: Pick<Machine, "ramBytes" | "swapBytes">): Program {
  const bytes = Math.ceil(((machine.ramBytes + machine.swapBytes) * 0.6) / PAGE) * PAGE;
  const step = (call: Step["call"], ...args: number[]): Step => ({ process: 0, call, args });
  return {
    seq: 0,
    steps: [
      step("mmap", ARENA, bytes, READ_WRITE, PRIVATE_FIXED, -1, 0),
      step("mmap", ARENA + bytes, bytes, READ_WRITE, PRIVATE_FIXED, -1, 0),
      step("fork"),
      step("mprotect", ARENA + bytes, PAGE, READ),
      step("fork"),
    ],
  };
}
