import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { dupMmap, ENOMEM, Kernel, markerOf, newMm, PRESETS } from "../../src/mm/index.ts";
import { placeVma } from "../../src/mm/layout.ts";
import { sequentially } from "../../src/sched/index.ts";

interface Run {
  forkResult: number;
  storesIntoChildTree: number;
  lastStore: [string, string, string, string, string, string];
  events: [string, string, string, string, string, string][];
}

const recording = JSON.parse(
  gunzipSync(
    readFileSync(fileURLToPath(new URL("./fixtures/fork-enomem-6.18.json.gz", import.meta.url))),
  ).toString(),
) as { runs: Run[] };

const pageOf = (address: string): number => Math.floor(Number(address) / 4096);

it("a failing fork stores one VMA after another and then the marker, where Linux 6.18 did", () => {
  const failed = recording.runs.filter((run) => run.forkResult === ENOMEM);
  expect(failed.length).toBeGreaterThan(2);
  // The parent's areas, as far as any run came.
  const longest = recording.runs.reduce((a, b) => (a.events.length > b.events.length ? a : b));
  const ranges = longest.events.map((event) => [pageOf(event[3]), pageOf(event[4]) + 1] as const);
  for (const run of failed) {
    const k = new Kernel(PRESETS["6.18"], "any");
    const parent = newMm(k, "parent");
    for (const [start, end] of ranges) {
      placeVma(k, parent, { start, end, flags: 1, pgoff: start, file: null, special: null });
    }
    let copied = 0;
    k.sequentialChoice = (site) =>
      site.startsWith("vm_area_dup") && ++copied === run.storesIntoChildTree ? 1 : 0;
    const child = newMm(k, "child");
    expect(sequentially(dupMmap(k, child, parent))).toBe(ENOMEM);
    let stores = 0;
    let entry = child.tree.find(0);
    while (entry !== null && entry !== markerOf(k)) {
      stores++;
      entry = child.tree.find(child.tree.foundEnd);
    }
    expect(stores + 1).toBe(run.storesIntoChildTree);
    expect([child.tree.foundStart, child.tree.foundEnd - 1]).toEqual([
      pageOf(run.lastStore[3]),
      pageOf(run.lastStore[4]),
    ]);
  }
});
