/** Benchmark programs with known numbers of traces; see `counts.test.ts`. Each shared access is one step. */
import type { Program } from "../../src/check/index.ts";
import type { Atomic, Lock, Machine } from "../../src/sched/index.ts";
import { equals, program, type Run } from "./world.ts";

type P = Program<() => Run[]>;
const times = <T>(n: number, f: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => f(i));

/** One writer, n readers. */
export const readers = (n: number): P =>
  program(`readers(${n})`, (w, k) => {
    const x = w.cell("x");
    return () => [
      function* () {
        if (k.write(x)) yield;
        x.value = 1;
      },
      ...times(
        n,
        () =>
          function* () {
            if (k.read(x)) yield;
          },
      ),
    ];
  });

/** A reader looks for the last zero of an array, writers each extend what is left of them. */
export const lastzero = (n: number): P =>
  program(`lastzero(${n})`, (w, k) => {
    const a = w.cells("a", n + 1);
    return () => [
      function* () {
        for (let i = n; ; i--) {
          if (k.read(a[i])) yield;
          if (k.result === 0) return;
        }
      },
      ...times(
        n,
        (j) =>
          function* () {
            if (k.read(a[j])) yield;
            const v = k.result;
            if (k.write(a[j + 1])) yield;
            a[j + 1].value = v + 1;
          },
      ),
    ];
  });

export const filesystem = (n: number): P =>
  program(`filesystem(${n})`, (w, k) => {
    const inode = w.cells("inode", 32);
    const busy = w.cells("busy", 26);
    const lockInode = w.mutexes("lockInode", 32);
    const lockBlock = w.mutexes("lockBlock", 26);
    return () =>
      times(
        n,
        (t) =>
          function* () {
            const i = t % 32;
            if (k.lock(lockInode[i])) yield;
            if (k.read(inode[i])) yield;
            if (k.result === 0) {
              let b = (2 * i) % 26;
              for (;;) {
                if (k.lock(lockBlock[b])) yield;
                if (k.read(busy[b])) yield;
                if (k.result === 0) {
                  if (k.write(busy[b])) yield;
                  busy[b].value = 1;
                  if (k.write(inode[i])) yield;
                  inode[i].value = b + 1;
                  if (k.unlock(lockBlock[b])) yield;
                  break;
                }
                if (k.unlock(lockBlock[b])) yield;
                b = (b + 1) % 26;
              }
            }
            if (k.unlock(lockInode[i])) yield;
          },
      );
  });

export const indexer = (n: number): P =>
  program(`indexer(${n})`, (w, k) => {
    const table = w.cells("table", 128);
    return () =>
      times(
        n,
        (t) =>
          function* () {
            for (let m = 1; m <= 4; m++) {
              const word = 11 * m + t;
              let h = (7 * word) % 128;
              for (;;) {
                if (k.cas(table[h], 0)) yield;
                if (k.result === 1) {
                  table[h].value = word;
                  break;
                }
                h = (h + 1) % 128;
              }
            }
          },
      );
  });

export const counterRmw = (n: number): P =>
  program(`counterRmw(${n})`, (w, k) => {
    const x = w.cell("x");
    return () => times(n, () => fetchAndAdd(k, x));
  });

function fetchAndAdd(k: Machine, x: Atomic): Run {
  return function* () {
    if (k.rmw(x)) yield;
    x.value += 1;
  };
}

export const counterRacy = (n: number): P =>
  program(`counterRacy(${n})`, (w, k) => {
    const x = w.cell("x");
    return () =>
      times(
        n,
        () =>
          function* () {
            if (k.read(x)) yield;
            const v = k.result;
            if (k.write(x)) yield;
            x.value = v + 1;
          },
      );
  });

export const counterLocked = (n: number): P =>
  program(`counterLocked(${n})`, (w, k) => {
    const x = w.cell("x");
    const m = w.mutex("m");
    return () =>
      times(
        n,
        () =>
          function* () {
            if (k.lock(m)) yield;
            if (k.read(x)) yield;
            const v = k.result;
            if (k.write(x)) yield;
            x.value = v + 1;
            if (k.unlock(m)) yield;
          },
      );
  });

export const twoCounters = (n: number): P =>
  program(`twoCounters(${n})`, (w, k) => {
    const x = w.cell("x");
    const y = w.cell("y");
    return () =>
      times(
        n,
        () =>
          function* () {
            if (k.rmw(x)) yield;
            x.value += 1;
            if (k.rmw(y)) yield;
            y.value += 1;
          },
      );
  });

export const casrot = (n: number): P =>
  program(`casrot(${n})`, (w, k) => {
    const x = w.cell("x");
    return () =>
      times(
        n,
        (i) =>
          function* () {
            if (k.cas(x, i)) yield;
            if (k.result === 1) x.value = i + 1;
          },
      );
  });

export const popl = (): P =>
  program("popl", (w, k) => {
    const [x, y, z] = [w.cell("x"), w.cell("y"), w.cell("z")];
    return () => [
      function* () {
        if (k.write(x)) yield;
        x.value = 1;
      },
      function* () {
        if (k.write(y)) yield;
        y.value = 1;
      },
      function* () {
        if (k.read(y)) yield;
        if (k.result !== 0) return;
        if (k.write(z)) yield;
        z.value = 1;
      },
      function* () {
        if (k.read(z)) yield;
        const seen = k.result;
        if (seen !== 1) return;
        if (k.read(y)) yield;
        const other = k.result;
        if (other !== 0) return;
        if (k.write(x)) yield;
        x.value = 2;
      },
    ];
  });

export const dekker = (): P =>
  program("dekker", (w, k) => {
    const flag = w.cells("flag", 2);
    const c = w.cell("c");
    return () =>
      times(
        2,
        (i) =>
          function* () {
            if (k.write(flag[i])) yield;
            flag[i].value = 1;
            if (k.read(flag[1 - i])) yield;
            if (k.result !== 0) return;
            if (k.write(c)) yield;
            c.value = i;
            if (k.read(c)) yield;
          },
      );
  });

export const peterson = (): P =>
  program("peterson", (w, k) => {
    const flag = w.cells("flag", 2);
    const turn = w.cell("turn");
    const c = w.cell("c");
    return () =>
      times(
        2,
        (i) =>
          function* () {
            if (k.write(flag[i])) yield;
            flag[i].value = 1;
            if (k.write(turn)) yield;
            turn.value = 1 - i;
            if (k.read(flag[1 - i])) yield;
            if (k.result === 1) {
              if (k.await(equals(i), [turn])) yield;
            }
            if (k.write(c)) yield;
            c.value = i;
            if (k.read(c)) yield;
            if (k.write(flag[i])) yield;
            flag[i].value = 0;
          },
      );
  });

export const ticket = (n: number): P =>
  program(`ticket(${n})`, (w, k) => {
    const [next, owner, x] = [w.cell("next"), w.cell("owner"), w.cell("x")];
    return () =>
      times(
        n,
        () =>
          function* () {
            if (k.rmw(next)) yield;
            const mine = next.value;
            next.value = mine + 1;
            if (k.await(equals(mine), [owner])) yield;
            if (k.read(x)) yield;
            const v = k.result;
            if (k.write(x)) yield;
            x.value = v + 1;
            if (k.write(owner)) yield;
            owner.value = mine + 1;
          },
      );
  });

const twoForks = (k: Machine, first: Lock, second: Lock): Run =>
  function* () {
    if (k.lock(first)) yield;
    if (k.lock(second)) yield;
    if (k.unlock(second)) yield;
    if (k.unlock(first)) yield;
  };

export const philosophers = (n: number): P =>
  program(`philosophers(${n})`, (w, k) => {
    const forks = w.mutexes("utensil", n);
    return () => times(n, (i) => twoForks(k, forks[i], forks[(i + 1) % n]));
  });

export const philosophersOrdered = (n: number): P =>
  program(`philosophers-ordered(${n})`, (w, k) => {
    const forks = w.mutexes("utensil", n);
    return () =>
      times(n, (i) => twoForks(k, forks[Math.min(i, (i + 1) % n)], forks[Math.max(i, (i + 1) % n)]));
  });

export const abba = (): P =>
  program("abba", (w, k) => {
    const [a, b] = [w.mutex("a"), w.mutex("b")];
    return () => [twoForks(k, a, b), twoForks(k, b, a)];
  });

export const holdAndWait = (): P =>
  program("holdAndWait", (w, k) => {
    const m = w.mutex("m");
    const flag = w.cell("flag");
    return () => [
      function* () {
        if (k.lock(m)) yield;
        if (k.await(equals(1), [flag])) yield;
        if (k.unlock(m)) yield;
      },
      function* () {
        if (k.lock(m)) yield;
        if (k.write(flag)) yield;
        flag.value = 1;
        if (k.unlock(m)) yield;
      },
    ];
  });

export const rwsemCount = (readerCount: number, writerCount: number): P =>
  program(`rwsem(${readerCount},${writerCount})`, (w, k) => {
    const s = w.rwsem("s");
    const x = w.cell("x");
    return () => [
      ...times(
        readerCount,
        () =>
          function* () {
            if (k.readLock(s)) yield;
            if (k.read(x)) yield;
            if (k.readUnlock(s)) yield;
          },
      ),
      ...times(
        writerCount,
        () =>
          function* () {
            if (k.writeLock(s)) yield;
            if (k.read(x)) yield;
            const v = k.result;
            if (k.write(x)) yield;
            x.value = v + 1;
            if (k.writeUnlock(s)) yield;
          },
      ),
    ];
  });

export const trylock = (n: number): P =>
  program(`trylock(${n})`, (w, k) => {
    const m = w.mutex("m");
    const x = w.cell("x");
    return () =>
      times(
        n,
        () =>
          function* () {
            if (k.tryLock(m)) yield;
            if (k.result === 1) {
              if (k.rmw(x)) yield;
              x.value += 1;
              if (k.unlock(m)) yield;
            }
          },
      );
  });

export const allocFail = (n: number): P =>
  program(`allocFail(${n})`, (w, k) => {
    const x = w.cell("x");
    return () =>
      times(
        n,
        () =>
          function* () {
            if (k.fails("alloc")) {
              if (k.read(x)) yield;
            } else {
              if (k.rmw(x)) yield;
              x.value += 1;
            }
          },
      );
  });

export const awaitWindow = (): P =>
  program("awaitWindow", (w, k) => {
    const [x, y] = [w.cell("x"), w.cell("y")];
    return () => [
      function* () {
        if (k.write(x)) yield;
        x.value = 1;
        if (k.write(x)) yield;
        x.value = 0;
        if (k.write(x)) yield;
        x.value = 1;
      },
      function* () {
        if (k.await(equals(1), [x])) yield;
        if (k.read(y)) yield;
      },
      function* () {
        if (k.write(y)) yield;
        y.value = 1;
      },
    ];
  });

/** T tasks with S steps each, of which K write the same word and the others are private: (T*K)! / (K!)^T traces. */
export const private60 = (tasks: number, steps: number, shared: number): P =>
  program(`private(${tasks} x ${steps}, ${shared} shared)`, (w, k) => {
    const x = w.cell("x");
    const own = w.cells("own", tasks);
    return () =>
      times(
        tasks,
        (t) =>
          function* () {
            const every = steps / shared;
            for (let i = 1; i <= steps; i++) {
              if (i % every === 0) {
                if (k.write(x)) yield;
                x.value = t + 1;
              } else {
                if (k.write(own[t])) yield;
                own[t].value = i;
              }
            }
          },
      );
  });

/** n readers and a writer take a lock and keep it: the writer comes first, or waits for ever behind all of them together. */
export const keptForEver = (n: number): P =>
  program(`keptForEver(${n})`, (w, k) => {
    const s = w.rwsem("s");
    return () => [
      ...times(
        n,
        () =>
          function* () {
            if (k.readLock(s)) yield;
          },
      ),
      function* () {
        if (k.writeLock(s)) yield;
      },
    ];
  });
