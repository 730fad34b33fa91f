import { describe, expect, it } from "vitest";
import { AddressSpace, MADV_DONTNEED } from "../../src/mm/index.ts";

const PAGE = 4096;

describe("checkpoint and rollback", () => {
  it("bring areas, pages, bytes, files, limits and counters of all processes back, any number of times", () => {
    const space = AddressSpace.boot({ bytes: true, checkpoints: true });
    const at = space.mmap(0, 8 * PAGE, 3, 0x22);
    space.write(at, 42);
    const file = space.openFile({ name: "f", bytes: 4 * PAGE, contents: new Uint8Array(PAGE).fill(7) });
    const shared = space.mmap(0, 2 * PAGE, 3, 1, file);
    const child = space.fork();
    const look = () => [
      space.maps(),
      child.maps(),
      space.read(at),
      child.read(at),
      space.read(shared),
      space.counters,
      space.mapCount,
      space.limits,
    ];
    const before = look();
    space.checkpoint();
    for (let round = 0; round < 3; round++) {
      space.write(at, 1 + round);
      child.write(at, 100);
      space.write(shared, 9);
      space.mprotect(at + PAGE, PAGE, 1);
      space.munmap(at + 4 * PAGE, 2 * PAGE);
      child.madvise(at, PAGE, MADV_DONTNEED);
      space.truncate(file, 0);
      space.limits = { ...space.limits, data: 0 };
      const grandchild = child.fork();
      grandchild.mmap(0, PAGE, 3, 0x22);
      child.exit();
      expect(space.read(at)).toBe(1 + round);
      space.rollback();
      expect(look()).toEqual(before);
    }
    space.write(at, 5);
    space.checkpoint();
    space.write(at, 6);
    space.rollback();
    expect(space.read(at)).toBe(5);
  });

  it("must be asked for at the start", () => {
    expect(() => AddressSpace.boot().checkpoint()).toThrow(/boot the address space with `checkpoints: true`/);
  });
});
