/** How many traces have an interleaving of at most 0, 1, 2, 3 preemptions, and how many there are: brute-forced numbers. */
import * as P from "./programs.ts";

export const WITHIN_PREEMPTIONS = [
  [P.counterRacy(3), [6, 24, 36, 36], 36],
  [P.lastzero(3), [12, 12, 12, 12], 12],
  [P.philosophers(3), [6, 7, 7, 7], 7],
  [P.abba(), [2, 3, 3, 3], 3],
  [P.dekker(), [2, 3, 3, 3], 3],
  [P.peterson(), [2, 6, 8, 8], 8],
  [P.trylock(3), [6, 21, 21, 21], 21],
  [P.awaitWindow(), [2, 4, 4, 4], 4],
  [P.popl(), [5, 5, 5, 5], 5],
] as const;
