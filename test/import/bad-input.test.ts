import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { MapsReader, readMaps } from "../../src/import/index.ts";
import { anonymous, file, fixture, mapsLine, read, refusal } from "./world.ts";

const A_MAPS_LINE =
  "a line of /proc/PID/maps, like 00400000-0041f000 r-xp 00000000 fe:00 26081 /usr/bin/true";

/** A sound line in front, so that the message is about the second line alone. */
const second = (line: string) => refusal(file(anonymous("00001000", "00002000"), line));

describe("a damaged line is refused with file, line, column and what was expected", () => {
  test.each<[what: string, line: string, message: string]>([
    [
      "a start that is no hex",
      mapsLine({ start: "g0400000" }),
      '2:1: expected the start address in hex, found "g0400000-00401000 r-xp 00000000 "...',
    ],
    [
      "a digit of the start damaged",
      mapsLine({ start: "0040x000" }),
      '2:5: expected a hex digit or "-" in the start address, found "x000-00401000 r-xp 00000000 fe:0"...',
    ],
    [
      "capital hex digits",
      mapsLine({ end: "0040A000" }),
      '2:14: expected a hex digit or " " in the end address, found "A000',
    ],
    [
      "a missing end",
      "00400000- r-xp 00000000 fe:00 1",
      '2:10: expected the end address in hex, found " r-xp 00000000 fe:00 1"',
    ],
    [
      "an empty area",
      mapsLine({ end: "00400000" }),
      '2:10: expected an end address above the start 00400000, found "00400000',
    ],
    [
      "an end below the start",
      mapsLine({ end: "003ff000" }),
      "2:10: expected an end address above the start 00400000",
    ],
    [
      "a start that is not page-aligned",
      mapsLine({ start: "00400800" }),
      '2:1: expected a page-aligned start address (its last digits are 000), found "00400800"',
    ],
    [
      "an end that is not page-aligned",
      mapsLine({ end: "00401001" }),
      "2:10: expected a page-aligned end address (its last digits are 000)",
    ],
    [
      "a start above 2^64",
      mapsLine({ start: "10000000000000000" }),
      "2:1: expected at most 16 hex digits (64 bits) in the start address",
    ],
    [
      "an end above 2^64",
      mapsLine({ end: "10000000000000000" }),
      "2:10: expected at most 16 hex digits (64 bits) in the end address",
    ],
    [
      "no permissions",
      "00400000-00401000",
      '2:18: expected a hex digit or " " in the end address, found the end of the line',
    ],
    [
      "a bad first letter",
      mapsLine({ permissions: "R-xp" }),
      '2:19: expected "r" or "-" in the permissions, found "R-xp',
    ],
    [
      "a bad last letter",
      mapsLine({ permissions: "r-xx" }),
      '2:22: expected "p" or "s" in the permissions, found "x 0000',
    ],
    [
      "letters in the wrong order",
      mapsLine({ permissions: "xr-p" }),
      '2:19: expected "r" or "-" in the permissions',
    ],
    [
      "three letters",
      mapsLine({ permissions: "r-x" }),
      '2:22: expected "p" or "s" in the permissions, found " 0000',
    ],
    [
      "five letters",
      mapsLine({ permissions: "r-xpp" }),
      '2:23: expected a space and the file offset, found "p 0000',
    ],
    [
      "no offset",
      "00400000-00401000 r-xp",
      "2:23: expected a space and the file offset, found the end of the line",
    ],
    [
      "an offset that is no hex",
      mapsLine({ offset: "zero" }),
      '2:24: expected the file offset in hex, found "zero',
    ],
    [
      "an unaligned offset",
      mapsLine({ offset: "00000200" }),
      "2:24: expected a page-aligned file offset (its last digits are 000)",
    ],
    [
      "no device",
      "00400000-00401000 r-xp 00000000",
      '2:32: expected a hex digit or " " in the file offset, found the end of the line',
    ],
    [
      "a short device number",
      mapsLine({ device: "f:00" }),
      "2:33: expected the device's major number, two or three hex digits",
    ],
    [
      "no colon in the device",
      mapsLine({ device: "fe.00" }),
      '2:35: expected ":" between the device\'s numbers, found ".00',
    ],
    [
      "a short minor number",
      mapsLine({ device: "fe:0" }),
      "2:36: expected the device's minor number, two to five hex digits",
    ],
    [
      "no inode",
      "00400000-00401000 r-xp 00000000 fe:00",
      "2:38: expected a space and the inode number, found the end of the line",
    ],
    [
      "an inode that is no number",
      mapsLine({ inode: "none" }),
      '2:39: expected the inode number in decimal, found "none',
    ],
    [
      "an inode of 2^64",
      mapsLine({ inode: "18446744073709551616" }),
      "2:39: expected an inode number below 2^64",
    ],
    [
      "an inode of thirty digits",
      mapsLine({ inode: "1".repeat(30) }),
      "2:39: expected an inode number below 2^64",
    ],
    [
      "a name glued to the inode",
      "00400000-00401000 r-xp 00000000 fe:00 7/bin/sh",
      '2:40: expected a space or the end of the line after the inode number, found "/bin/sh"',
    ],
    [
      "a tab for a space",
      "00400000-00401000\tr-xp 00000000 fe:00 7",
      '2:18: expected a hex digit or " " in the end address, found "\\tr-xp',
    ],
  ])("%s", (_, line, message) => {
    expect(second(line)).toContain(`x.maps:${message}`);
  });

  test("areas that overlap", () => {
    const text = file(mapsLine({ end: "00403000" }), mapsLine({ start: "00402000", end: "00404000" }));
    expect(refusal(text)).toBe(
      "x.maps:2:1: expected a start at or above 00403000, where the area of line 1 ends, found 00402000: the two areas overlap",
    );
  });

  test("areas out of order, with the cure for two processes in one file", () => {
    const text = file(mapsLine({ start: "00500000", end: "00501000" }), mapsLine());
    expect(refusal(text)).toBe(
      "x.maps:2:1: expected a start at or above 00501000, where the area of line 1 ends: areas come in ascending order, " +
        'found 00400000 (if a second process begins here, put a line "=== pid N live exe PATH" before each)',
    );
  });

  test("the same area twice", () => {
    expect(refusal(file(mapsLine(), mapsLine()))).toContain(
      "x.maps:2:1: expected a start at or above 00401000",
    );
  });
});

describe("a damaged smaps value is refused", () => {
  const after = (...lines: string[]) => refusal(file(mapsLine({ end: "00404000" }), ...lines));
  test.each<[what: string, line: string, message: string]>([
    ["no unit", "Rss: 12", '2:6: expected the value of Rss in kB, like "12 kB", found "12"'],
    ["no number", "Pss:   many kB", '2:8: expected the value of Pss in kB, like "12 kB", found "many kB"'],
    ["no colon", "Rss 12 kB", '2:4: expected ":" after the key Rss, found " 12 kB"'],
    [
      "a size that is not the area's",
      "Size: 12 kB",
      '2:7: expected 16 kB, the size of the area above, found "12 kB"',
    ],
    ["more pages than the area has", "Rss: 20 kB", "2:6: expected Rss of at most 16 kB, found 20 kB"],
    ["parts of pages", "Rss: 6 kB", "2:6: expected Rss as whole pages (a multiple of 4 kB), found 6 kB"],
    ["three-letter flags", "VmFlags: rd wrx", '2:13: expected two-letter codes of VmFlags, found "wrx"'],
  ])("%s", (_, line, message) => {
    expect(after(line)).toBe(`x.maps:${message}`);
  });

  test("told twice", () => {
    expect(after("Rss: 4 kB", "Rss: 4 kB")).toBe(
      "x.maps:3:6: expected Rss once per area, found it a second time",
    );
    expect(after("VmFlags: rd", "VmFlags: rd")).toContain("x.maps:3:1: expected VmFlags once per area");
  });

  test("more anonymous pages than pages", () => {
    expect(after("Rss: 4 kB", "Anonymous: 8 kB")).toBe(
      "x.maps:3:12: expected Anonymous of at most 4 kB, found 8 kB",
    );
  });

  test("between a head line and the first area below it", () => {
    const text = file(mapsLine(), "=== pid 1 live exe /x", "Rss: 4 kB", mapsLine());
    expect(refusal(text)).toContain("x.maps:3:1: expected a line of /proc/PID/maps");
  });

  test("before any area", () => {
    expect(refusal(file("Rss: 4 kB", mapsLine()))).toBe(
      `x.maps:1:1: expected ${A_MAPS_LINE}, before what is told about it, found "Rss: 4 kB"`,
    );
  });
});

describe("a damaged recorded file is refused", () => {
  test.each<[head: string, message: string]>([
    ["=== 812 end exe /x", '1:5: expected "pid" and a process id'],
    ["=== pid x end exe /x", '1:9: expected "pid" and a process id'],
    ["=== pid 812 middle exe /x", '1:13: expected "start", "end" or "live"'],
    ["=== pid 812 end /x", '1:16: expected " exe " and the program'],
    ["=== pid 812 end exe  start_stack 7f00", "1:21: expected the path of the program"],
    ["=== pid 812 end exe /x start_stack 7ffg", "1:36: expected start_stack, an address in hex"],
    ["=== pid 812 end exe /x start_brk 10000000000000000", "1:34: expected start_brk, an address in hex"],
    ["=== pid 812 end exe /x time soon", "1:29: expected the time in seconds"],
  ])("%s", (head, message) => {
    expect(refusal(file(head, mapsLine()))).toContain(`x.maps:${message}`);
  });

  test.each<[note: string, message: string]>([
    ["rss=", ":2:96: expected the rss in KiB"],
    ["rss=4 rd wrx", ':2:101: expected two-letter codes of VmFlags, found "wrx"'],
    ["pss=4 rd", ':2:92: expected "rss=", "anon=" or "swap="'],
    ["rss=8 rd", ":2:96: expected rss of at most 4 kB, found 8 kB"],
  ])("the note %s", (note, message) => {
    expect(refusal(file("=== pid 1 end exe /x", `${mapsLine()}   # ${note}`))).toContain(message);
  });

  test("a head line without areas", () => {
    const text = file("=== pid 1 end exe /x", "=== pid 2 end exe /x", mapsLine());
    expect(refusal(text)).toBe("x.maps:1:1: expected at least one area in a snapshot, found none");
  });
});

describe("what is no maps file at all is named", () => {
  const named = (content: string | Uint8Array) => {
    const message = refusal(content);
    const prefix = `x.maps:1:1: expected ${A_MAPS_LINE}, found `;
    expect(message.startsWith(prefix), message).toBe(true);
    return message.slice(prefix.length);
  };

  test("an empty file", () => {
    expect(named("")).toBe("an empty file (a kernel thread and a process that has ended have an empty maps)");
    expect(named(new Uint8Array(0))).toContain("an empty file");
    expect(named("\n\n# nothing\n")).toBe("no such line, only blank lines and comments");
  });

  test("packed data, as bytes and however it was decoded", () => {
    const packed = gzipSync(fixture("sleep.maps"));
    expect(named(packed)).toBe("gzip data: unpack it first (gunzip FILE)");
    expect(named(packed.toString("utf8"))).toBe("gzip data: unpack it first (gunzip FILE)");
    expect(named(packed.toString("latin1"))).toBe("gzip data: unpack it first (gunzip FILE)");
    expect(named(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]))).toBe(
      "xz data: unpack it first (unxz FILE)",
    );
    expect(named(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]))).toBe("zstd data: unpack it first (unzstd FILE)");
    expect(named("PK\x03\x04...")).toBe("a zip archive: unpack it first (unzip FILE)");
  });

  test("binary data and two-byte text", () => {
    expect(named(Buffer.from([1, 2, 0, 3]))).toBe("binary data (NUL bytes)");
    expect(named("\x7fELF\x02\x01\x01\0")).toBe("an ELF file (a program or a core dump), not text");
    expect(named(Buffer.from("\ufeff00400000-00401000 r-xp", "utf16le"))).toContain("UTF-16 text");
  });

  test.each<[content: string, what: string]>([
    [
      "total 0\ndr-xr-xr-x 9 root root 0 Nov 21 09:14 1\n",
      "a directory listing: give one file, /proc/PID/maps",
    ],
    ["-r--r--r-- 1 root root 0 Nov 21 09:14 maps\n", "a directory listing: give one file, /proc/PID/maps"],
    [
      '8645  1795217810.920 execve("/usr/bin/redis-server", [], 0x7f) = 0\n',
      "a line of strace: give a maps file here",
    ],
    [
      "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE, -1, 0) = 0x7f12\n",
      "a line of strace: give a maps file here",
    ],
    ["[pid   812] 09:14:02 brk(NULL) = 0x564bd1579000\n", "a line of strace: give a maps file here"],
    ["strace: Process 812 attached\n", "a line of strace: give a maps file here"],
    ["<!DOCTYPE html>\n<html>", "HTML or XML: was a web page saved in place of the file?"],
    ['{"version": 1}\n', "JSON: give the text of /proc/PID/maps"],
    ["{\n", "JSON: give the text of /proc/PID/maps"],
    ["Name:\tbash\nUmask:\t0022\n", "/proc/PID/status: give /proc/PID/maps or smaps"],
    ["00400000 default file=/usr/bin/bash mapped=12\n", "/proc/PID/numa_maps: give /proc/PID/maps or smaps"],
    ["812:   /usr/bin/bash\n", "the output of pmap: give /proc/PID/maps or smaps"],
    [
      "cat: /proc/1/maps: Permission denied\n",
      "an error message of the command that should have read the maps",
    ],
    [
      "00400000-7fff00000000 ---p 00000000 00:00 0                              [rollup]\nRss: 4 kB\n",
      "/proc/PID/smaps_rollup, the sums over all areas: give smaps or maps",
    ],
  ])("%j", (content, what) => {
    expect(named(content)).toBe(what);
    expect(refusal(content, { keepGoing: true })).toContain(what);
  });

  test("anything else is told what a line of maps looks like", () => {
    expect(refusal("attr\nautogroup\n")).toBe(
      `x.maps:1:2: expected a hex digit or "-" in the start address (as in ${A_MAPS_LINE}), found "ttr"`,
    );
  });
});

describe("a file that was cut off says so", () => {
  const whole = file(mapsLine(), mapsLine({ start: "00500000", end: "00501000" }));

  test("in the middle of a field", () => {
    expect(refusal(whole.slice(0, whole.indexOf("00501000") + 4))).toBe(
      'x.maps:2:14: expected a hex digit or " " in the end address, ' +
        "found the end of the file, which was cut off in the middle of this line",
    );
  });

  test("between two fields", () => {
    expect(refusal(whole.slice(0, whole.lastIndexOf("r-xp") + 4))).toBe(
      "x.maps:2:23: expected a space and the file offset, " +
        "found the end of the file, which was cut off in the middle of this line",
    );
  });

  test("before the name of a file", () => {
    expect(refusal(whole.slice(0, whole.lastIndexOf("26081") + 5))).toBe(
      "x.maps:2:44: expected the name of the file with this inode number, " +
        "found the end of the file, which was cut off in the middle of this line",
    );
  });

  test("at every place inside the last line: refused or noted, never taken in silence", () => {
    const lastLine = whole.lastIndexOf("00500000");
    for (let length = lastLine + 1; length < whole.length; length++) {
      const result = readMaps(whole.slice(0, length));
      if (result.ok) expect(result.notes, `${length}`).toHaveLength(1);
      else expect(result.problem.found, `${length}`).toContain("cut off in the middle of this line");
    }
  });
});

describe("a gigantic file", () => {
  function* lines(count: number): Generator<string> {
    for (let i = 1; i <= count; i++)
      yield `${anonymous(`${(2 * i).toString(16)}000`, `${(2 * i + 1).toString(16)}000`)}\n`;
  }

  test("is refused at the limit of areas, which the message names, and no more of it is read", () => {
    let asked = 0;
    const counted = (function* () {
      for (const line of lines(1000)) {
        asked++;
        yield line;
      }
    })();
    const result = readMaps(counted, { file: "x.maps", maxAreas: 300 });
    expect(result).toEqual({
      ok: false,
      problem: {
        file: "x.maps",
        line: 301,
        column: 1,
        expected: "at most 300 areas in one image (maxAreas raises the limit)",
        found: "one more",
      },
    });
    expect(asked).toBe(301);
  });

  test("may hold exactly the limit", () => {
    expect(readMaps(lines(300), { maxAreas: 300 }).ok).toBe(true);
  });

  test("of many images is refused at four times the limit", () => {
    const block = (pid: number) => `=== pid ${pid} end exe /x\n${[...lines(5)].join("")}`;
    expect(readMaps([1, 2, 3, 4].map(block), { maxAreas: 5 }).ok).toBe(true);
    expect(refusal([1, 2, 3, 4, 5].map(block).join(""), { maxAreas: 5 })).toContain(
      "x.maps:26:1: expected at most 20 areas in all images of a file",
    );
  });

  test("may hold more areas than the kernel's default max_map_count", () => {
    const result = readMaps(lines(70_000));
    expect(result.ok && result.snapshots[0]?.image.areas.length).toBe(70_000);
  });

  test("that is one endless line is refused without being held in memory", () => {
    const reader = new MapsReader({ file: "x.maps" });
    let pushed = 0;
    while (pushed < 100 && reader.push("f".repeat(1 << 16))) pushed++;
    expect(pushed).toBe(1);
    const result = reader.end();
    expect(!result.ok && result.problem.expected).toContain("lines of at most 65536 characters");
  });
});

describe("keepGoing leaves out what is damaged, counts it and keeps its place", () => {
  test("a damaged area, with the values that belong to it", () => {
    const text = file(
      mapsLine(),
      "Rss: 4 kB",
      mapsLine({ start: "00500000", end: "00501000", permissions: "????" }),
      "Rss: 0 kB",
      "Swap: 0 kB",
      mapsLine({ start: "00600000", end: "00601000" }),
      "Rss: many kB",
      "Swap: 4 kB",
    );
    const { snapshots, skipped } = read(text, { keepGoing: true });
    expect(snapshots[0]?.image.areas.map((area) => [area.startPage, area.rssPages, area.swapPages])).toEqual([
      [0x400, 1, undefined],
      [0x600, undefined, 1],
    ]);
    expect(skipped.count).toBe(2);
    expect(skipped.lines).toBe(4);
    expect(skipped.problems.map(({ line, column }) => [line, column])).toEqual([
      [3, 19],
      [7, 6],
    ]);
  });

  test("a damaged head line, with all areas of its snapshot", () => {
    const good = "=== pid 1 end exe /x";
    const text = file(good, mapsLine(), "=== pid two end exe /x", mapsLine(), "Rss: 4 kB", good, mapsLine());
    const { snapshots, skipped } = read(text, { keepGoing: true });
    expect(snapshots.map(({ line }) => line)).toEqual([1, 6]);
    expect([skipped.count, skipped.lines]).toEqual([1, 3]);
  });

  test("binary rubbish in the middle, and a line without end", () => {
    const text = file(
      mapsLine(),
      "\0\0\0",
      "f".repeat(100_000),
      mapsLine({ start: "00600000", end: "00601000" }),
    );
    const { snapshots, skipped } = read(text, { keepGoing: true });
    expect(snapshots[0]?.image.areas).toHaveLength(2);
    expect(skipped.problems.map(({ line, found }) => [line, found])).toEqual([
      [2, "binary data (a NUL byte)"],
      [3, "a longer one: this is no text, or all its line ends are lost"],
    ]);
  });

  test("the rest of a line without end, in however many chunks it comes", () => {
    const chunks = [`${mapsLine()}\n`, ...Array<string>(9).fill("f".repeat(30_000)), "\ndamaged\n"];
    const result = readMaps(chunks, { keepGoing: true });
    expect(result.ok && result.skipped.problems.map(({ line }) => line)).toEqual([2, 3]);
  });

  test("a thousand problems: all counted, the first hundred kept", () => {
    const { skipped } = read(file(mapsLine(), ...Array<string>(1000).fill("damaged")), { keepGoing: true });
    expect([skipped.count, skipped.lines, skipped.problems.length]).toEqual([1000, 1000, 100]);
  });

  test("refuses with the first problem when nothing is left", () => {
    expect(refusal(file("bad", "worse"), { keepGoing: true })).toContain("x.maps:1:4:");
  });
});

describe("misuse throws", () => {
  test("a limit that is no limit", () => {
    for (const maxAreas of [0, -1, 1.5, Number.NaN, Infinity]) {
      expect(() => readMaps("", { maxAreas })).toThrow("maxAreas must be a whole number of at least 1");
    }
  });

  test("text and bytes mixed, or a reader used again", () => {
    expect(() => readMaps(["a", new Uint8Array(1)])).toThrow("give all its chunks as one of them");
    const reader = new MapsReader();
    reader.end();
    expect(() => reader.push("")).toThrow("use a new MapsReader for each file");
    expect(() => reader.end()).toThrow("use a new MapsReader for each file");
  });
});
