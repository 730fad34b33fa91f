/** The executor: batches, several processes, deaths, time limits, nothing left behind. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type CallRecord,
  Executor,
  ExecutorGone,
  MapsText,
  NR,
  START_BRK,
  type Step,
  startExecutor,
  Unavailable,
} from "../../src/real/index.ts";
import { Lowering } from "../../src/real/lower.ts";
import { skip } from "./world.ts";

const probe = await startExecutor();
const reason = probe instanceof Unavailable ? probe.reason : undefined;
if (probe instanceof Executor) await probe.close();
if (reason !== undefined) skip(reason);

const PAGE = 4096;
const X = 0x6000_0000_0000;

function map(at: number, process = 0): CallRecord {
  return { number: NR.mmap, args: [at, PAGE, 3, 0x32, -1, 0], process, maps: "all" };
}

function fork(child: number, process = 0): CallRecord {
  return { number: NR.clone, args: [0x8000 | 17], process, forks: child };
}

/** pause(): waits for a signal. */
const blocks: CallRecord = { number: 34, args: [], process: 0 };

/** Unmaps the executor's own code: the next instruction faults. */
function dies(process: number): CallRecord {
  return { number: NR.munmap, args: [0x1000_6000, PAGE], process };
}

async function using<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
  const executor = await startExecutor();
  if (executor instanceof Unavailable) throw new Error(executor.reason);
  try {
    return await work(executor);
  } finally {
    await executor.close();
  }
}

/** Processes, running or dead, whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => {
      try {
        const stat = readFileSync(`/proc/${candidate}/stat`, "latin1");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid;
      } catch {
        return false;
      }
    });
}

describe.skipIf(reason !== undefined)("executor", () => {
  test("a fresh process has six areas, the executor's page and its window among them", async () => {
    await using(async (executor) => {
      const { replies, end } = await executor.run({
        records: [{ number: NR.getpid, args: [], process: 0, maps: "all" }],
      });
      expect(end).toEqual({ kind: "done" });
      const lines = replies[0]!.text!.toString().trimEnd().split("\n");
      const areas = lines.filter((line) => !line.includes("[vsyscall]"));
      expect(areas.length).toBeLessThanOrEqual(6);
      expect(areas[0]).toMatch(/^10006000-10007000 r-xp /);
      expect(areas[1]).toMatch(/^20000000-20200000 rw-s /);
    });
  });

  test("each batch begins in a fresh process, what the driver does stays", async () => {
    await using(async (executor) => {
      const seen = async () =>
        (await executor.run({ records: [map(X)] })).replies[0]!.text!.toString().match(/^6000/gm)!.length;
      expect([await seen(), await seen()]).toEqual([1, 1]);
      await executor.run({ records: [map(X + 16 * PAGE)], inDriver: true });
      expect(await seen()).toBe(2);
    });
  });

  test("addresses and arguments of 64 bits arrive exactly", async () => {
    await using(async (executor) => {
      const calls: [bigint, bigint, number][] = [
        [BigInt(X), 2n ** 64n - 1n, -12],
        [BigInt(X), 2n ** 47n, -12],
        [2n ** 64n - 4096n, 4096n, -12],
      ];
      const { replies } = await executor.run({
        records: calls.map(([at, length]) => ({
          number: NR.mmap,
          args: [at, length, 3, 0x32, -1, 0],
          process: 0,
        })),
      });
      expect(replies.map((reply) => reply.result)).toEqual(calls.map(([, , result]) => result));
    });
  });

  test("processes of a tree act in the order of the batch, each in its own address space", async () => {
    await using(async (executor) => {
      const records = [
        map(X),
        fork(1),
        map(X + 2 * PAGE, 1),
        fork(2, 1),
        map(X + 4 * PAGE, 2),
        map(X + 6 * PAGE),
        map(X + 8 * PAGE, 2),
      ];
      const { replies, end } = await executor.run({ records });
      expect(end).toEqual({ kind: "done" });
      const own = replies.map((reply) =>
        [...(reply.text ?? "").toString().matchAll(/^6000000([0-9a-f]{5})-/gm)].map((m) => m[1]),
      );
      expect(own).toEqual([
        ["00000"],
        [],
        ["00000", "02000"],
        [],
        ["00000", "02000", "04000"],
        ["00000", "06000"],
        ["00000", "02000", "04000", "08000"],
      ]);
    });
  });

  test("a process may end while its children go on, and the first may end last", async () => {
    await using(async (executor) => {
      const exit = (process: number): CallRecord => ({ kind: "exit", number: 0, args: [], process });
      for (const records of [
        [fork(1), exit(0), map(X, 1), fork(2, 1), exit(1), map(X, 2)],
        [fork(1), map(X, 1), exit(1), map(X)],
        [exit(0)],
      ]) {
        const { replies, end } = await executor.run({ records });
        expect(end).toEqual({ kind: "done" });
        expect(replies.length).toBe(records.length);
      }
    });
  });

  test("a child of vfork() answers before its parent goes on, and starts anew or ends", async () => {
    await using(async (executor) => {
      const steps: Step[] = [
        { process: 0, call: "vfork", args: [] },
        { process: 1, call: "mmap", args: [X, PAGE, 3, 0x32, -1, 0] },
        { process: 1, call: "vfork", args: [] },
        { process: 2, call: "exit_group", args: [] },
        { process: 1, call: "wait", args: [] },
        { process: 1, call: "exec", args: [] },
        { process: 0, call: "munmap", args: [X, PAGE] },
        { process: 1, call: "brk", args: [0] },
        { process: 1, call: "exit", args: [] },
        { process: 0, call: "wait", args: [] },
        { process: 0, call: "wait", args: [] },
      ];
      const lowering = new Lowering({ seq: 1, steps }, new Map(), "all");
      const { replies, end } = await executor.run(lowering.batch(5));
      expect(end).toEqual({ kind: "done" });
      const outcomes = lowering.outcomes({ replies, end }, new MapsText(new Map()));
      expect(outcomes.map(({ result }) => result)).toEqual([0, X, 0, 0, 0, 0, 0, START_BRK, 0, 0, -10]);
      const own = outcomes.map(({ maps }) => maps?.filter((line) => line.startsWith("6000")).length);
      expect(own).toEqual([0, 1, 1, undefined, 1, 0, 0, 0, undefined, 0, 0]);
      // The new program has what the first one had when it started.
      expect(outcomes[5]!.maps!.length).toBe(outcomes[0]!.maps!.length);
    });
  });

  test("children that lose their parent are waited for: nobody is left", async () => {
    await using(async (executor) => {
      const exit = (process: number): CallRecord => ({ kind: "exit", number: NR.exit, args: [], process });
      const vfork = (child: number, process: number): CallRecord => ({
        number: NR.clone,
        args: [0x4100 | 17],
        process,
        forks: child,
        vfork: true,
      });
      const { replies, end } = await executor.run({
        records: [vfork(1, 0), fork(2, 1), exit(1), exit(0), map(X, 2), exit(2)],
      });
      expect([replies.length, end]).toEqual([6, { kind: "done" }]);
      expect(childrenOf(executor.pid!)).toEqual([]);
    });
  });

  test("a call is repeated with its address advanced until it fails", async () => {
    await using(async (executor) => {
      const repeated = {
        number: NR.mprotect,
        args: [X, PAGE, 1, 0, 0, 2 * PAGE],
        process: 0,
        maps: "all",
      } as const;
      const { replies } = await executor.run({
        records: [
          { number: NR.mmap, args: [X, 20 * PAGE, 3, 0x32, -1, 0], process: 0 },
          { ...repeated, repeat: 4 },
          { ...repeated, repeat: 99 },
        ],
      });
      expect(replies[1]!.text!.toString().match(/^6000.* r--p/gm)!.length).toBe(5);
      expect(replies[2]!.result).toBe(-12);
    });
  });

  test("maps longer than one read come whole: 200 areas", async () => {
    await using(async (executor) => {
      const { replies } = await executor.run({
        records: [
          { number: NR.mmap, args: [X, 400 * PAGE, 3, 0x32, -1, 0], process: 0 },
          { number: NR.mprotect, args: [X, PAGE, 1, 0, 0, 2 * PAGE], process: 0, repeat: 198, maps: "all" },
        ],
      });
      const lines = replies[1]!.text!.toString().trimEnd().split("\n");
      expect(lines.filter((line) => line.startsWith("6000")).length).toBe(398);
      expect(lines.some((line) => line.includes("[stack]"))).toBe(true);
    });
  });

  test("a process that dies in the middle is told, and what was done before is kept", async () => {
    await using(async (executor) => {
      const { replies, end } = await executor.run({ records: [map(X), map(X + 2 * PAGE), dies(0), map(X)] });
      expect(end).toMatchObject({ kind: "died", message: "a process was killed by SIGSEGV" });
      expect(replies.length).toBe(2);
      expect((await executor.run({ records: [map(X)] })).end).toEqual({ kind: "done" });
    });
  });

  test("so is the death of a child while its parent waits", async () => {
    await using(async (executor) => {
      const { replies, end } = await executor.run({
        records: [map(X), fork(1), fork(2, 1), map(X, 2), dies(2), map(X)],
      });
      expect(end).toMatchObject({ kind: "died" });
      expect(replies.length).toBe(4);
      expect(childrenOf(executor.pid!)).toEqual([]);
    });
  });

  test("a call that blocks for ever is ended by the batch's time limit", async () => {
    await using(async (executor) => {
      const { replies, end } = await executor.run({ records: [map(X), blocks, map(X)], seconds: 1 });
      expect(end).toMatchObject({ kind: "died", message: "the batch's time limit ended it (SIGALRM)" });
      expect(replies.length).toBe(1);
      expect((await executor.run({ records: [map(X)] })).end).toEqual({ kind: "done" });
    });
  });

  test("a driver killed in the middle of a batch rejects it with what was asked, and takes its processes along", async () => {
    const executor = await startExecutor();
    if (executor instanceof Unavailable) throw new Error(executor.reason);
    const asked = executor.run({ records: [map(X), blocks] });
    const later = executor.run({ records: [map(X)] });
    later.catch(() => undefined);
    let children: number[] = [];
    for (let i = 0; i < 100 && children.length === 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      children = childrenOf(executor.pid!);
    }
    expect(children.length).toBe(1);
    process.kill(executor.pid!, "SIGKILL");
    await expect(asked).rejects.toThrow(
      "the executor's driver was killed by SIGKILL, with batch 1 (2 records) unanswered and 1 more after it",
    );
    await expect(later).rejects.toThrow(ExecutorGone);
    await expect(executor.run({ records: [] })).rejects.toThrow(ExecutorGone);
    expect(executor.alive).toBe(false);
    await executor.close();
    for (let i = 0; i < 100 && isAlive(children[0]!); i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isAlive(children[0]!)).toBe(false);
  });

  test("nothing is left behind: no process, no file", async () => {
    // A folder of its own: other tests start executors at the same time.
    const folder = mkdtempSync(join(tmpdir(), "interleaf-test-"));
    const old = process.env.TMPDIR;
    process.env.TMPDIR = folder;
    try {
      const executor = await startExecutor();
      if (executor instanceof Unavailable) throw new Error(executor.reason);
      expect(readdirSync(folder)).toEqual([]);
      await executor.run({ records: [map(X), fork(1), map(X, 1)] });
      const { pid } = executor;
      await executor.close();
      expect(isAlive(pid!)).toBe(false);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      if (old === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = old;
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("a batch that is too long, or has too many processes, is refused before it is sent", async () => {
    await using(async (executor) => {
      const long = Array.from({ length: 40_000 }, () => map(X));
      expect(() => executor.run({ records: long })).toThrow("send several");
      expect(() => executor.run({ records: [fork(32)] })).toThrow("at most 32 processes");
      expect(() => executor.run({ records: [map(0.5)] })).toThrow("use a bigint");
    });
  });
});

describe("another platform", () => {
  test("gets a reason, not an exception", async () => {
    const real = process.arch;
    Object.defineProperty(process, "arch", { value: "arm64" });
    try {
      const started = await startExecutor();
      expect(started).toBeInstanceOf(Unavailable);
      expect((started as Unavailable).reason).toContain("x86-64 Linux only, this is arm64");
    } finally {
      Object.defineProperty(process, "arch", { value: real });
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    // A dead process that nobody waited for yet is not alive.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
