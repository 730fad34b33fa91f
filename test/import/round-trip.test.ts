import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBytes, printMaps, readMaps } from "../../src/import/index.ts";
import { example, file, fixture, mapsLine, RECORDED, read } from "./world.ts";

/** One area as fields of text, `gap` and `size` in pages; names may hold anything but a line feed and NUL. */
const areaFields = fc.record({
  gap: fc.bigInt(0n, 2n ** 40n),
  size: fc.bigInt(1n, 2n ** 40n),
  permissions: fc
    .tuple(
      fc.constantFrom("r", "-"),
      fc.constantFrom("w", "-"),
      fc.constantFrom("x", "-"),
      fc.constantFrom("p", "s"),
    )
    .map((letters) => letters.join("")),
  offset: fc.bigInt(0n, 2n ** 52n - 1n),
  major: fc.nat(0xfff),
  minor: fc.nat(0xfffff),
  inode: fc.bigInt(0n, 2n ** 64n - 1n),
  name: fc.oneof(
    fc.constantFrom("", "[heap]", "[stack]", "[anon:x y]", "/usr/lib/libc.so.6", "/dev/zero (deleted)"),
    fc.string({ unit: "binary", maxLength: 40 }).map((text) => `/${text.replace(/[\n\0]/g, "_")}`),
  ),
});

const hex = (value: bigint | number, digits: number) => value.toString(16).padStart(digits, "0");

/** What a kernel of that word size would print, by its own format string rather than by ours. */
function kernelText(
  areas: readonly (typeof areaFields extends fc.Arbitrary<infer T> ? T : never)[],
  padTo: 72 | 48,
) {
  let at = 0n;
  const lines = areas.map(({ gap, size, offset, major, minor, inode, ...rest }) => {
    const start = at + gap;
    at = start + size;
    return mapsLine(
      {
        ...rest,
        start: hex(start * 4096n, 8),
        end: hex(at * 4096n, 8),
        offset: hex(offset * 4096n, 8),
        device: `${hex(major, 2)}:${hex(minor, 2)}`,
        inode: `${inode}`,
      },
      padTo,
    );
  });
  return file(...lines);
}

describe("reading and printing are inverse", () => {
  test("for every maps file of a 64-bit kernel, byte for byte", () => {
    fc.assert(
      fc.property(fc.array(areaFields, { minLength: 1, maxLength: 20 }), (areas) => {
        const text = kernelText(areas, 72);
        const [snapshot] = read(text).snapshots;
        expect(printMaps(snapshot!.image, snapshot)).toBe(text);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("for a maps file of a 32-bit kernel, whose names begin earlier", () => {
    const text = file(
      mapsLine({ start: "b6f00000", end: "b6f01000", name: "/lib/ld.so" }, 48),
      mapsLine({ start: "be9ce000", end: "be9ef000", device: "00:00", inode: "0", name: "" }, 48),
      mapsLine({ start: "ffff0000", end: "ffff1000", device: "00:00", inode: "0", name: "[vectors]" }, 48),
    );
    const [snapshot] = read(text).snapshots;
    expect(printMaps(snapshot!.image, snapshot)).toBe(text);
  });

  test("for fields wider than the padding, as a 6.18 kernel printed them for overlayfs with xino=on", () => {
    const text = file(
      "7f54acbe4000-7f54acbe5000 r--p 00000000 00:28 9223372036856922451        /srv/m/g",
      "7f54acbe5000-7f54acbe6000 r--s 7fffffffffffd000 00:28 9223372036856922451  /srv/m/g",
    );
    const [snapshot] = read(text).snapshots;
    expect(printMaps(snapshot!.image, snapshot)).toBe(text);
  });

  test.each(["sleep.maps", "odd-names.maps"])(
    "for %s, recorded from a live kernel, byte for byte",
    (name) => {
      const bytes = fixture(name);
      const [snapshot] = read(bytes).snapshots;
      expect(Buffer.from(encodeBytes(printMaps(snapshot!.image, snapshot)))).toEqual(bytes);
    },
  );

  test("for smaps: the maps of the same process", () => {
    const [snapshot] = read(fixture("sleep.smaps")).snapshots;
    expect(printMaps(snapshot!.image, snapshot)).toBe(fixture("sleep.maps").toString());
  });

  test.each(RECORDED.map(([name]) => name))("for every snapshot of %s", (name) => {
    everySnapshotComesBack(fixture(name).toString());
  });

  test.each(["python-server.maps", "redis-bgsave.maps"])("for every snapshot of the example %s", (name) => {
    everySnapshotComesBack(example(name).toString());
  });

  test.each(RECORDED)("%s holds %i snapshots", (name, snapshots) => {
    expect(read(fixture(name)).snapshots).toHaveLength(snapshots);
  });
});

/** Takes the notes off a recorded file without the code under test, and compares block by block. */
function everySnapshotComesBack(text: string) {
  const blocks = text
    .split(/^===.*\n/m)
    .filter((block) => block !== "")
    .map((block) => block.replace(/ {3}# rss=.*$/gm, "").replace(/ 00:00 0$/gm, " 00:00 0 "));
  const { snapshots } = read(text);
  expect(snapshots.map((snapshot) => printMaps(snapshot.image, snapshot))).toEqual(blocks);
}

describe("damage of any kind", () => {
  const sound = fixture("sleep.smaps").toString();

  test("never throws: it is read, or refused with a place inside the file", () => {
    const damaged = fc
      .tuple(fc.nat(sound.length), fc.nat(30), fc.string({ unit: "binary", maxLength: 10 }))
      .map(([at, drop, insert]) => sound.slice(0, at) + insert + sound.slice(at + drop));
    fc.assert(
      fc.property(damaged, (text) => {
        const result = readMaps(text);
        if (result.ok) return;
        const line = text.split("\n")[result.problem.line - 1];
        expect(line).toBeDefined();
        expect(result.problem.column).toBeGreaterThanOrEqual(1);
        expect(result.problem.column).toBeLessThanOrEqual(line!.length + 1);
      }),
      { seed: 2, numRuns: 1000 },
    );
  });

  test("with keepGoing leaves areas that ascend, and accounts for every one that is missing", () => {
    const lines = fixture("python-grow.maps").toString().split("\n").slice(15, 67);
    expect(lines[0]).toMatch(/^===/);
    const rubbish = fc.array(fc.nat(lines.length - 2), { maxLength: 10 }).map((indexes) => new Set(indexes));
    fc.assert(
      fc.property(rubbish, (spoilt) => {
        const text = file(...lines.map((line, i) => (spoilt.has(i - 1) ? `?${line}` : line)));
        const { snapshots, skipped } = read(text, { keepGoing: true });
        const { areas } = snapshots[0]!.image;
        for (let i = 1; i < areas.length; i++)
          expect(areas[i]!.startPage).toBeGreaterThanOrEqual(areas[i - 1]!.endPage);
        const gates = snapshots[0]!.gate === undefined ? 0 : 1;
        expect(areas.length + gates + skipped.count).toBe(lines.length - 1);
        expect(skipped.count).toBe(spoilt.size);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
