import { describe, expect, it } from "vitest";
import {
  EndVerifier,
  FtraceReader,
  type ProcessHistory,
  Replay,
  type Snapshot,
} from "../../src/import/index.ts";
import type { Image, ImageVma } from "../../src/mm/index.ts";
import { mapsOf, PROGRAMS, replayed, unpacked } from "./log-world.ts";

const AREAS = {
  "bash-pipeline": 196,
  "gcc-hello": 207,
  "nginx-workers": 601,
  "python-grow": 99,
  "redis-bgsave": 238,
};

describe.each(PROGRAMS)("%s", (program) => {
  const text = unpacked(`${program}.strace.gz`);
  const snapshots = mapsOf(program);

  it("replays to every recorded area and flag, when private memory is written as soon as it is there", () => {
    const { replay, ends } = replayed(text, { starts: snapshots });
    const verifier = new EndVerifier(snapshots);
    for (const { pid, image } of ends) verifier.take(pid, image, "told", false);
    const result = verifier.end();
    expect(result.differences).toEqual([]);
    expect(result.onlyRecorded).toEqual([]);
    expect(result.areas).toBe(AREAS[program]);
    expect(replay.processes.flatMap((process) => process.disagreements)).toEqual([]);
    expect(replay.notes).toEqual([]);
  });

  it("gives every recorded address without any maps file, from the log alone", () => {
    const { replay } = replayed(text);
    expect(replay.processes.flatMap((process) => process.disagreements)).toEqual([]);
  });

  it("gives every recorded address when nothing is ever written", () => {
    const { replay } = replayed(text, { starts: snapshots, touch: "never" });
    expect(replay.processes.flatMap((process) => process.disagreements)).toEqual([]);
  });
});

it("names exactly the calls whose merges depend on faults: with them 10 areas of 1,341 change", () => {
  let wrong = 0;
  let named = 0;
  for (const program of PROGRAMS) {
    const text = unpacked(`${program}.strace.gz`);
    const starts = mapsOf(program);
    const written = replayed(text, { starts });
    const never = replayed(text, { starts, touch: "never" });
    for (const { pid, image } of written.ends) {
      const other = never.ends.find((end) => end.pid === pid)!.image;
      const there = new Set(other.areas.map((area) => `${area.startPage} ${area.endPage}`));
      wrong += image.areas.filter((area) => !there.has(`${area.startPage} ${area.endPage}`)).length;
      const history = written.replay.processes.find((process) => process.pid === pid)!;
      const difference = history.dependences.reduce((sum, one) => sum + one.difference, 0);
      // A child that has not called anything differs as its parent did.
      if (history.dependenceCount > 0) expect(image.areas.length - other.areas.length).toBe(difference);
      named += history.dependenceCount;
    }
  }
  expect(wrong).toBe(10);
  expect(named).toBe(7);
});

describe("the stream of python-grow with its faults", () => {
  const text = unpacked("python-grow.ftrace.gz");
  const [start, ...ends] = mapsOf("python-grow");

  it("replays to the areas that the same program had in another run", () => {
    const calls: { at: number; heap: number }[] = [];
    let heap = 0;
    const probe = new FtraceReader((event) => {
      if (event.kind !== "call" || typeof event.value !== "number") return;
      if (event.call.op === "brk" && heap === 0) heap = event.value;
      if (event.call.op === "mmap") calls.push({ at: event.value, heap });
    });
    probe.push(text);
    probe.end();
    // Where this run's mappings and heap are, against those of the run with maps.
    const base = calls[0]!.at + 8192;
    const lowest = start!.image.areas.find((area) => area.name === "[vvar]")!.startPage * 4096;
    const moved = new Moved(base - lowest, heap - Number(start!.startBrk));

    const found: { history: ProcessHistory; image: Image }[] = [];
    let pid = 0;
    const first = new FtraceReader((event) => (pid ||= event.pid));
    first.push(text);
    const replay = new Replay({
      touch: "told",
      starts: [moved.snapshot(start!, pid)],
      onEnd: (history, image) => found.push({ history, image }),
    });
    const reader = new FtraceReader((event) => replay.take(event));
    reader.push(text);
    const result = reader.end();
    replay.end();
    expect(result.ok).toBe(true);
    expect(replay.processes.flatMap((process) => process.disagreements)).toEqual([]);
    expect(found).toHaveLength(2);

    // Where the huge-page mapping lies depends on the base modulo 2 MiB: sizes and permissions are what two runs share.
    const shape = (area: ImageVma): string =>
      area.name === "[stack]"
        ? "stack"
        : `${area.endPage - area.startPage} ${area.read}${area.write}${area.exec}${area.shared}`;
    const child = found.find((end) => end.history.parent !== undefined)!;
    const parent = found.find((end) => end.history.parent === undefined)!;
    expect(child.image.areas.map(shape)).toEqual(ends[0]!.image.areas.map(shape));
    expect(parent.image.areas.map(shape)).toEqual(ends[1]!.image.areas.map(shape));
  });
});

/** Address-space randomisation, undone: mappings and heap are somewhere else in every run. */
class Moved {
  readonly #mappings: number;
  readonly #heap: number;

  constructor(mappings: number, heap: number) {
    this.#mappings = mappings / 4096;
    this.#heap = heap / 4096;
  }

  area(area: ImageVma): ImageVma {
    const by = area.startPage > 0x7f0000000 ? this.#mappings : area.name === "[heap]" ? this.#heap : 0;
    return area.name === "[stack]"
      ? area
      : { ...area, startPage: area.startPage + by, endPage: area.endPage + by };
  }

  snapshot(snapshot: Snapshot, pid: number): Snapshot {
    const areas = snapshot.image.areas.map((area) => this.area(area));
    const startBrk = snapshot.startBrk! + BigInt(this.#heap * 4096);
    return { ...snapshot, startBrk, image: { ...snapshot.image, pid, areas } };
  }
}
