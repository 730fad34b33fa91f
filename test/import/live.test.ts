/** The process this test runs in, as the kernel shows it. */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { encodeBytes, printMaps } from "../../src/import/index.ts";
import { read } from "./world.ts";

describe.skipIf(!existsSync("/proc/self/maps"))("the live process", () => {
  test("its maps come back byte for byte", () => {
    const bytes = readFileSync("/proc/self/maps");
    const [snapshot] = read(bytes, { file: "/proc/self/maps" }).snapshots;
    expect(snapshot!.image.areas.length).toBeGreaterThan(50);
    expect(Buffer.from(encodeBytes(printMaps(snapshot!.image, snapshot)))).toEqual(bytes);
  });

  test("its smaps tell about every area, in keys that are all known", () => {
    const { snapshots, unknownKeys, notes } = read(readFileSync("/proc/self/smaps"));
    expect(unknownKeys).toEqual([]);
    expect(notes).toEqual([]);
    const { areas } = snapshots[0]!.image;
    for (const area of areas) {
      expect([area.rssPages, area.anonPages, area.swapPages]).not.toContain(undefined);
      expect(area.vmFlags!.includes("wr")).toBe(area.write);
      expect(area.vmFlags!.includes("ex")).toBe(area.exec);
    }
    const statusRssKib = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))![1]);
    const rssKib = areas.reduce((sum, area) => sum + area.rssPages! * 4, 0);
    // Between the two reads the process goes on living, and VmRSS counts in batches per CPU.
    expect(Math.abs(rssKib - statusRssKib)).toBeLessThan(0.2 * statusRssKib);
  });

  test("examples/processes/record.sh records it in the recorded form", () => {
    const script = fileURLToPath(new URL("../../examples/processes/record.sh", import.meta.url));
    const { format, snapshots } = read(execFileSync("sh", [script, String(process.pid)]));
    expect(format).toBe("recorded");
    const { image, kind, startStack } = snapshots[0]!;
    expect([image.pid, kind, image.program]).toEqual([process.pid, "live", process.execPath]);
    const stack = image.areas.find(({ name }) => name === "[stack]")!;
    expect(startStack! / 4096n).toBeGreaterThanOrEqual(BigInt(stack.startPage));
    expect(startStack! / 4096n).toBeLessThan(BigInt(stack.endPage));
    expect(
      image.areas.every(({ anonPages, vmFlags }) => anonPages !== undefined && vmFlags !== undefined),
    ).toBe(true);
  });
});
