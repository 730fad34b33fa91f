/**
 * Facts of the machine that decide what the kernel answers: read from /proc and /sys, or probed by calls where what is
 * written there is not what counts.
 */
import { readFileSync, statfsSync } from "node:fs";
import { release, totalmem } from "node:os";
import { constantsAddress } from "./batch.ts";
import { type Executor } from "./executor.ts";
import { NR } from "./syscalls.ts";

/** Resource limits, `null` for unlimited; bytes. */
export interface Limit {
  readonly soft: number | null;
  readonly hard: number | null;
}

/** What the live kernel is and how it is set. */
export interface Machine {
  /** `6.18.44 x86_64` */
  readonly kernel: string;
  /** /sys/kernel/mm/transparent_hugepage/enabled and shmem_enabled; "none" without the feature. */
  readonly thp: string;
  readonly thpShmem: string;
  readonly maxMapCount: number;
  readonly overcommit: number;
  /** vm.mmap_min_addr, and where a hint of one page really ends up. */
  readonly mmapMinAddr: number;
  readonly mmapMinAddrEffective: number;
  readonly pageBytes: number;
  readonly taskSize: number;
  /** End of the first mapping the kernel chooses. */
  readonly mmapBase: number;
  readonly startBrk: number;
  /** First stack pointer: names the stack. */
  readonly startStack: number;
  /** end_data - start_data: RLIMIT_DATA counts it with the heap. */
  readonly dataBytes: number;
  readonly ramBytes: number;
  readonly swapBytes: number;
  readonly uid: number;
  /** CapEff of the executor, in hex. */
  readonly capabilities: string;
  readonly limits: Readonly<Record<"as" | "data" | "stack" | "memlock", Limit>>;
  /** File system of the regular file, magic number in hex. */
  readonly fileSystem: string;
  /** mseal(2) exists (6.10). */
  readonly mseal: boolean;
  /** Guard regions: not known, known, or known and shown in VmFlags (6.19, and 6.18 stable). */
  readonly guards: "none" | "unmarked" | "marked";
  /** userfaultfd(2) and mbind(2) may be called. */
  readonly userfaultfd?: boolean;
  readonly mbind?: boolean;
}

const PROBE_ADDRESS = 0x6000_0000_0000;
const MADV_GUARD_INSTALL = 102;

/** Asks the machine through a running executor; `folder` is where the regular file is made. */
export async function readMachine(executor: Executor, folder: string): Promise<Machine> {
  const pid = executor.pid ?? 0;
  const { replies } = await executor.run({
    records: [
      { number: NR.brk, args: [0], process: 0 },
      { number: NR.mmap, args: [0, 4096, 3, 0x22, -1, 0], process: 0 },
      { number: NR.mmap, args: [4096, 4096, 0, 0x22, -1, 0], process: 0 },
      { number: NR.mseal, args: [0, 0, 0], process: 0 },
      // The highest page that can be mapped: the stack is there, so EEXIST says that it is inside.
      ...[0x7fff_ffff_e000, 0x7fff_ffff_f000].map((address) => ({
        number: NR.mmap,
        args: [address, 4096, 0, 0x10_0022, -1, 0],
        process: 0,
      })),
      { number: NR.userfaultfd, args: [1], process: 0 },
      { number: NR.mbind, args: [0, 0, 0, 0, 0, 0], process: 0 },
    ],
  });
  const [brk, highest, low, seal, top, above, uffd, mbind] = replies.map((reply) => reply.result);
  const stat = (readText(`/proc/${pid}/stat`) ?? "").replace(/^.*\) /, "").split(" ");
  const limits = readText(`/proc/${pid}/limits`) ?? "";
  const memory = readText("/proc/meminfo") ?? "";
  return {
    kernel: `${release()} x86_64`,
    thp: chosen("/sys/kernel/mm/transparent_hugepage/enabled"),
    thpShmem: chosen("/sys/kernel/mm/transparent_hugepage/shmem_enabled"),
    maxMapCount: readNumber("/proc/sys/vm/max_map_count", 65_530),
    overcommit: readNumber("/proc/sys/vm/overcommit_memory", 0),
    mmapMinAddr: readNumber("/proc/sys/vm/mmap_min_addr", 65_536),
    mmapMinAddrEffective: low ?? 0,
    pageBytes: 4096,
    taskSize: above === -12 && top !== -12 ? 0x7fff_ffff_f000 : 0,
    mmapBase: baseOf(readText(`/proc/${pid}/maps`) ?? "", (highest ?? 0) + 4096),
    startBrk: brk ?? 0,
    // Field 28 of proc_pid_stat(5).
    startStack: Number(stat[25] ?? 0),
    // Fields 45 and 46 of proc_pid_stat(5); the three before the closing bracket are gone.
    dataBytes: Math.max(0, Number(stat[43] ?? 0) - Number(stat[42] ?? 0)),
    ramBytes: totalmem(),
    swapBytes: Number(/^SwapTotal: +(\d+) kB/m.exec(memory)?.[1] ?? 0) * 1024,
    uid: process.getuid?.() ?? -1,
    capabilities: /^CapEff:\s*([0-9a-f]+)/m.exec(readText(`/proc/${pid}/status`) ?? "")?.[1] ?? "unknown",
    limits: {
      as: limitOf(limits, "Max address space"),
      data: limitOf(limits, "Max data size"),
      stack: limitOf(limits, "Max stack size"),
      memlock: limitOf(limits, "Max locked memory"),
    },
    fileSystem: statfsSync(folder).type.toString(16),
    mseal: seal === 0,
    guards: await probeGuards(executor),
    userfaultfd: (uffd ?? -1) >= 0,
    mbind: mbind === 0,
  };
}

/** The facts as lines for people: name, value. */
export function describeMachine(machine: Machine): [name: string, value: string][] {
  const hex = (value: number): string => `0x${value.toString(16)}`;
  const limit = (l: Limit): string => (l.soft === null ? "unlimited" : String(l.soft));
  const { limits } = machine;
  return [
    ["kernel", machine.kernel],
    ["transparent huge pages", `${machine.thp}, shmem ${machine.thpShmem}`],
    ["vm.max_map_count", String(machine.maxMapCount)],
    ["vm.overcommit_memory", String(machine.overcommit)],
    ["vm.mmap_min_addr", `${machine.mmapMinAddr}, in effect ${machine.mmapMinAddrEffective}`],
    [
      "memory",
      `${Math.round(machine.ramBytes / 2 ** 20)} MiB, swap ${Math.round(machine.swapBytes / 2 ** 20)} MiB`,
    ],
    [
      "layout",
      `mmap_base ${hex(machine.mmapBase)}, start_brk ${hex(machine.startBrk)}, top ${hex(machine.taskSize)}`,
    ],
    [
      "limits",
      `AS ${limit(limits.as)}, DATA ${limit(limits.data)}, STACK ${limit(limits.stack)}, MEMLOCK ${limit(limits.memlock)}`,
    ],
    ["user", `uid ${machine.uid}, capabilities ${machine.capabilities}`],
    ["file system of the regular file", machine.fileSystem === "ef53" ? "ext4" : `0x${machine.fileSystem}`],
    ["mseal", machine.mseal ? "yes" : "no"],
    ["guard regions", machine.guards],
    ["userfaultfd, mbind", `${yesNo(machine.userfaultfd)}, ${yesNo(machine.mbind)}`],
  ];
}

function yesNo(is: boolean | undefined): string {
  return is === true ? "yes" : "no";
}

/** Makes a guard region, and looks at what smaps says of it. */
async function probeGuards(executor: Executor): Promise<Machine["guards"]> {
  const path = new TextEncoder().encode("/proc/self/smaps\0");
  const { replies } = await executor.run({
    records: [
      { number: NR.mmap, args: [PROBE_ADDRESS, 4096, 3, 0x32, -1, 0], process: 0 },
      { number: NR.madvise, args: [PROBE_ADDRESS, 4096, MADV_GUARD_INSTALL], process: 0 },
      { number: 0, kind: "dump", args: [constantsAddress(3), 0, 0x7fff_ffff], process: 0 },
    ],
    constants: path,
  });
  if (replies[1]?.result !== 0) return "none";
  return /^VmFlags:.* gu( |$)/m.test((replies[2]?.text ?? "").toString()) ? "marked" : "unmarked";
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function readNumber(path: string, otherwise: number): number {
  const text = readText(path);
  return text === undefined || text.trim() === "" ? otherwise : Number(text);
}

/** `madvise` of `always [madvise] never`. */
function chosen(path: string): string {
  return /\[(\w+)\]/.exec(readText(path) ?? "")?.[1] ?? "none";
}

function limitOf(limits: string, name: string): Limit {
  const found = new RegExp(`^${name} +(\\S+) +(\\S+)`, "m").exec(limits);
  const bytes = (text: string | undefined): number | null =>
    text === undefined || text === "unlimited" ? null : Number(text);
  return { soft: bytes(found?.[1]), hard: bytes(found?.[2]) };
}

/** The kernel places the first mapping, the vdso, directly under mmap_base. */
function baseOf(maps: string, otherwise: number): number {
  let base = 0;
  for (const line of maps.split("\n")) {
    const found = /^[0-9a-f]+-([0-9a-f]+) .*/.exec(line);
    if (found === null || line.includes("[stack]") || line.includes("[vsyscall]")) continue;
    base = Math.max(base, Number.parseInt(found[1] as string, 16));
  }
  return base === 0 ? otherwise : base;
}
