/** Recordings that `interleaf conform --record` made on Linux 6.18, run on the model: any system can check them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { RecordingError, replayRecording } from "../../src/real/index.ts";

function text(name: string): string {
  return gunzipSync(readFileSync(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)))).toString(
    "utf8",
  );
}

describe("random programs with all calls come out as on Linux 6.18", () => {
  it.each([
    ["calls-6.18.jsonl.gz", 302],
    // Three neighbours in every state of their pages, joined in every way; limits met exactly and missed by a page.
    ["rules-6.18.jsonl.gz", 243],
    // Three neighbours of which different things were said (mbind, userfaultfd), vfork, exec, files opened twice; 50 random ones.
    ["policies-6.18.jsonl.gz", 141],
    // First and last pages, guard gaps met exactly, the highest offsets, special and droppable areas: see tools/mutants/calls.mjs.
    ["edges-6.18.jsonl.gz", 23],
    // Each was a mismatch once.
    ["found-6.18.jsonl.gz", 6],
  ])(
    "%s: results, maps, VmFlags, bytes, page tables and counters are equal",
    { timeout: 120_000 },
    (name, count) => {
      const replay = replayRecording(text(name), name, "6.18");
      expect(replay.mismatches).toEqual([]);
      expect(replay.wrongBooks).toEqual([]);
      expect(replay.programs).toBe(count);
    },
  );

  it("a model with other rules does not pass", () => {
    expect(replayRecording(text("calls-6.18.jsonl.gz"), "calls", "6.12").mismatches.length).toBe(1);
  });

  it("a recording that does not tell the machine is refused with the cure", () => {
    const [first = "", ...rest] = text("found-6.18.jsonl.gz").split("\n");
    const { facts: _, ...header } = JSON.parse(first) as Record<string, unknown>;
    const without = [JSON.stringify(header), ...rest].join("\n");
    expect(() => replayRecording(without, "x", "6.18")).toThrow(RecordingError);
    expect(() => replayRecording(without, "x", "6.18")).toThrow(/^x:1: no "facts": it was not made by/);
  });
});
