import { describe, expect, it } from "vitest";
import { StraceReader, type TraceEvent } from "../../src/import/index.ts";
import { eventsOf, log, summaryOf, unpacked } from "./log-world.ts";

const MMAP = "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7feca505f000";

const callOf = (line: string): Extract<TraceEvent, { kind: "call" }> => {
  const [event] = eventsOf(`${line}\n`);
  if (event?.kind !== "call") throw new Error(`no call: ${line}`);
  return event;
};

describe("the beginning of a line", () => {
  it.each([
    ["nothing", "", 0, Number.NaN],
    ["-f on a terminal", "[pid  8360] ", 8360, Number.NaN],
    ["-f -o", "8360  ", 8360, Number.NaN],
    ["-t", "8360  12:34:56 ", 8360, 45296],
    ["-tt", "12:34:56.250000 ", 0, 45296.25],
    ["-ttt", "8360  1795217753.500000 ", 8360, 1795217753.5],
    ["-ttt alone", "1795217753.500000 ", 0, 1795217753.5],
    ["-r", "8360       0.000250 ", 8360, 0.00025],
    ["-r -ttt", "8360  1795217753.500000 (+     0.000123) ", 8360, 1795217753.5],
    ["-i", "[00007f1234567890] ", 0, Number.NaN],
    ["-n", "8360  [   9] ", 8360, Number.NaN],
    ["-Y", "8360<bash> 12:34:56 ", 8360, 45296],
    ["-Y on a terminal", "[pid 8360<bash>] ", 8360, Number.NaN],
  ])("with %s", (_what, prefix, pid, seconds) => {
    const event = callOf(prefix + MMAP);
    expect(event.pid).toBe(pid);
    if (Number.isNaN(seconds)) expect(event.seconds).toBeNaN();
    else expect(event.seconds).toBeCloseTo(seconds, 6);
    expect(event.call).toMatchObject({ op: "mmap", length: 8192, prot: 3, flags: 0x22, fd: -1 });
    expect(event.value).toBe(0x7feca505f000);
  });
});

describe("arguments", () => {
  it.each([
    ["3", 3, undefined],
    ["3</usr/lib/libc.so.6>", 3, "/usr/lib/libc.so.6"],
    ["7</dev/zero<char 1:5>>", 7, "/dev/zero"],
    ["5</tmp/a, b) = 1>", 5, "/tmp/a, b) = 1"],
    [String.raw`5</tmp/\303\244\74x\76>`, 5, "/tmp/Ã¤<x>"],
    ["9<anon_inode:[perf_event]>", 9, "anon_inode:[perf_event]"],
    ["4<TCP:[127.0.0.1:80->127.0.0.1:999]>", 4, "TCP:[127.0.0.1:80->127.0.0.1:999]"],
    ["4294967295", -1, undefined],
  ])("descriptor %s", (text, fd, path) => {
    const { call } = callOf(`mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, ${text}, 0x1000) = 0x7f0000000000`);
    expect(call).toMatchObject({ op: "mmap", fd, path, offset: 4096 });
  });

  it.each([
    ["PROT_NONE", 0],
    ["PROT_READ|PROT_EXEC", 5],
    ["0x3", 3],
    ["0x3 /* PROT_READ|PROT_WRITE */", 3],
    ["PROT_READ|0x8 /* PROT_??? */", 9],
  ])("protection %s", (text, prot) => {
    expect(callOf(`mprotect(0x7f0000000000, 4096, ${text}) = 0`).call).toMatchObject({ prot });
  });

  it("shifted sizes of huge pages", () => {
    const { call } = callOf(
      "mmap(NULL, 2097152, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0) = 0x7f0000000000",
    );
    expect(call).toMatchObject({ flags: 0x40022 | (21 << 26) });
  });

  it("numbers above 2^53 stay exact", () => {
    const { call, error } = callOf(
      "munmap(0xfffffffffffff000, 18446744073709551615) = -1 EINVAL (Invalid argument)",
    );
    expect(call).toEqual({ op: "munmap", at: 0xfffffffffffff000n, length: 18446744073709551615n });
    expect(error).toBe("EINVAL");
  });

  it("limits are read where they are set, and only of the caller itself", () => {
    const { call } = callOf(
      "prlimit64(0, RLIMIT_AS, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}, NULL) = 0",
    );
    expect(call).toEqual({ op: "limit", resource: 9, soft: 8192 * 1024 });
    expect(eventsOf("prlimit64(0, RLIMIT_AS, NULL, {rlim_cur=8192*1024, rlim_max=1}) = 0\n")).toEqual([]);
    expect(eventsOf("prlimit64(77, RLIMIT_AS, {rlim_cur=1, rlim_max=1}, NULL) = 0\n")).toEqual([]);
  });

  it.each([
    ["fork() = 12", 0],
    ["vfork() = 12", 0x100],
    [
      "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7feca4e3da10) = 12",
      0x1200011,
    ],
    [
      "clone3({flags=CLONE_VM|CLONE_THREAD, child_tid=0x7f, exit_signal=0, stack=0x7f} => {parent_tid=[12]}, 88) = 12",
      0x10100,
    ],
    ["clone(child_stack=NULL, flags=CLONE_VM|CLONE_VFORK|SIGCHLD) = 12", 0x4111],
  ])("%s", (line, flags) => {
    const event = callOf(line);
    expect(event.call).toMatchObject({ op: "fork", flags });
    expect(event.value).toBe(12);
  });
});

describe("the end of a line", () => {
  it.each([
    ["= 0", 0, undefined],
    ["= 0 <0.000012>", 0, undefined],
    ["= 0 (DELAYED)", 0, undefined],
    ["= -1 ENOMEM (Cannot allocate memory)", undefined, "ENOMEM"],
    ["= -1 ENOMEM (Cannot allocate memory) (INJECTED) <0.1>", undefined, "ENOMEM"],
    ["= ? ERESTARTSYS (To be restarted if SA_RESTART is set)", undefined, "ERESTARTSYS"],
    ["= ?", undefined, undefined],
    ["= ? <unavailable>", undefined, undefined],
  ])("%s", (text, value, error) => {
    const event = callOf(`munmap(0x7f0000000000, 4096)      ${text}`);
    expect([event.value, event.error]).toEqual([value, error]);
  });
});

it("a call in two pieces takes effect where its result stands, whatever others do meanwhile", () => {
  const events = eventsOf(
    log(
      "10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0 <unfinished ...>",
      "11 munmap(0x7f0000001000, 4096 <unfinished ...>",
      "10 <... mmap resumed>)       = 0x7f0000000000",
      "11 <... munmap resumed>) = 0",
      "11 munmap(0x7f0000002000 <unfinished ...>",
      "11 <... munmap resumed> , 4096) = 0",
    ),
  );
  expect(events.map((event) => [event.kind, event.pid, event.line])).toEqual([
    ["call", 10, 3],
    ["call", 11, 4],
    ["call", 11, 6],
  ]);
  expect(events[2]).toMatchObject({ call: { op: "munmap", at: 0x7f0000002000, length: 4096 } });
});

it("signals, exits, remarks of strace and stack traces are no calls", () => {
  const events = eventsOf(
    log(
      "strace: Process 8361 attached",
      "8360  --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=8361} ---",
      "8361  +++ exited with 0 +++",
      "8360  +++ killed by SIGKILL +++",
      " > /usr/lib/libc.so.6(brk+0xb) [0x10]",
      "8362  brk(NULL) = 0x1000",
      "8362  <... wait4 resumed>[{WIFEXITED(s)}], 0, NULL) = 3",
    ),
  );
  expect(events.map((event) => `${event.kind} ${event.pid}`)).toEqual([
    "ended 8361",
    "ended 8360",
    "call 8362",
  ]);
});

it("calls that are not modelled are counted by name, none is dropped in silence", () => {
  const summary = summaryOf(
    log(
      'read(3, "a) = 5\\"", 832) = 832',
      'read(3, "", 832) = 0',
      "getpid() = 12",
      'write(1, "mmap(0, 1) = 2\\n", 15) = 15',
      "shmat(3, NULL, 0) = 0x7f0000000000",
      "brk(NULL) = 0x1000",
      "ioctl(3, TCGETS, 0x7ff) = -1 ENOTTY (Inappropriate ioctl for device)",
    ),
  );
  expect(summary.calls).toBe(7);
  expect(summary.modelled).toBe(1);
  expect(summary.unmodelled.map(({ name, count }) => `${name} ${count}`)).toEqual([
    "read 2",
    "getpid 1",
    "ioctl 1",
    "shmat 1",
    "write 1",
  ]);
});

it("chunks may be cut anywhere, and be text or bytes", () => {
  const text = unpacked("bash-pipeline.strace.gz");
  const whole = eventsOf(text);
  for (const size of [1, 7, 1000]) {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
      text.slice(i * size, (i + 1) * size),
    );
    expect(readAll(pieces)).toEqual(whole);
  }
  expect(readAll([Uint8Array.from(Buffer.from(text, "latin1"))])).toEqual(whole);
});

function readAll(chunks: (string | Uint8Array)[]): TraceEvent[] {
  const events: TraceEvent[] = [];
  const reader = new StraceReader((event) => events.push(event));
  for (const chunk of chunks) reader.push(chunk);
  if (!reader.end().ok) throw new Error("refused");
  return events;
}
