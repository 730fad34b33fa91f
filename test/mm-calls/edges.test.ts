import { describe, expect, it } from "vitest";
import { AddressSpace, type BootOptions, MADV_DONTFORK } from "../../src/mm/index.ts";

const PAGE = 4096;
const TASK = 0x7ffffffff000n;
const ANON = 0x22;
const FIXED = 0x32;
const NOREPLACE = 0x100022;
const [EPERM, EAGAIN, ENOMEM, EFAULT, EEXIST, EINVAL] = [-1, -11, -12, -14, -17, -22];

function space(options: BootOptions = {}): AddressSpace {
  return AddressSpace.boot(options);
}

/** One mapped page. */
function withPage(): { memory: AddressSpace; at: number } {
  const memory = space();
  return { memory, at: memory.mmap(0, PAGE, 3, ANON) };
}

describe("lengths and addresses at the edges of 64 bits, as measured on Linux 6.18", () => {
  it("a length of 2^64 - 1 is an error, or rounds to an empty range", () => {
    const { memory, at } = withPage();
    const length = 2n ** 64n - 1n;
    expect(memory.mmap(0, length, 3, ANON)).toBe(ENOMEM);
    expect(memory.munmap(at, length)).toBe(EINVAL);
    expect(memory.mprotect(at, length, 1)).toBe(ENOMEM);
    expect(memory.madvise(at, length, MADV_DONTFORK)).toBe(EINVAL);
    expect(memory.mlock(at, length)).toBe(0);
    expect(memory.munlock(at, length)).toBe(0);
    expect(memory.msync(at, length, 4)).toBe(0);
    expect(memory.mseal(at, length)).toBe(EINVAL);
    expect(memory.mremap(at, PAGE, length, 1)).toBe(EINVAL);
  });

  it("a length of 2^64 - 4096 wraps around", () => {
    const { memory, at } = withPage();
    const length = 2n ** 64n - 4096n;
    expect(memory.mmap(0, length, 3, ANON)).toBe(ENOMEM);
    expect(memory.munmap(at, length)).toBe(EINVAL);
    expect(memory.mprotect(at, length, 1)).toBe(ENOMEM);
    expect(memory.madvise(at, length, MADV_DONTFORK)).toBe(EINVAL);
    expect(memory.mlock(at, length)).toBe(EINVAL);
    expect(memory.munlock(at, length)).toBe(EINVAL);
    expect(memory.msync(at, length, 4)).toBe(ENOMEM);
    expect(memory.mseal(at, length)).toBe(EINVAL);
  });

  it("a length of 2^47 is more than user space has", () => {
    const { memory, at } = withPage();
    const length = 2n ** 47n;
    expect(memory.mmap(0, length, 3, ANON)).toBe(ENOMEM);
    expect(memory.munmap(at, length)).toBe(EINVAL);
    expect(memory.mlock(at, length)).toBe(ENOMEM);
    expect(memory.areaAt(at)?.vmFlags).toContain("lo");
    expect(memory.mremap(at, PAGE, 2n ** 47n - 4096n, 1)).toBe(ENOMEM);
  });

  it("addresses behind user space: a hint is ignored, everything else is an error", () => {
    const { memory, at } = withPage();
    expect(memory.mmap(TASK, PAGE, 3, ANON)).toBe(at - PAGE);
    expect(memory.mmap(TASK, PAGE, 3, NOREPLACE)).toBe(ENOMEM);
    expect(memory.munmap(TASK + 4096n, PAGE)).toBe(EINVAL);
    expect(memory.mprotect(TASK, PAGE, 1)).toBe(ENOMEM);
    expect(memory.madvise(TASK, PAGE, 0)).toBe(ENOMEM);
    expect(memory.mlock(TASK, PAGE)).toBe(ENOMEM);
    expect(memory.mremap(TASK, PAGE, 2 * PAGE, 1)).toBe(EFAULT);
  });

  it("madvise(NULL, 2^64 - 2047) changes nothing", () => {
    const { memory } = withPage();
    const before = memory.maps();
    expect(memory.madvise(0, 2n ** 64n - 2047n, MADV_DONTFORK)).toBe(EINVAL);
    expect(memory.maps()).toBe(before);
    expect([...memory.areas()].some((area) => area.vmFlags?.includes("dc"))).toBe(false);
  });

  it("a number that is no address is misuse, and says what to pass", () => {
    expect(() => withPage().memory.munmap(-1, PAGE)).toThrow(
      /pass an integer from 0 to 2\^53 - 1, or a bigint/,
    );
  });
});

describe("placement and limits", () => {
  it("a hint below the effective minimum is raised to it, MAP_FIXED at 0 needs the capability", () => {
    const low = space({ limits: { mayMapLow: false } });
    expect(low.mmap(0x1000, PAGE, 3, ANON)).toBe(0x10000);
    expect(low.mmap(0, PAGE, 3, FIXED)).toBe(EPERM);
    expect(space().mmap(0, PAGE, 3, FIXED)).toBe(0);
  });

  it("over RLIMIT_MEMLOCK: mlock says ENOMEM, MAP_LOCKED EAGAIN; a limit of 0 is EPERM", () => {
    const small = space({ limits: { memlock: PAGE, mayLockAll: false } });
    const at = small.mmap(0, 2 * PAGE, 3, ANON);
    expect(small.mlock(at, 2 * PAGE)).toBe(ENOMEM);
    expect(small.mlock(at, PAGE)).toBe(0);
    expect(small.mmap(0, PAGE, 3, ANON | 0x2000)).toBe(EAGAIN);
    const none = space({ limits: { memlock: 0, mayLockAll: false } });
    expect(none.mmap(0, PAGE, 3, ANON | 0x2000)).toBe(EPERM);
  });

  it("MAP_FIXED_NOREPLACE refuses what is taken", () => {
    const { memory, at } = withPage();
    expect(memory.mmap(at, PAGE, 3, NOREPLACE)).toBe(EEXIST);
  });

  it("fork charges each area alone: two merged areas larger than memory fail, one split cures it", () => {
    const ramPages = 100;
    const memory = space({ system: { ramPages } });
    const at = 0x10000000;
    memory.mmap(at, 60 * PAGE, 3, FIXED);
    memory.mmap(at + 60 * PAGE, 60 * PAGE, 3, FIXED);
    expect(memory.mapCount).toBe(1);
    expect(memory.tryFork()).toBe(ENOMEM);
    expect(() => memory.fork()).toThrow(/one area is larger than memory/);
    memory.mprotect(at + 60 * PAGE, PAGE, 1);
    memory.fork().exit();
  });
});

describe("mremap at the limit, by kernel", () => {
  /** A FIXED move of one page onto another, with that many areas missing to the limit. Is the destination still there? */
  function move(kernel: string, missing: number): [result: "ok" | number, destination: boolean] {
    const limit = 50;
    const memory = space({ kernel, system: { maxMapCount: limit } });
    const from = 0x10000000;
    const to = 0x20000000;
    memory.mmap(from, PAGE, 3, FIXED);
    memory.mmap(to, PAGE, 1, FIXED);
    for (let i = 0; memory.mapCount < limit - missing; i++)
      memory.mmap(0x30000000 + i * 8192, PAGE, 1, FIXED);
    const result = memory.mremap(from, PAGE, PAGE, 3, to);
    return [result < 0 ? result : "ok", memory.areaAt(to) !== undefined];
  }

  it.each([
    ["4.19", 4, "ok", true],
    ["4.19", 1, ENOMEM, false],
    ["5.3", 5, ENOMEM, true],
    ["5.3", 6, "ok", true],
    ["6.18", 5, ENOMEM, true],
    ["6.18", 6, "ok", true],
    ["7.1", 4, "ok", true],
    ["7.1", 3, ENOMEM, true],
  ] as const)("%s, %i areas below max_map_count", (kernel, missing, result, destination) => {
    expect(move(kernel, missing)).toEqual([result, destination]);
  });
});
