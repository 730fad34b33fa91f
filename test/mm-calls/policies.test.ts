/** What is said of areas and keeps them apart: userfaultfd, policies of memory nodes, descriptions of one file. */
import { describe, expect, it } from "vitest";
import {
  AddressSpace,
  MPOL_BIND,
  MPOL_DEFAULT,
  MPOL_LOCAL,
  UFFD_MINOR,
  UFFD_MISSING,
  UFFD_WP,
} from "../../src/mm/index.ts";

const PAGE = 4096;
const AT = 0x1000_0000;
const FIXED = 0x32;
const [EACCES, EFAULT, EINVAL, EPERM, SIGBUS] = [-13, -14, -22, -1, -7];

function withPages(count: number): AddressSpace {
  const space = AddressSpace.boot({ bytes: true });
  space.mmap(AT, count * PAGE, 3, FIXED);
  return space;
}

function flagsAt(space: AddressSpace, at: number): readonly string[] {
  return space.areaAt(at)?.vmFlags ?? [];
}

describe("userfaultfd", () => {
  it("registering cuts an area, unregistering and closing join it again", () => {
    const space = withPages(6);
    const uffd = space.userfaultfd();
    expect(uffd.register(AT + PAGE, 2 * PAGE, UFFD_MISSING | UFFD_WP)).toBe(0);
    expect(space.mapCount).toBe(3);
    expect(flagsAt(space, AT + PAGE).filter((code) => code.startsWith("u"))).toEqual(["um", "uw"]);
    expect(uffd.unregister(AT + PAGE, PAGE)).toBe(0);
    expect(space.areaAt(AT)?.endPage).toBe(AT / PAGE + 2);
    uffd.close();
    expect(space.mapCount).toBe(1);
  });

  it("an absent page is answered with SIGBUS, a present one is not asked about", () => {
    const space = withPages(2);
    space.write(AT, 7);
    const uffd = space.userfaultfd();
    uffd.register(AT, 2 * PAGE, UFFD_MISSING);
    expect([space.read(AT), space.read(AT + PAGE), space.write(AT + PAGE, 1)]).toEqual([7, SIGBUS, SIGBUS]);
    uffd.close();
    expect(space.read(AT + PAGE)).toBe(0);
  });

  it("of shared memory, pages that are there and not mapped can be asked about", () => {
    const space = AddressSpace.boot();
    space.mmap(AT, 2 * PAGE, 3, 0x31);
    space.write(AT, 1);
    const uffd = space.userfaultfd();
    expect(uffd.register(AT, 2 * PAGE, UFFD_MINOR)).toBe(0);
    space.madvise(AT, PAGE, 4); // unmapped, still in memory
    expect([space.read(AT), space.read(AT + PAGE)]).toEqual([SIGBUS, 0]);
    uffd.close();
  });

  it("neither a child nor what mremap moves is registered", () => {
    const space = withPages(2);
    const uffd = space.userfaultfd();
    uffd.register(AT, PAGE, UFFD_MISSING);
    const child = space.fork();
    expect([flagsAt(space, AT).includes("um"), flagsAt(child, AT).includes("um")]).toEqual([true, false]);
    expect(space.mremap(AT, PAGE, PAGE, 3, AT + 8 * PAGE)).toBe(AT + 8 * PAGE);
    expect(flagsAt(space, AT + 8 * PAGE)).not.toContain("um");
    child.exit();
    uffd.close();
  });

  it("an inherited descriptor speaks of its maker's memory, and lets go when the last copy is closed", () => {
    const space = withPages(2);
    const uffd = space.userfaultfd();
    const child = space.fork();
    const copy = uffd.inherit();
    expect(copy.register(AT, PAGE, UFFD_WP)).toBe(0);
    expect([space.mapCount, child.mapCount]).toEqual([2, 1]);
    uffd.close();
    expect(space.mapCount).toBe(2);
    child.exit();
    copy.close();
    expect(space.mapCount).toBe(1);
  });

  it("what cannot be registered is refused, and nothing is registered then", () => {
    const space = withPages(2);
    const file = space.openFile({ name: "/data", bytes: 8 * PAGE });
    const shown = space.openFile({ name: "/memfd:x", bytes: 8 * PAGE, shmem: true, writable: false });
    space.mmap(AT + 2 * PAGE, PAGE, 3, 0x12, file);
    space.mmap(AT + 4 * PAGE, PAGE, 1, 0x11, shown);
    const [uffd, other] = [space.userfaultfd(), space.userfaultfd()];
    expect(uffd.register(AT, 3 * PAGE, UFFD_MISSING)).toBe(EINVAL);
    expect(uffd.register(AT + 4 * PAGE, PAGE, UFFD_MISSING)).toBe(EPERM);
    expect(uffd.register(AT, PAGE, UFFD_MINOR)).toBe(EINVAL);
    expect(space.mapCount).toBe(3);
    expect(uffd.register(AT, PAGE, UFFD_WP)).toBe(0);
    expect(other.register(AT, 2 * PAGE, UFFD_WP)).toBe(-16);
    expect(other.unregister(AT, 2 * PAGE)).toBe(EINVAL);
    uffd.close();
    other.close();
  });
});

describe("mbind", () => {
  it("areas of another policy stay apart, and join when the same is said of both", () => {
    const space = withPages(4);
    expect(space.mbind(AT + PAGE, PAGE, MPOL_BIND, 1)).toBe(0);
    expect(space.mapCount).toBe(3);
    expect(space.mbind(AT + 2 * PAGE, 2 * PAGE, MPOL_BIND, 1)).toBe(0);
    expect(space.mapCount).toBe(2);
    expect(space.mbind(AT, 4 * PAGE, MPOL_DEFAULT, 0)).toBe(0);
    expect(space.mapCount).toBe(1);
  });

  it("a policy is inherited and moves along", () => {
    const space = withPages(2);
    space.mbind(AT, PAGE, MPOL_LOCAL, 0);
    const child = space.fork();
    expect(child.mapCount).toBe(2);
    child.mremap(AT, PAGE, PAGE, 3, AT + 8 * PAGE);
    child.mmap(AT + 9 * PAGE, PAGE, 3, FIXED);
    expect(child.mapCount).toBe(3);
    child.exit();
  });

  it("a hole is refused unless a policy is taken away, nodes that are not there always", () => {
    const space = withPages(2);
    expect(space.mbind(AT, 3 * PAGE, MPOL_BIND, 1)).toBe(EFAULT);
    expect(space.mbind(AT, 3 * PAGE, MPOL_DEFAULT, 0)).toBe(0);
    expect(space.mbind(AT, PAGE, MPOL_BIND, 2)).toBe(EINVAL);
    expect(space.mbind(AT, PAGE, 7, 1)).toBe(EINVAL);
  });
});

describe("a file opened twice", () => {
  it("mappings of two descriptions do not join, but share their bytes", () => {
    const space = AddressSpace.boot({ bytes: true });
    const file = space.openFile({ name: "/memfd:x", bytes: 8 * PAGE, shmem: true });
    const again = space.openAgain(file, { writable: false });
    space.mmap(AT, PAGE, 3, 0x11, file);
    expect(space.mmap(AT + PAGE, PAGE, 1, 0x11, again, PAGE)).toBe(AT + PAGE);
    expect(space.mapCount).toBe(2);
    space.mmap(AT + 4 * PAGE, PAGE, 1, 0x11, again);
    space.write(AT, 9);
    expect(space.read(AT + 4 * PAGE)).toBe(9);
    expect(space.mprotect(AT + 4 * PAGE, PAGE, 3)).toBe(EACCES);
    expect(space.mmap(0, PAGE, 3, 1, again)).toBe(EACCES);
  });
});

describe("mremap that shrinks and moves", () => {
  it("is charged for what it shrinks by: more than memory is refused", () => {
    const space = AddressSpace.boot({ kernel: "6.18", system: { ramPages: 100 } });
    space.mmap(AT, 2 * PAGE, 3, FIXED);
    expect(space.mremap(AT, 200 * PAGE, PAGE, 3, AT - 8 * PAGE)).toBe(-12);
    expect(space.mremap(AT, 100 * PAGE, PAGE, 3, AT - 8 * PAGE)).toBe(AT - 8 * PAGE);
  });
});
