/** exit_mmap, references, and the OOM reaper: who tears an address space down, in which order, and what is left to see. */
import { describe, expect, test } from "vitest";
import {
  contentOf,
  KERNELS,
  type Mm,
  mmdrop,
  mmget,
  mmgetNotZero,
  mmgrab,
  mmput,
  mms,
  oomKill,
  oomReapTask,
  readProcMaps,
  rssOf,
  SIGBUS,
  swapOutPage,
} from "../../src/mm/index.ts";
import { sequentially } from "../../src/sched/index.ts";
import {
  areasOf,
  complaints,
  EVERY_KIND,
  exit,
  fork,
  kernel,
  leftOver,
  mmOf,
  process,
  read,
  write,
} from "./world.ts";

describe.each(KERNELS)("on %s", (version) => {
  test("the last mmput unmaps everything, whoever calls it", () => {
    const k = kernel(version);
    const task = process(k, EVERY_KIND);
    const mm = mmOf(task);
    if (mmget(k, mm, "a stranger")) throw new Error("sequential code never waits");
    exit(k, task);
    // The process is gone, the address space is not: the stranger still reads it.
    expect(areasOf(mm).length).toBe(EVERY_KIND.length);
    expect(rssOf(mm.rss.total).anon).toBe(8);
    sequentially(mmput(k, mm, "a stranger"));
    expect(leftOver(k)).toEqual([]);
    expect(complaints(k)).toEqual([]);
  });

  test("an mm without users cannot be taken any more, though its structure is still held", () => {
    const k = kernel(version);
    const task = process(k, EVERY_KIND);
    const mm = mmOf(task);
    if (mmgrab(k, mm, "holder")) throw new Error("sequential code never waits");
    exit(k, task);
    if (mmgetNotZero(k, mm, "visitor")) throw new Error("sequential code never waits");
    expect(k.result).toBe(0);
    expect(leftOver(k)).toEqual(["parent"]);
    sequentially(mmdrop(k, mm, "holder"));
    expect(leftOver(k)).toEqual([]);
  });

  test("an mm with swap entries leaves mmlist when it is torn down, and its slots are free", () => {
    const k = kernel(version);
    const task = process(k, EVERY_KIND);
    swapOutPage(k, mmOf(task), 0x10);
    const child = fork(k, task).child;
    expect(k.global.mmlist.length).toBe(2);
    exit(k, task);
    expect(k.global.mmlist.items()).toEqual([mmOf(child)]);
    expect(read(k, child, 0x10)).toBe(contentOf(0x10));
    exit(k, child);
    expect(k.global.mmlist.length).toBe(0);
    expect(k.swap.inuse.value).toBe(0);
    expect(complaints(k)).toEqual([]);
  });

  test("a reaped address space has its areas but no memory; it answers with SIGBUS, never with zeros", () => {
    const k = kernel(version);
    const task = process(k, EVERY_KIND);
    swapOutPage(k, mmOf(task), 0x19);
    expect(sequentially(oomKill(k, task))).toBe(true);
    expect(k.global.oomReaperList.items()).toEqual([task]);
    k.global.oomReaperList.remove(task);
    const mm = mmOf(task);
    sequentially(oomReapTask(k, task));
    expect(areasOf(mm).length).toBe(EVERY_KIND.length);
    expect([mm.unstable.value, mm.oomSkip.value]).toEqual([1, 1]);
    expect(rssOf(mm.rss.total)).toEqual({ anon: 0, swap: 0, file: 0 });
    expect(read(k, task, 0x10)).toBe(SIGBUS);
    expect(write(k, task, 0x18, 1)).toBe(SIGBUS);
    expect(complaints(k)).toEqual([]);
    exit(k, task);
    expect(leftOver(k)).toEqual([]);
    expect(k.findings).toEqual([]);
  });

  test("the reaper spares what others may share: file mappings stay", () => {
    const k = kernel(version);
    const shared = {
      start: 0x10,
      end: 0x11,
      perms: "rw-s",
      name: "lib",
      file: "lib",
      pgoff: 0,
      written: [0x10],
    };
    const task = process(k, [
      shared,
      { start: 0x20, end: 0x21, perms: "rw-p", name: "data", written: [0x20] },
    ]);
    sequentially(oomKill(k, task));
    k.global.oomReaperList.remove(task);
    sequentially(oomReapTask(k, task));
    expect(read(k, task, 0x10)).toBe(contentOf(0x10));
    expect(read(k, task, 0x20)).toBe(SIGBUS);
    exit(k, task);
    expect(leftOver(k)).toEqual([]);
  });

  test("the reaper finds nothing to do in an address space that is already gone", () => {
    const k = kernel(version);
    const task = process(k, EVERY_KIND);
    sequentially(oomKill(k, task));
    k.global.oomReaperList.remove(task);
    exit(k, task);
    expect(leftOver(k)).toEqual(["parent"]); // signal->oom_mm
    sequentially(oomReapTask(k, task));
    expect(leftOver(k)).toEqual([]);
    expect(k.findings).toEqual([]);
  });

  test("a task without memory is no victim", () => {
    const k = kernel(version);
    const task = k.newTask("kernel thread", null);
    expect(sequentially(oomKill(k, task))).toBe(false);
    expect(task.usage.value).toBe(1);
  });
});

test("from 6.1 on exit_mmap hides every mm from the OOM killer once its memory is gone, before that only a victim's", () => {
  for (const version of KERNELS) {
    const k = kernel(version);
    const task = process(k, EVERY_KIND);
    const mm = mmOf(task);
    if (mmgrab(k, mm, "holder")) throw new Error("sequential code never waits");
    exit(k, task);
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const always = major > 6 || (major === 6 && minor >= 1) || (major === 4 && minor === 14);
    // 4.13 sets it at the end of __mmput.
    expect(mm.oomSkip.value, version).toBe(always || version === "4.13" ? 1 : 0);
    sequentially(mmdrop(k, mm, "holder"));
  }
});

test("/proc/PID/maps shows every area, and nothing of a process that has let go of its memory", () => {
  const k = kernel("6.12");
  const task = process(k, EVERY_KIND);
  const seen = sequentially(readProcMaps(k, task));
  expect(seen?.map(([start, end]) => `${start.toString(16)}-${end.toString(16)}`)).toEqual(
    areasOf(mmOf(task)),
  );
  exit(k, task);
  expect(sequentially(readProcMaps(k, task))).toBe(null);
});

test("a structure with counters that are not zero is reported when it is freed", () => {
  const k = kernel("6.12");
  const task = process(k, [{ start: 0x10, end: 0x11, perms: "rw-p", name: "data", written: [0x10] }]);
  mmOf(task).rss.add(1);
  exit(k, task);
  expect(k.findings.map(({ code }) => code)).toEqual(["bad-rss"]);
});

test("a map_count that is wrong is reported by exit_mmap", () => {
  const k = kernel("6.12");
  const task = process(k, EVERY_KIND);
  const mm: Mm = mmOf(task);
  mm.mapCount = mm.mapCount + 1;
  exit(k, task);
  expect(k.findings.map(({ code }) => code)).toEqual(["map-count"]);
  expect(k.rowsOf(mms).length).toBe(1);
});
