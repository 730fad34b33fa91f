import { describe, expect, it } from "vitest";
import { AddressSpace, MADV_DONTFORK, MADV_WIPEONFORK } from "../../src/mm/index.ts";

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
