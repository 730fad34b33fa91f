/** The benchmark programs with the number of their traces: what the counts, the benches and the estimate are held against. */
import type { Program } from "../../src/check/index.ts";
import * as P from "./programs.ts";
import type { Run } from "./world.ts";

/** A program, its traces, those that end blocked, and the fault budget (none when left out). */
export type CountedProgram = readonly [
  program: Program<() => Run[]>,
  traces: number,
  blocked?: number,
  faults?: number,
];

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

export const COUNTED: readonly CountedProgram[] = [
  ...[2, 3, 5, 8, 13].map((n): CountedProgram => [P.readers(n), 2 ** n]),
  ...[2, 3, 4, 5, 7, 10, 12, 13, 15].map((n): CountedProgram => [P.lastzero(n), (n + 3) * 2 ** (n - 2)]),
  ...[14, 16, 18, 19, 20].map((n): CountedProgram => [P.filesystem(n), 2 ** (n - 13)]),
  ...[12, 13, 14, 15].map((n): CountedProgram => [P.indexer(n), 8 ** (n - 11)]),
  ...[2, 3, 4, 5, 6].map((n): CountedProgram => [P.counterRmw(n), factorial(n)]),
  ...[2, 3, 4].map((n): CountedProgram => [P.counterRacy(n), factorial(n) ** 2]),
  ...[2, 3, 4, 5].map((n): CountedProgram => [P.counterLocked(n), factorial(n)]),
  ...[2, 3, 4].map((n): CountedProgram => [P.twoCounters(n), factorial(n) ** 2]),
  ...[2, 5, 14, 43, 144, 523, 2048, 8597].map((traces, i): CountedProgram => [P.casrot(i + 2), traces]),
  [P.popl(), 5],
  [P.dekker(), 3],
  [P.peterson(), 8, 4],
  ...[2, 3, 4, 5].map((n): CountedProgram => [P.ticket(n), factorial(n)]),
  ...[2, 3, 4, 5].map((n): CountedProgram => [P.philosophers(n), 2 ** n - 1, 1]),
  ...[2, 3, 4, 5].map((n): CountedProgram => [P.philosophersOrdered(n), 2 ** n - 2]),
  [P.abba(), 3, 1],
  [P.holdAndWait(), 2, 1],
  ...(
    [
      [2, 1],
      [3, 1],
      [4, 1],
      [2, 2],
      [3, 2],
      [1, 3],
    ] as const
  ).map(([r, w]): CountedProgram => [P.rwsemCount(r, w), factorial(w) * (w + 1) ** r]),
  [P.trylock(2), 4],
  [P.trylock(3), 21],
  [P.trylock(4), 148],
  ...[7, 37, 261, 2301].map((traces, i): CountedProgram => [P.allocFail(i + 2), traces]),
  ...[2, 3, 4].map((n): CountedProgram => [P.allocFail(n), factorial(n), 0, 0]),
  ...[6, 24, 120].map((traces, i): CountedProgram => [P.allocFail(i + 2), traces, 0, 1]),
  ...[7, 36, 228].map((traces, i): CountedProgram => [P.allocFail(i + 2), traces, 0, 2]),
  [P.awaitWindow(), 4],
  [P.private60(3, 60, 2), 90],
  [P.private60(3, 60, 3), 1680],
  [P.private60(3, 60, 4), 34650],
  [P.private60(3, 60, 5), 756756],
];
