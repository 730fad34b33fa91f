/** An optimal search makes exactly one execution per trace: known numbers of traces, all sizes that take no time. */
import { expect, test } from "vitest";
import { OptimalSearch } from "../../src/check/index.ts";
import * as P from "./programs.ts";
import { prepared } from "./world.ts";

type Row = readonly [
  program: ReturnType<typeof P.readers>,
  traces: number,
  blocked?: number,
  faults?: number,
];

const TABLE: readonly Row[] = [
  [P.readers(2), 4],
  [P.readers(3), 8],
  [P.readers(5), 32],
  [P.readers(8), 256],
  [P.readers(13), 8192],
  [P.lastzero(2), 5],
  [P.lastzero(3), 12],
  [P.lastzero(4), 28],
  [P.lastzero(5), 64],
  [P.lastzero(7), 320],
  [P.lastzero(10), 3328],
  [P.filesystem(14), 2],
  [P.filesystem(16), 8],
  [P.filesystem(18), 32],
  [P.filesystem(19), 64],
  [P.filesystem(20), 128],
  [P.indexer(12), 8],
  [P.indexer(13), 64],
  [P.indexer(14), 512],
  [P.indexer(15), 4096],
  [P.counterRmw(2), 2],
  [P.counterRmw(3), 6],
  [P.counterRmw(4), 24],
  [P.counterRmw(5), 120],
  [P.counterRmw(6), 720],
  [P.counterRacy(2), 4],
  [P.counterRacy(3), 36],
  [P.counterRacy(4), 576],
  [P.counterLocked(3), 6],
  [P.counterLocked(4), 24],
  [P.twoCounters(2), 4],
  [P.twoCounters(3), 36],
  [P.twoCounters(4), 576],
  [P.casrot(2), 2],
  [P.casrot(3), 5],
  [P.casrot(4), 14],
  [P.casrot(5), 43],
  [P.casrot(6), 144],
  [P.casrot(7), 523],
  [P.casrot(8), 2048],
  [P.popl(), 5],
  [P.dekker(), 3],
  [P.peterson(), 8, 4],
  [P.ticket(2), 2],
  [P.ticket(3), 6],
  [P.ticket(4), 24],
  [P.philosophers(2), 3, 1],
  [P.philosophers(3), 7, 1],
  [P.philosophers(4), 15, 1],
  [P.philosophers(5), 31, 1],
  [P.philosophersOrdered(2), 2],
  [P.philosophersOrdered(3), 6],
  [P.philosophersOrdered(4), 14],
  [P.philosophersOrdered(5), 30],
  [P.abba(), 3, 1],
  [P.holdAndWait(), 2, 1],
  [P.rwsemCount(2, 1), 4],
  [P.rwsemCount(3, 1), 8],
  [P.rwsemCount(4, 1), 16],
  [P.rwsemCount(2, 2), 18],
  [P.rwsemCount(3, 2), 54],
  [P.rwsemCount(1, 3), 24],
  [P.trylock(2), 4],
  [P.trylock(3), 21],
  [P.trylock(4), 148],
  [P.allocFail(2), 7],
  [P.allocFail(3), 37],
  [P.allocFail(4), 261],
  [P.allocFail(5), 2301],
  [P.allocFail(3), 6, 0, 0],
  [P.allocFail(4), 24, 0, 0],
  [P.allocFail(2), 6, 0, 1],
  [P.allocFail(3), 24, 0, 1],
  [P.allocFail(4), 120, 0, 1],
  [P.allocFail(2), 7, 0, 2],
  [P.allocFail(3), 36, 0, 2],
  [P.allocFail(4), 228, 0, 2],
  [P.awaitWindow(), 4],
  [P.keptForEver(2), 2, 2],
  [P.keptForEver(4), 2, 2],
  [P.private60(3, 60, 2), 90],
  [P.private60(3, 60, 3), 1680],
];

test.each(
  TABLE.map((row) => ({ row, title: `${row[0].name}${row[3] === undefined ? "" : `, ${row[3]} faults`}` })),
)(
  "$title: one execution per trace, none redundant",
  ({ row: [program, traces, blocked = 0, faults = 99] }) => {
    const { k, specs } = prepared(program);
    const search = new OptimalSearch(k, specs, { faults });
    const seen = { traces: 0, blocked: 0, redundant: 0 };
    const keys = new Set<string>();
    while (search.next()) {
      if (search.redundant) seen.redundant++;
      else seen.traces++;
      if (search.end === "blocked") seen.blocked++;
      keys.add(search.order.keyAt(k.log.length).join());
    }
    expect(seen).toEqual({ traces, blocked, redundant: 0 });
    expect(keys.size).toBe(traces);
  },
);
