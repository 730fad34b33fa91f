/**
 * A snapshot: one process at one moment, as a maps file shows it.
 *
 * A file read from /proc holds one. A recorded file holds several, each under a head line
 *
 *     === pid 8645 end exe /usr/bin/redis-server start_stack 7ffef5de9dd0 start_brk 564bd1579000 time 1795217815.657
 *
 * of which everything from `start_stack` on may be missing.
 */

import type { Image, ImageVma } from "../mm/index.ts";
import type { Damage } from "./maps-line.ts";
import { excerpt } from "./problem.ts";

/**
 * When a recorded snapshot was taken: `start` right after exec, before the program mapped anything; `end` at its
 * exit; `live` in between.
 */
export type SnapshotKind = "start" | "end" | "live";

const KINDS: readonly string[] = ["start", "end", "live"];

/** One process at one moment. */
export interface Snapshot {
  /** Its address space: the VMAs, nothing else. */
  image: Image;
  /**
   * The line that maps shows although it is no VMA: `[vsyscall]` on x86-64, `[vectors]` on 32-bit ARM. No system
   * call reaches it, fork() does not copy it and it does not count for map_count, so it is kept out of `image`.
   */
  gate?: ImageVma;
  /** Word size of the kernel that printed the file, told by where names begin; 64 where no line tells. */
  kernelBits: 32 | 64;
  /** Line of the file at which the snapshot begins, from 1. */
  line: number;
  /** Only recorded files tell these. */
  kind?: SnapshotKind;
  /** Byte addresses of the initial stack and heap. */
  startStack?: bigint;
  startBrk?: bigint;
  /** Seconds since 1970. */
  timeSeconds?: number;
}

/** What every head line begins with. */
export const HEAD_MARK = "=== ";

/** Reads a head line into a snapshot without areas; `file` and `line` say where it stands. */
export function parseHead(text: string, file: string, line: number): Snapshot | Damage {
  const pidAt = HEAD_MARK.length + "pid ".length;
  const pid = /^=== pid (\d{1,9}) /.exec(text)?.[1];
  if (pid === undefined) {
    const index = text.startsWith("=== pid ") ? pidAt : HEAD_MARK.length;
    return { index, expected: '"pid" and a process id' };
  }
  const kindAt = pidAt + pid.length + 1;
  const kind = /^[a-z]*/.exec(text.slice(kindAt))![0];
  if (!KINDS.includes(kind)) return { index: kindAt, expected: '"start", "end" or "live"' };
  const exeAt = kindAt + kind.length;
  if (!text.startsWith(" exe ", exeAt)) return { index: exeAt, expected: '" exe " and the program' };

  const snapshot: Snapshot = {
    image: { source: `${file}, pid ${pid} ${kind}`, pid: Number(pid), areas: [] },
    kernelBits: 64,
    line,
    kind: kind as SnapshotKind,
  };
  // Read from the right: the path may contain anything, the values behind it never contain a space.
  const pathAt = exeAt + " exe ".length;
  let end = text.trimEnd().length;
  for (const fact of ["time", "start_brk", "start_stack"] as const) {
    const found = new RegExp(` ${fact} ([^ ]*)$`).exec(text.slice(pathAt, end));
    if (found === null) continue;
    const valueAt = end - found[1]!.length;
    const damage = takeHeadFact(snapshot, fact, found[1]!, valueAt);
    if (damage !== undefined) return damage;
    end = pathAt + found.index;
  }
  const program = text.slice(pathAt, end);
  if (program.trim() === "") return { index: pathAt, expected: "the path of the program" };
  snapshot.image.program = program;
  return snapshot;
}

function takeHeadFact(
  snapshot: Snapshot,
  fact: "time" | "start_brk" | "start_stack",
  value: string,
  index: number,
): Damage | undefined {
  const found = excerpt(value, 0);
  if (fact === "time") {
    if (!/^\d{1,12}(\.\d{1,9})?$/.test(value)) return { index, expected: "the time in seconds", found };
    snapshot.timeSeconds = Number(value);
    return undefined;
  }
  if (!/^[0-9a-f]{1,16}$/.test(value)) return { index, expected: `${fact}, an address in hex`, found };
  if (fact === "start_brk") snapshot.startBrk = BigInt(`0x${value}`);
  else snapshot.startStack = BigInt(`0x${value}`);
  return undefined;
}
