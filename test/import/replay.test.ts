import { describe, expect, it } from "vitest";
import { areasOf, log, replayed } from "./log-world.ts";

const EXEC = '10 execve("/bin/x", ["x"], 0x7ffe /* 4 vars */) = 0';
const HEAP = "10 brk(NULL) = 0x555500000000";
const FIRST = "10 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000010000";
const anonymous = (pid: number, at: string, length: number, prot = "PROT_READ|PROT_WRITE"): string =>
  `${pid} mmap(${at}, ${length}, ${prot}, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = ${at}`;

it("without maps, the first mapping tells where the next ones are placed", () => {
  const { first } = replayed(
    log(
      EXEC,
      HEAP,
      FIRST,
      "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f000000f000",
    ),
  );
  expect(first.layout).toBe("derived");
  expect(first.disagreements).toEqual([]);
  expect(areasOf(first.final)).toEqual(["7f000000f000-7f0000010000 r--p", "7f0000010000-7f0000012000 rw-p"]);
});

it("the heap begins where the first brk says", () => {
  const { first } = replayed(log(EXEC, HEAP, FIRST, "10 brk(0x555500021000) = 0x555500021000"));
  expect(areasOf(first.final)[0]).toBe("555500000000-555500021000 rw-p [heap]");
  expect(first.disagreements).toEqual([]);
});

it("a recorded address that the model would not give is taken, and told", () => {
  const { first } = replayed(
    log(
      EXEC,
      HEAP,
      FIRST,
      "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7e0000000000",
    ),
  );
  expect(areasOf(first.final)[0]).toBe("7e0000000000-7e0000001000 r--p");
  expect(first.disagreements).toEqual([
    { line: 4, what: "mmap(0x0, 4096, r--, anonymous) gave 0x7e0000000000, the model 0x7f000000f000" },
  ]);
});

it("a mapping that returns a range in use is called impossible, and the later one counts", () => {
  const { first } = replayed(
    log(
      EXEC,
      HEAP,
      FIRST,
      "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000011000",
    ),
  );
  expect(first.disagreements[0]!.what).toContain("the range is in use: an unmapping is missing in the log");
  expect(areasOf(first.final)).toEqual(["7f0000010000-7f0000011000 rw-p", "7f0000011000-7f0000012000 r--p"]);
  const { first: wild } = replayed(
    log(
      EXEC,
      HEAP,
      FIRST,
      "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0xffff800000000000",
    ),
  );
  expect(wild.disagreements[0]!.what).toContain("no mapping can be there");
  const long =
    "10 mmap(NULL, 18446744073709547520, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000011000";
  expect(replayed(log(EXEC, HEAP, FIRST, long)).first.disagreements[0]!.what).toContain(
    "no mapping can be there",
  );
});

it("a log that begins in the middle of a life is placed as it says, and what must have been there is inferred", () => {
  const { first } = replayed(
    log(
      "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000020000",
      "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7e0000000000",
      "10 mprotect(0x7d0000000000, 8192, PROT_READ) = 0",
      "10 mremap(0x7c0000000000, 4096, 8192, MREMAP_MAYMOVE) = 0x7b0000000000",
      "10 munmap(0x7a0000000000, 4096) = 0",
    ),
  );
  expect(first.layout).toBe("unknown");
  expect(first.inferred).toBe(2);
  expect(first.disagreements).toEqual([]);
  expect(areasOf(first.final)).toEqual([
    "7b0000000000-7b0000002000 rw-p",
    "7d0000000000-7d0000002000 r--p",
    "7e0000000000-7e0000001000 r--p",
    "7f0000020000-7f0000021000 r--p",
  ]);
});

describe("processes", () => {
  it("a forked child has a copy, a thread and a vforked child have the same memory", () => {
    const { replay } = replayed(
      log(
        EXEC,
        HEAP,
        FIRST,
        "10 clone(child_stack=NULL, flags=SIGCHLD) = 11",
        anonymous(11, "0x7e0000000000", 4096),
        "10 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0} => {parent_tid=[12]}, 88) = 12",
        anonymous(12, "0x7d0000000000", 4096),
        "10 vfork( <unfinished ...>",
        anonymous(13, "0x7c0000000000", 4096),
        '13 execve("/bin/y", ["y"], 0x7ffe) = 0',
        "10 <... vfork resumed>) = 13",
        "13 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7a0000000000",
      ),
    );
    const [parent, child, other] = replay.processes;
    expect(replay.processes).toHaveLength(3);
    expect(areasOf(parent!.final)).toHaveLength(3);
    expect(areasOf(child!.final)).toHaveLength(2);
    expect(areasOf(other!.final)).toEqual(["7a0000000000-7a0000001000 r--p"]);
    expect([child!.parent, other!.parent, other!.programs]).toEqual([10, 10, ["/bin/y"]]);
    expect(parent!.forkCount).toBe(1);
  });

  it("a child that shows before its fork returns is the caller's; of two callers, the result tells which", () => {
    const { replay } = replayed(
      log(
        '10 execve("/bin/x", ["x"], 0x7ffe) = 0',
        anonymous(10, "0x7e0000000000", 4096),
        '20 execve("/bin/z", ["z"], 0x7ffe) = 0',
        anonymous(20, "0x7d0000000000", 8192),
        "10 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>",
        "20 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>",
        anonymous(30, "0x7c0000000000", 4096),
        anonymous(31, "0x7b0000000000", 4096),
        "20 <... clone resumed>) = 30",
        "10 <... clone resumed>) = 31",
      ),
    );
    const of = (pid: number): string[] =>
      areasOf(replay.processes.find((process) => process.pid === pid)!.final);
    expect(of(30)).toEqual(["7c0000000000-7c0000001000 rw-p", "7d0000000000-7d0000002000 rw-p"]);
    expect(of(31)).toEqual(["7b0000000000-7b0000001000 rw-p", "7e0000000000-7e0000001000 rw-p"]);
  });

  it("a pid that is used again is another process", () => {
    const { replay } = replayed(
      log(
        EXEC,
        FIRST,
        "10 clone(child_stack=NULL, flags=SIGCHLD) = 11",
        "11 +++ exited with 0 +++",
        anonymous(10, "0x7e0000000000", 4096),
        "10 clone(child_stack=NULL, flags=SIGCHLD) = 11",
        "11 exit_group(0) = ?",
        "11 +++ exited with 0 +++",
        // The end of this one is not in the log.
        "10 clone(child_stack=NULL, flags=SIGCHLD) = 12",
        "10 clone(child_stack=NULL, flags=SIGCHLD) = 12",
      ),
    );
    expect(replay.processes.map((process) => [process.pid, process.count, process.ended])).toEqual([
      [10, 2, false],
      [11, 1, true],
      [11, 2, true],
      [12, 2, true],
      [12, 2, false],
    ]);
  });

  it("exec in a thread leaves one thread, with the pid of the process", () => {
    const { replay } = replayed(
      log(
        EXEC,
        FIRST,
        "10 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0} => {parent_tid=[12]}, 88) = 12",
        '12 execve("/bin/y", ["y"], 0x7ffe <unfinished ...>',
        "10 +++ superseded by execve in pid 12 +++",
        "10 <... execve resumed>) = 0",
        "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7a0000000000",
      ),
    );
    expect(replay.processes).toHaveLength(1);
    expect(replay.processes[0]!.programs).toEqual(["/bin/x", "/bin/y"]);
    expect(areasOf(replay.processes[0]!.final)).toEqual(["7a0000000000-7a0000001000 r--p"]);
  });
});

describe("failed calls", () => {
  it.each([
    ["munmap(0x7f0000010800, 4096) = -1 EINVAL (Invalid argument)", "the address is not at a page boundary"],
    [
      "mprotect(0x7f0000011000, 8192, PROT_READ) = -1 ENOMEM (Cannot allocate memory)",
      "nothing is mapped at 0x7f0000012000, inside the range",
    ],
    [
      "mremap(0x7f0000010000, 8192, 12288, 0) = -1 ENOMEM (Cannot allocate memory)",
      "it cannot grow where it is",
    ],
    [
      "mmap(NULL, 0, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = -1 EINVAL (Invalid argument)",
      "the length is 0",
    ],
    [
      "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = -1 ENOMEM (Cannot allocate memory)",
      "nothing in the address space refuses it: a memory limit",
    ],
    [
      "madvise(0x7e0000000000, 4096, MADV_DONTNEED) = -1 ENOMEM (Cannot allocate memory)",
      "nothing is mapped at 0x7e0000000000",
    ],
  ])("%s", (line, reason) => {
    // An area above keeps the mapping from growing in place.
    const { first } = replayed(
      log(
        EXEC,
        FIRST,
        anonymous(10, "0x7f0000013000", 4096),
        anonymous(10, "0x7f0000012000", 4096, "PROT_NONE"),
        "10 munmap(0x7f0000012000, 4096) = 0",
        anonymous(10, "0x7f0000014000", 4096),
        `10 ${line}`,
      ),
    );
    expect(first.failed[0]!.reason).toContain(reason);
  });

  it("at max_map_count, the number of areas is the reason", () => {
    const { first } = replayed(
      log(
        EXEC,
        FIRST,
        "10 mprotect(0x7f0000010000, 4096, PROT_READ) = 0",
        anonymous(10, "0x7e0000000000", 4096),
        "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = -1 ENOMEM (Cannot allocate memory)",
      ),
      { system: { maxMapCount: 2 } },
    );
    expect(first.failed[0]).toMatchObject({
      agrees: true,
      reason: "there are 3 areas of at most 2 (max_map_count)",
    });
  });

  it("a call that failed half-way has changed what came before", () => {
    const { first } = replayed(
      log(EXEC, FIRST, "10 mprotect(0x7f0000011000, 8192, PROT_READ) = -1 ENOMEM (Cannot allocate memory)"),
    );
    expect(areasOf(first.final)).toEqual([
      "7f0000010000-7f0000011000 rw-p",
      "7f0000011000-7f0000012000 r--p",
    ]);
  });
});

it("descriptors are known by what was opened, where the log tells no paths", () => {
  const { first } = replayed(
    log(
      EXEC,
      '10 openat(AT_FDCWD, "/lib/a.so", O_RDONLY|O_CLOEXEC) = 3',
      "10 mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000010000",
      "10 close(3) = 0",
      '10 memfd_create("pool", MFD_CLOEXEC) = 3',
      "10 dup2(3, 9) = 9",
      "10 mmap(NULL, 8192, PROT_READ, MAP_SHARED, 9, 0) = 0x7f000000e000",
    ),
  );
  expect(areasOf(first.final)).toEqual([
    "7f000000e000-7f0000010000 r--s /memfd:pool (deleted)",
    "7f0000010000-7f0000012000 r--p /lib/a.so",
  ]);
});
