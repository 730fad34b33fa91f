import { describe, expect, it } from "vitest";
import {
  AddressSpace,
  type BootOptions,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_GUARD_INSTALL,
  MADV_GUARD_REMOVE,
  MADV_PAGEOUT,
  MADV_WIPEONFORK,
} from "../../src/mm/index.ts";

const PAGE = 4096;
const ANON = 0x22;

describe("processes", () => {
  it("fork copies, clone(CLONE_VM) shares", () => {
    const space = AddressSpace.boot({ bytes: true });
    const at = space.mmap(0, 3 * PAGE, 3, ANON);
    space.write(at, 1);
    const child = space.fork();
    const thread = space.share();
    child.write(at, 2);
    thread.write(at, 3);
    expect([space.read(at), child.read(at), thread.read(at)]).toEqual([3, 2, 3]);
    thread.munmap(at + PAGE, PAGE);
    expect(space.maps()).toBe(thread.maps());
    expect(space.mapCount).toBe(child.mapCount + 1);
    // The memory goes with its last user.
    space.exit();
    expect(thread.read(at)).toBe(3);
    thread.exit();
    expect(child.read(at)).toBe(2);
  });

  it("execve leaves the old memory to those who share it, and starts with what it is told", () => {
    const space = AddressSpace.boot({ bytes: true, limits: { stack: 16 * PAGE } });
    const at = space.mmap(0, PAGE, 3, ANON);
    space.write(at, 7);
    space.mlockall(2);
    const parent = space.share();
    const startStack = 0x7fff_ffff_e000;
    const stack = {
      startPage: startStack / PAGE - 3,
      endPage: startStack / PAGE + 1,
      read: true,
      write: true,
      exec: false,
      shared: false,
      offsetPages: 0,
      device: "00:00",
      inode: "0",
      name: "[stack]",
      vmFlags: ["rd", "wr", "mr", "mw", "me", "gd", "ac"],
    };
    space.exec({ startBrk: 0x10_0000, startStack, areas: [stack] });
    expect(space.maps()).toMatch(/^7fffffffb000-7ffffffff000 rw-p .*\[stack\]\n$/);
    expect(space.areaAt(startStack)?.vmFlags).not.toContain("lo");
    expect([space.brk(0x10_1000), space.limits.stack]).toEqual([0x10_1000, 16 * PAGE]);
    expect([space.read(at), parent.read(at)]).toEqual([-11001, 7]);
    expect(space.areaAt(space.mmap(0, PAGE, 3, ANON))?.vmFlags).not.toContain("lo");
  });

  it("DONTFORK areas are not inherited, WIPEONFORK ones are empty", () => {
    const space = AddressSpace.boot({ bytes: true });
    const at = space.mmap(0, 2 * PAGE, 3, ANON);
    space.write(at, 1);
    space.write(at + PAGE, 2);
    space.madvise(at, PAGE, MADV_DONTFORK);
    space.madvise(at + PAGE, PAGE, MADV_WIPEONFORK);
    const child = space.fork();
    expect([child.read(at), child.read(at + PAGE)]).toEqual([-11001, 0]);
  });
});

describe("swap", () => {
  it("takes pages from parent and child, a touch brings them back, swapoff all that are left", () => {
    const space = AddressSpace.boot({ bytes: true });
    const at = space.mmap(0, 4 * PAGE, 3, ANON);
    for (let i = 0; i < 4; i++) space.write(at + i * PAGE, 10 + i);
    space.mlock(at + 3 * PAGE, PAGE);
    const child = space.fork();
    expect(space.swapOut(at, 4 * PAGE)).toBe(3);
    expect([space.pageLetters(at, 4), child.pageLetters(at, 4)]).toEqual(["sssa", "sssa"]);
    expect(space.resident).toEqual({ anon: 1, file: 0, swap: 3 });
    expect([child.read(at), space.read(at)]).toEqual([10, 10]);
    child.write(at, 99);
    expect([child.read(at), space.read(at)]).toEqual([99, 10]);
    expect(space.swapoff()).toBe(0);
    expect([space.pageLetters(at, 4), child.pageLetters(at, 4)]).toEqual(["aaaa", "aaaa"]);
    expect([space.read(at + PAGE), child.read(at + 2 * PAGE)]).toEqual([11, 12]);
    expect(space.swapOut(at, 4 * PAGE)).toBe(0);
    space.swapon();
    expect(space.swapOut(at, PAGE)).toBe(1);
    space.munmap(at, 4 * PAGE);
    child.exit();
    expect(space.resident).toEqual({ anon: 0, file: 0, swap: 0 });
  });
});

describe("lazily freed pages", () => {
  it("stay until MADV_PAGEOUT takes them, unless they were written to again", () => {
    const space = AddressSpace.boot({ bytes: true });
    const at = space.mmap(0, 3 * PAGE, 3, ANON);
    for (let i = 0; i < 3; i++) space.write(at + i * PAGE, 1);
    space.madvise(at, 2 * PAGE, MADV_FREE);
    expect(space.pageLetters(at, 3)).toBe("aaa");
    space.write(at, 2);
    space.madvise(at, 3 * PAGE, MADV_PAGEOUT);
    expect(space.pageLetters(at, 3)).toBe("a-a");
    expect([space.read(at), space.read(at + PAGE), space.read(at + 2 * PAGE)]).toEqual([2, 0, 1]);
  });
});

describe("guard regions", () => {
  it("fault, survive MADV_DONTNEED and fork, move with mremap, and go with munmap", () => {
    const space = AddressSpace.boot({ bytes: true });
    const at = space.mmap(0, 4 * PAGE, 3, ANON);
    space.write(at, 1);
    expect(space.madvise(at, 2 * PAGE, MADV_GUARD_INSTALL)).toBe(0);
    expect([space.read(at), space.write(at + PAGE, 1), space.read(at + 2 * PAGE)]).toEqual([
      -11001, -11001, 0,
    ]);
    space.madvise(at, 4 * PAGE, MADV_DONTNEED);
    const child = space.fork();
    expect(child.pageLetters(at, 4)).toBe("gg--");
    const to = child.mremap(at, 4 * PAGE, 4 * PAGE, 3, at - 64 * PAGE);
    expect(child.pageLetters(to, 4)).toBe("gg--");
    expect(space.madvise(at, PAGE, MADV_GUARD_REMOVE)).toBe(0);
    expect([space.read(at), space.read(at + PAGE)]).toEqual([0, -11001]);
    space.munmap(at, 4 * PAGE);
    expect(space.mmap(at, 4 * PAGE, 3, 0x32)).toBe(at);
    expect(space.pageLetters(at, 4)).toBe("----");
  });

  it("are not known before 6.13, and mark the area from 6.19 on", () => {
    const install = (options: BootOptions): [number, boolean] => {
      const space = AddressSpace.boot(options);
      const at = space.mmap(0, PAGE, 3, ANON);
      return [space.madvise(at, PAGE, MADV_GUARD_INSTALL), space.areaAt(at)!.vmFlags!.includes("gu")];
    };
    expect(install({ kernel: "6.12" })).toEqual([-22, false]);
    expect(install({ kernel: "6.18" })).toEqual([0, false]);
    expect(install({ kernel: "6.19" })).toEqual([0, true]);
    expect(install({ with: ["madvise.guard=marked"] })).toEqual([0, true]);
  });
});

describe("a file that becomes shorter", () => {
  it("takes mapped pages away from everybody, private copies too; behind its end is SIGBUS", () => {
    const space = AddressSpace.boot({ bytes: true });
    const file = space.openFile({ name: "f", bytes: 3 * PAGE, contents: new Uint8Array(3 * PAGE).fill(5) });
    const shared = space.mmap(0, 3 * PAGE, 3, 1, file);
    const own = space.mmap(0, 3 * PAGE, 3, 2, file);
    space.write(own + 2 * PAGE, 9);
    const child = space.fork();
    space.truncate(file, PAGE + 100);
    const [SIGBUS] = [-7];
    expect([child.read(shared + 2 * PAGE), child.read(own + 2 * PAGE)]).toEqual([SIGBUS, SIGBUS]);
    expect([space.read(shared + PAGE + 99), space.read(shared + PAGE + 100)]).toEqual([5, 0]);
    space.truncate(file, 3 * PAGE);
    expect([child.read(shared + 2 * PAGE), space.read(own + 2 * PAGE), space.read(shared)]).toEqual([
      0, 0, 5,
    ]);
  });
});

describe("names of anonymous memory", () => {
  it("keep areas apart, split and merge them, and are inherited", () => {
    const space = AddressSpace.boot();
    const at = space.mmap(0, 3 * PAGE, 3, ANON);
    expect(space.setAnonName(at + PAGE, PAGE, "heap of mine")).toBe(0);
    expect(space.areas().map((area) => area.name)).toEqual(["", "[anon:heap of mine]", ""]);
    expect(space.fork().maps()).toBe(space.maps());
    // The same name merges, another or none does not.
    space.setAnonName(at, PAGE, "heap of mine");
    expect(space.mapCount).toBe(2);
    expect(space.areaAt(at)?.endPage).toBe(at / PAGE + 2);
    space.setAnonName(at, 3 * PAGE, null);
    expect([space.mapCount, space.areaAt(at)?.name]).toEqual([1, ""]);
  });

  it("are refused for files, bad characters, and where the kernel has none", () => {
    const space = AddressSpace.boot();
    const at = space.mmap(0, PAGE, 3, ANON);
    const file = space.mmap(0, PAGE, 3, 2, space.openFile({ name: "f", bytes: PAGE }));
    const shared = space.mmap(0, PAGE, 3, 0x21);
    expect(space.setAnonName(file, PAGE, "x")).toBe(-9);
    expect(space.setAnonName(shared, PAGE, "x")).toBe(0);
    expect(space.areaAt(shared)?.name).toBe("[anon_shmem:x]");
    for (const name of ["a[b", "$", "\n", "x".repeat(80)])
      expect(space.setAnonName(at, PAGE, name)).toBe(-22);
    expect(space.setAnonName(at, 3 * PAGE, "y")).toBe(-12);
    const plain = AddressSpace.boot({ system: { anonNames: false } });
    expect(plain.setAnonName(plain.mmap(0, PAGE, 3, ANON), PAGE, "x")).toBe(-22);
  });
});
