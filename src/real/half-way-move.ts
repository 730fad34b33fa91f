/**
 * mremap() of several areas stops half-way, without privileges: since 6.17 one call with MREMAP_FIXED moves all areas of a range, one
 * after the other. It looks at the number of areas once, before the first; each step may add some. Near vm.max_map_count
 * the call returns ENOMEM with some areas moved, others not, and the place of the failing one unmapped.
 *
 *     source       |a|  |b|  |c|  |d|  |e|  |f|        six areas of one page, holes between them
 *     destination  |---------- one area -----------|   each step punches a hole into it: one area more
 *     mremap at max_map_count - 7                      ENOMEM: a to d have moved, e and f have not, where e was to go is nothing
 *     munmap two pages, mremap of the rest             0: nothing was lost, but the caller has to find out
 *
 * Kernel counterpart: remap_move(), check_mremap_params() in mm/mremap.c (6.18).
 */
import { ARENA, type Ground, SPLIT_AREA } from "./generate.ts";
import type { Program, Step } from "./program.ts";

const PAGE = 4096;
const PIECES = 6;
const SPAN = 2 * PIECES - 1;
const TO = ARENA + 32 * PAGE;
const PRIVATE_FIXED = 0x32;
const MAYMOVE_FIXED = 3;
/** Areas below vm.max_map_count when the call is made. */
const DISTANCE = 7;

/** The program for a machine's limit. */
export function halfWayMoveProgram(ground: Pick<Ground, "maxMapCount" | "areas">): Program {
  const step = (call: Step["call"], ...args: number[]): Step => ({ process: 0, call, args });
  const map = (at: number, pages: number, prot: number): Step =>
    step("mmap", at, pages * PAGE, prot, PRIVATE_FIXED, -1, 0);
  const pieces = Array.from({ length: PIECES }, (_, i) => map(ARENA + 2 * i * PAGE, 1, 3));
  // A split makes an odd number of areas.
  const rest = ground.maxMapCount - DISTANCE - ground.areas - PIECES - 1;
  const odd = rest % 2 === 1 ? [] : [map(TO + 64 * PAGE, 1, 1)];
  const move = (from: number, pages: number): Step =>
    step("mremap", ARENA + from * PAGE, pages * PAGE, pages * PAGE, MAYMOVE_FIXED, TO + from * PAGE);
  return {
    seq: 0,
    steps: [
      ...pieces,
      map(TO, SPAN, 1),
      ...odd,
      step("split", SPLIT_AREA, (rest - odd.length - 1) / 2),
      move(0, SPAN),
      step("munmap", SPLIT_AREA, 8 * PAGE),
      move(8, 3),
    ],
  };
}
