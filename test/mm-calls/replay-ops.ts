// Replays a recorded sequence of operations (fixtures/ops-*.jsonl.gz) against the model, step by step.
//
// The recording's header tells how the driver process was laid out; every test began in a fresh fork of it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { sequentially } from "../../src/sched/index.ts";
import {
  access,
  audit,
  dupMm,
  type File,
  flagsOfCodes,
  type ImageVma,
  imageOf,
  Kernel,
  type Mm,
  mmput,
  newMapping,
  newMm,
  openFile,
  PRESETS,
  placeVma,
  SIGBUS,
  sysBrk,
  sysMadvise,
  sysMlock,
  sysMlock2,
  sysMmap,
  sysMprotect,
  sysMremap,
  sysMseal,
  sysMunlock,
  sysMunmap,
} from "./world.ts";

interface Step {
  p: number;
  c: string;
  a: string[];
  r: string;
  m?: string[];
}

interface Test {
  seq: number;
  steps: Step[];
}

interface Header {
  mmap_base: string;
  start_brk: string;
  files: Record<string, number>;
  layout: string[];
}

/** Reads a recording of the fixtures. */
export function readOps(name: string): { header: Header; tests: Test[] } {
  const path = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
  const lines = gunzipSync(readFileSync(path)).toString("utf8").trim().split("\n");
  return {
    header: JSON.parse(lines[0]) as Header,
    tests: lines.slice(1).map((line) => JSON.parse(line) as Test),
  };
}

const PAGE = 4096;
const LINE = /^([0-9a-f]+)-([0-9a-f]+) (....) ([0-9a-f]+) ([^#]*)#(.*)$/;

/** The driver process: what every test is forked from. */
export class Driver {
  readonly k: Kernel;
  readonly mm: Mm;
  readonly files: Map<string, File> = new Map();
  readonly #own: Set<string>;

  constructor(header: Header, options: { maxMapCount?: number } = {}) {
    this.k = new Kernel(PRESETS["6.18"], "realistic", options);
    this.k.recycleRows();
    this.k.naming = false;
    this.k.neverRefuses = true;
    this.mm = newMm(this.k, "driver");
    this.mm.mmapBase = Number(header.mmap_base) / PAGE;
    this.mm.startBrk = Number(header.start_brk);
    this.mm.brk = this.mm.startBrk;
    this.mm.startStack = 0x7fffffffe000;
    const own = new Map<string, File>();
    for (const line of header.layout) {
      const [, start, end, , offset, name, codes] = LINE.exec(line)!;
      const title = name.trim();
      const flags = flagsOfCodes(codes.split(","));
      const special = title.startsWith("[v") ? title : null;
      let file: File | null = null;
      if (title === "helper") file = own.get(title) ?? this.#open(title, Number.MAX_SAFE_INTEGER);
      if (title.startsWith("/dev/zero"))
        file = this.#open(title, (Number.parseInt(end, 16) - Number.parseInt(start, 16)) / PAGE);
      if (file !== null) own.set(title, file);
      const first = Number.parseInt(start, 16) / PAGE;
      placeVma(this.k, this.mm, {
        start: first,
        end: Number.parseInt(end, 16) / PAGE,
        flags,
        pgoff: file === null ? first : Number.parseInt(offset, 16) / PAGE,
        file,
        special,
      });
      // The driver's own private memory was written before it forked.
      if (codes.includes("wr") && !codes.includes("sh")) {
        const seen = sequentially(access(this.k, this.mm, Number.parseInt(end, 16) / PAGE - 1, 1));
        if (seen < 0) throw new Error(`driver: ${line} cannot be written`);
      }
    }
    for (const [name, bytes] of Object.entries(header.files)) {
      const shown = name.startsWith("memfd") ? "/memfd:m (deleted)" : "/srv/demo/bigfile";
      this.files.set(`fd:${name}`, this.#open(shown, Math.ceil(bytes / PAGE), !name.startsWith("memfd")));
    }
    this.#own = new Set(header.layout.map((line) => line.replace(/ *#.*$/, "")));
  }

  #open(name: string, pages: number, alignsHuge = true): File {
    const facts = { name, device: "08:01", inode: "1", alignsHuge, temporary: false, shmem: false };
    return openFile(this.k, newMapping(this.k, facts, pages), true, true);
  }

  /** The maps of a process in the recording's short form, without the driver's own lines. */
  maps(mm: Mm, withFlags: boolean): string[] {
    const lines: string[] = [];
    for (const area of imageOf(mm, "").areas) {
      const line = shortLine(area);
      if (area.name === "[stack]" || this.#own.has(line.trimEnd()) || this.#own.has(line)) continue;
      lines.push(withFlags ? `${line} #${area.vmFlags!.join(",")}` : line);
    }
    return lines;
  }
}

function shortLine(area: ImageVma): string {
  const hex = (page: number) => (page * PAGE).toString(16);
  const p = `${area.read ? "r" : "-"}${area.write ? "w" : "-"}${area.exec ? "x" : "-"}${area.shared ? "s" : "p"}`;
  const line = `${hex(area.startPage)}-${hex(area.endPage)} ${p} ${hex(area.offsetPages)}`;
  return area.name === "" ? line : `${line} ${area.name}`;
}

/** Where model and recording part. */
export interface Difference {
  seq: number;
  step: number;
  what: string;
}

/** Replays one test. Undefined when all steps agree. */
export function replayTest(driver: Driver, test: Test, audited: boolean): Difference | undefined {
  const { k } = driver;
  const fork = (mm: Mm): Mm => {
    const child = sequentially(dupMm(k, mm, ""));
    if (child === null) throw new Error("fork failed");
    return child;
  };
  const processes = [fork(driver.mm)];
  const shown: (string[] | undefined)[] = [[]];
  let difference: Difference | undefined;
  for (const [i, step] of test.steps.entries()) {
    const mm = processes[step.p];
    const text = `${step.c}(${step.a.join(", ")}) of process ${step.p}`;
    if (step.c === "fork") {
      processes.push(fork(mm));
      shown.push(undefined); // told at the child's own first step
    } else if (step.c !== "final") {
      const result = perform(driver, mm, step);
      if (result !== step.r) {
        difference = { seq: test.seq, step: i, what: `${text}: ${result}, recorded ${step.r}` };
        break;
      }
    }
    const final = step.c === "final";
    const { p } = step;
    if (step.m !== undefined) shown[p] = step.m.map((line) => line.trimEnd());
    const known = shown[p];
    if (known === undefined) throw new Error(`the recording does not tell the maps of process ${p}`);
    const now = driver.maps(processes[p], final);
    const expected = final ? known.map((line) => line.replace(/ +#/, " #")) : known;
    if (now.join("\n") !== expected.join("\n")) {
      difference = {
        seq: test.seq,
        step: i,
        what: `maps after ${text}:\n  model:\n    ${now.join("\n    ")}\n  recorded:\n    ${expected.join("\n    ")}`,
      };
      break;
    }
    if (final && step.m !== undefined) shown[p] = step.m.map((line) => line.replace(/ *#.*$/, "").trimEnd());
  }
  if (audited && difference === undefined) {
    const wrong = audit(k);
    if (wrong.length > 0)
      difference = {
        seq: test.seq,
        step: test.steps.length,
        what: `audit: ${wrong.map((w) => w.message).join("; ")}`,
      };
  }
  for (const mm of processes) sequentially(mmput(k, mm, "exit"));
  return difference;
}

function perform(driver: Driver, mm: Mm, step: Step): string {
  const { k } = driver;
  const big = step.a.map((a) => (a.startsWith("fd:") ? 0n : a.startsWith("-") ? 0n : BigInt(a)));
  const int = (i: number) => Number(BigInt.asIntN(32, big[i] ?? 0n));
  const file = step.a.map((a) => driver.files.get(a)).find((f) => f !== undefined) ?? null;
  let result: number;
  switch (step.c) {
    case "mmap":
      result = sequentially(sysMmap(k, mm, big[0], big[1], int(2), int(3), file, big[5]));
      break;
    case "munmap":
      result = sequentially(sysMunmap(k, mm, big[0], big[1]));
      break;
    case "mprotect":
      result = sequentially(sysMprotect(k, mm, big[0], big[1], int(2)));
      break;
    case "mremap":
      result = sequentially(sysMremap(k, mm, big[0], big[1], big[2], int(3), big[4]));
      break;
    case "brk":
      result = sequentially(sysBrk(k, mm, big[0]));
      break;
    case "madvise":
      result = sequentially(sysMadvise(k, mm, big[0], big[1], int(2)));
      break;
    case "mlock":
      result = sequentially(sysMlock(k, mm, big[0], big[1]));
      break;
    case "mlock2":
      result = sequentially(sysMlock2(k, mm, big[0], big[1], int(2)));
      break;
    case "munlock":
      result = sequentially(sysMunlock(k, mm, big[0], big[1]));
      break;
    case "mseal":
      result = sequentially(sysMseal(k, mm, big[0], big[1], int(2)));
      break;
    case "setrlimit": {
      const key = int(0) === 9 ? "addressSpace" : "data";
      mm.limits = { ...mm.limits, [key]: big[1] >= 2n ** 63n ? Number.POSITIVE_INFINITY : Number(big[1]) };
      result = 0;
      break;
    }
    case "read":
    case "write": {
      const page = Number(big[0] >> 12n);
      const seen = sequentially(access(k, mm, page, step.c === "write" ? 1 : undefined));
      result = seen === SIGBUS ? -7002 : Math.min(seen, 0);
      break;
    }
    default:
      throw new Error(`the recording has an operation "${step.c}" that this replay does not know`);
  }
  return result < 0 ? String(result) : `0x${result.toString(16)}`;
}
