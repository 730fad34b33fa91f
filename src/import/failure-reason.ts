/**
 * Why a memory call failed, as far as the address space shows it at that moment.
 *
 * The order is that in which the kernel looks: what stands first is what the caller met first.
 */
import { type AddressSpace, type Bytes, type ImageVma, PAGE_BYTES, type System } from "../mm/index.ts";
import type { MemoryCall } from "./trace-event.ts";

const MB = 2 ** 20;

/** One sentence. `space` is the address space before the call. */
export function failureReason(
  space: AddressSpace,
  system: System,
  call: MemoryCall,
  error: string,
  agrees: boolean | undefined,
): string {
  const known = reasonOf(space, system, call, error);
  if (known !== undefined) return known;
  if (agrees === false) {
    return error === "ENOMEM"
      ? "nothing in the address space refuses it: a memory limit of the process' group, RLIMIT_AS or the machine itself"
      : "nothing in the address space refuses it";
  }
  return "the model refuses it, too";
}

function reasonOf(space: AddressSpace, system: System, call: MemoryCall, error: string): string | undefined {
  const count = space.mapCount;
  const max = system.maxMapCount;
  const near = `${count} areas of at most ${max} (max_map_count)`;
  if (error === "EINVAL") return argumentReason(call);
  if (error === "EPERM" && areasIn(space, call).some((area) => area.vmFlags?.includes("sl")))
    return "an area in the range is sealed";
  if (error === "EFAULT" && call.op === "mremap") {
    const area = space.areaAt(call.at);
    return area === undefined ? "nothing is mapped at the old address" : "the old range is not one area";
  }
  if (error === "EEXIST")
    return "something is mapped in the range, and MAP_FIXED_NOREPLACE forbids to replace it";
  if (error === "EAGAIN" && call.op === "madvise" && count >= max)
    return `it would split an area, and there are ${near}`;
  if (error !== "ENOMEM") return undefined;
  switch (call.op) {
    case "mmap":
    case "mremap": {
      if (call.op === "mmap" && count > max) return `there are ${near}`;
      if (call.op === "mremap" && count + 2 >= max - 3)
        return `there are ${near}, and a move needs some to spare`;
      if (call.op === "mremap" && (call.flags & 1) === 0) {
        return "it cannot grow where it is: what lies behind is in the way, and MREMAP_MAYMOVE is not given";
      }
      return memoryReason(space, system, Number(call.op === "mmap" ? call.length : call.newLength));
    }
    case "brk":
      return count > max ? `there are ${near}` : undefined;
    case "munmap":
      return count >= max ? `it cuts an area in two, and there are ${near}` : undefined;
    case "mprotect":
    case "madvise":
    case "mlock":
    case "munlock":
    case "mseal":
    case "msync": {
      const hole = firstHole(space, call.at, call.length);
      if (hole !== undefined) return `nothing is mapped at 0x${hole.toString(16)}, inside the range`;
      return count >= max - 1 ? `it splits areas, and there are ${near}` : undefined;
    }
    default:
      return undefined;
  }
}

function memoryReason(space: AddressSpace, system: System, length: number): string | undefined {
  if (system.overcommit === 0 && length / PAGE_BYTES > system.ramPages) {
    return `${Math.round(length / MB)} MiB at once are more than all memory and swap (${Math.round((system.ramPages * PAGE_BYTES) / MB)} MiB), and overcommit_memory is 0`;
  }
  const { addressSpace } = space.limits;
  if (space.counters.total * PAGE_BYTES + length > addressSpace) {
    return `${Math.round((space.counters.total * PAGE_BYTES) / MB)} MiB are mapped, and RLIMIT_AS allows ${Math.round(addressSpace / MB)}`;
  }
  return length >= 2 ** 47 ? "it is longer than the address space" : undefined;
}

function argumentReason(call: MemoryCall): string | undefined {
  if ("length" in call && Number(call.length) === 0) return "the length is 0";
  if ("at" in call && call.op !== "brk" && (BigInt(call.at) & 4095n) !== 0n)
    return "the address is not at a page boundary";
  if (call.op === "mmap" && (BigInt(call.offset) & 4095n) !== 0n)
    return "the offset is not at a page boundary";
  if (call.op === "mmap" && (call.flags & 15) === 0) return "neither MAP_SHARED nor MAP_PRIVATE is given";
  if (call.op === "mremap" && Number(call.newLength) === 0) return "the new length is 0";
  return undefined;
}

function areasIn(space: AddressSpace, call: MemoryCall): ImageVma[] {
  if (!("at" in call)) return [];
  const area = space.areaAt(call.at);
  return area === undefined ? [] : [area];
}

/** First address of the range where nothing is mapped; undefined where it is covered. */
function firstHole(space: AddressSpace, at: Bytes, length: Bytes): number | undefined {
  if (typeof at === "bigint" || typeof length === "bigint") return undefined;
  for (let page = Math.floor(at / PAGE_BYTES); page * PAGE_BYTES < at + length; ) {
    const area = space.areaAt(page * PAGE_BYTES);
    if (area === undefined) return page * PAGE_BYTES;
    page = area.endPage;
  }
  return undefined;
}
