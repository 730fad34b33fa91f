import { describe, expect, test } from "vitest";
import { fileOf } from "../../src/import/index.ts";
import { anonymous, file, fixture, mapsLine, read } from "./world.ts";

describe("one line of maps", () => {
  test("becomes page numbers, permissions, offset, device, inode and name", () => {
    const text = file(
      "7f83141b0000-7f83141b7000 r-xs 00026000 fe:0a 338846                     /usr/lib/libc.so.6",
    );
    expect(read(text).snapshots[0]?.image).toEqual({
      source: "x.maps",
      areas: [
        {
          startPage: 0x7f83141b0,
          endPage: 0x7f83141b7,
          read: true,
          write: false,
          exec: true,
          shared: true,
          offsetPages: 0x26,
          device: "fe:0a",
          inode: "338846",
          name: "/usr/lib/libc.so.6",
        },
      ],
    });
  });

  test("may be anonymous, with or without the space the kernel leaves behind the inode", () => {
    const text = file(anonymous("00400000", "00401000"), anonymous("00500000", "00501000").trimEnd());
    expect(read(text).snapshots[0]?.image.areas.map((area) => [area.name, area.inode])).toEqual([
      ["", "0"],
      ["", "0"],
    ]);
  });

  test.each([
    "[heap]",
    "[stack]",
    "[vdso]",
    "[vvar]",
    "[vvar_vclock]",
    "[uprobes]",
    "[anon:v8: old space]",
    "[anon_shmem:buffers]",
    "[stack:812]",
    "/dev/zero (deleted)",
    "/SYSV00000000 (deleted)",
    "/memfd:my fd (deleted)",
    "/srv/a file with  two spaces ",
    "/srv/first\\012second",
    "anon_inode:[perf_event]",
    "socket:[81231]",
    "(unreachable)/lib/x.so",
    "/srv/looks   # rss=4 rd",
  ])("keeps the name %s as it is", (name) => {
    expect(read(file(mapsLine({ name }))).snapshots[0]?.image.areas[0]?.name).toBe(name);
  });

  test("reads addresses next to 2^64 exactly, where a double could not", () => {
    const text = file(
      mapsLine({ start: "ff7ffffffffff000", end: "ff80000000000000" }),
      mapsLine({ start: "fffffffffffbd000", end: "fffffffffffff000", offset: "fffffffffffff000" }),
    );
    const [five, top] = read(text).snapshots[0]?.image.areas ?? [];
    const bytes = (page: number | undefined) => BigInt(page ?? -1) * 4096n;
    expect([bytes(five?.startPage), bytes(five?.endPage)]).toEqual([
      0xff7ffffffffff000n,
      0xff80000000000000n,
    ]);
    expect([bytes(top?.startPage), bytes(top?.endPage)]).toEqual([0xfffffffffffbd000n, 0xfffffffffffff000n]);
    expect(bytes(top?.offsetPages)).toBe(0xfffffffffffff000n);
  });

  test("keeps an inode number of 64 bits exactly", () => {
    const text = file(mapsLine({ inode: "18446744073709551615" }));
    expect(read(text).snapshots[0]?.image.areas[0]?.inode).toBe("18446744073709551615");
  });

  test("may map page 0", () => {
    expect(read(file(anonymous("00000000", "00001000"))).snapshots[0]?.image.areas[0]?.startPage).toBe(0);
  });

  test("takes device numbers as wide as the kernel's: 12 and 20 bits", () => {
    expect(read(file(mapsLine({ device: "fff:fffff" }))).snapshots[0]?.image.areas[0]?.device).toBe(
      "fff:fffff",
    );
  });
});

describe("lines that are no VMA", () => {
  test("[vsyscall] is shown by maps but not mapped by the process: kept beside the image, not in it", () => {
    const { image, gate } = read(fixture("sleep.maps")).snapshots[0]!;
    expect(image.areas.some((area) => area.name === "[vsyscall]")).toBe(false);
    expect(gate?.name).toBe("[vsyscall]");
    expect(image.areas).toHaveLength(23);
  });

  test("[vectors] is a gate on a 32-bit ARM kernel and a real VMA on a 64-bit one", () => {
    const line = { start: "ffff0000", end: "ffff1000", device: "00:00", inode: "0", name: "[vectors]" };
    const on32 = read(file(mapsLine({ name: "/bin/sh" }, 48), mapsLine(line, 48))).snapshots[0];
    const on64 = read(file(mapsLine({ name: "/bin/sh" }, 72), mapsLine(line, 72))).snapshots[0];
    expect([on32?.kernelBits, on32?.image.areas.length, on32?.gate?.name]).toEqual([32, 1, "[vectors]"]);
    expect([on64?.kernelBits, on64?.image.areas.length, on64?.gate]).toEqual([64, 2, undefined]);
  });
});

describe("a maps file", () => {
  test("says what it is: maps, smaps or recorded", () => {
    expect(read(fixture("sleep.maps")).format).toBe("maps");
    expect(read(fixture("sleep.smaps")).format).toBe("smaps");
    expect(read(fixture("python-grow.maps")).format).toBe("recorded");
  });

  test("may have Windows line ends, a byte order mark, blank lines and comments", () => {
    const plain = file(mapsLine(), anonymous("00500000", "00501000"));
    const windows = `\ufeff${plain.replaceAll("\n", "\r\n")}`;
    expect(read(windows).snapshots[0]?.image).toEqual(read(plain).snapshots[0]?.image);
    const first = read(`# recorded by hand\n\n${plain}\n`).snapshots[0];
    expect(first?.image).toEqual(read(plain).snapshots[0]?.image);
    expect(first?.line).toBe(3);
  });

  test("keeps a carriage return that belongs to a file name", () => {
    const text = file(
      mapsLine({ name: "/srv/plain" }),
      mapsLine({ start: "00500000", end: "00501000", name: "/srv/cr\r" }),
    );
    expect(read(text).snapshots[0]?.image.areas[1]?.name).toBe("/srv/cr\r");
  });

  test("is taken without its last line end, with a note that it may have been cut there", () => {
    const { snapshots, notes } = read(mapsLine());
    expect(snapshots[0]?.image.areas).toHaveLength(1);
    expect(notes).toEqual([
      "x.maps:1: the last line has no line end: if the file was cut off here, this line is not whole",
    ]);
  });
});

describe("smaps", () => {
  const area = mapsLine({ end: "00404000" });
  const values = [
    "Size:                 16 kB",
    "Rss:                  12 kB",
    "Anonymous:             8 kB",
  ];

  test("tells pages present, private pages and pages in swap", () => {
    const text = file(area, ...values, "Swap:                  4 kB", "VmFlags: rd ex mr mw me ?? ");
    expect(read(text).snapshots[0]?.image.areas[0]).toMatchObject({
      rssPages: 3,
      anonPages: 2,
      swapPages: 1,
      vmFlags: ["rd", "ex", "mr", "mw", "me", "??"],
    });
  });

  test("gives the same areas as maps of the same process, plus the facts", () => {
    const told = read(fixture("sleep.smaps")).snapshots[0]!.image.areas;
    const plain = read(fixture("sleep.maps")).snapshots[0]!.image.areas;
    expect(told).toHaveLength(plain.length);
    for (const [i, area] of told.entries()) {
      expect(area).toMatchObject(plain[i]!);
      expect(area.vmFlags?.includes("rd")).toBe(area.read);
    }
  });

  test("adds up to the sums that the file itself shows", () => {
    const text = fixture("sleep.smaps").toString();
    const shown = (key: string) =>
      [...text.matchAll(new RegExp(`^${key}: +(\\d+) kB$`, "gm"))].reduce((sum, m) => sum + Number(m[1]), 0);
    const { image, gate } = read(text).snapshots[0]!;
    const all = [...image.areas, gate!];
    expect(all.reduce((sum, area) => sum + area.rssPages!, 0) * 4).toBe(shown("Rss"));
    expect(all.reduce((sum, area) => sum + area.anonPages!, 0) * 4).toBe(shown("Anonymous"));
    expect(all.reduce((sum, area) => sum + area.endPage - area.startPage, 0) * 4).toBe(shown("Size"));
    expect(shown("Rss")).toBeGreaterThan(0);
  });

  test("knows THPeligible, ProtectionKey and Android's Name, and counts keys it does not know", () => {
    const known = ["THPeligible:           0", "ProtectionKey:         0", "Name:           [anon:x]"];
    const { unknownKeys } = read(file(area, ...values, ...known, "Frobs: 3", "Whatsits: 12 kB", "Frobs: 4"));
    expect(unknownKeys).toEqual([
      { key: "Frobs", count: 2 },
      { key: "Whatsits", count: 1 },
    ]);
  });

  test("of a kernel before 3.8 has no VmFlags at all, and is whole", () => {
    expect(read(file(area, ...values)).notes).toEqual([]);
  });

  test("cut off between two lines is noticed: the last area is not told about to its end", () => {
    const text = fixture("sleep.smaps").toString();
    const lines = text.split("\n");
    const cut = lines.slice(0, 90).join("\n");
    expect(read(`${cut}\n`).notes).toEqual([
      "x.maps:90: the last area has no VmFlags, the others have: the file was cut off after this line",
    ]);
    expect(read(text).notes).toEqual([]);
  });
});

describe("a recorded file", () => {
  const head =
    "=== pid 812 end exe /srv/my server start_stack 7ffef5de9dd0 start_brk 564bd1579000 time 1795217815.657";

  test("tells process, moment, program and layout of each snapshot", () => {
    const { snapshots } = read(
      file(head, `${anonymous("00400000", "00403000").trimEnd()}   # rss=8 rd wr mr mw me ac`),
    );
    expect(snapshots).toEqual([
      {
        image: {
          source: "x.maps, pid 812 end",
          pid: 812,
          program: "/srv/my server",
          areas: [
            {
              startPage: 0x400,
              endPage: 0x403,
              read: true,
              write: true,
              exec: false,
              shared: false,
              offsetPages: 0,
              device: "00:00",
              inode: "0",
              name: "",
              rssPages: 2,
              vmFlags: ["rd", "wr", "mr", "mw", "me", "ac"],
            },
          ],
        },
        kind: "end",
        kernelBits: 64,
        line: 1,
        startStack: 0x7ffef5de9dd0n,
        startBrk: 0x564bd1579000n,
        timeSeconds: 1795217815.657,
      },
    ]);
  });

  test("need not tell the layout, and may tell anonymous and swapped pages", () => {
    const text = file(
      "=== pid 7 live exe /bin/sh",
      `${mapsLine({ end: "00403000" })}   # rss=8 anon=4 swap=4 rd mr`,
    );
    const area = read(text).snapshots[0]?.image.areas[0];
    expect([area?.rssPages, area?.anonPages, area?.swapPages, area?.vmFlags]).toEqual([
      2,
      1,
      1,
      ["rd", "mr"],
    ]);
    expect(area?.name).toBe("/usr/bin/true");
  });

  test("may hold areas without a note", () => {
    expect(read(file(head, mapsLine())).snapshots[0]?.image.areas[0]?.rssPages).toBeUndefined();
  });

  test("begins a new process at each head line, wherever its addresses are", () => {
    const text = file(head, mapsLine({ start: "00700000", end: "00701000" }), head, mapsLine());
    expect(read(text).snapshots.map(({ line }) => line)).toEqual([1, 3]);
  });
});

describe("the file behind an area", () => {
  const named = (name: string, inode = "7") =>
    fileOf(read(file(mapsLine({ name, inode }))).snapshots[0]!.image.areas[0]!);

  test("is its path, with newlines as they are and (deleted) taken off", () => {
    expect(named("/usr/bin/true")).toEqual({ path: "/usr/bin/true", deleted: false });
    expect(named("/srv/first\\012second")).toEqual({ path: "/srv/first\nsecond", deleted: false });
    expect(named("/memfd:my fd (deleted)")).toEqual({ path: "/memfd:my fd", deleted: true });
  });

  test("is nothing for anonymous memory and for labels", () => {
    expect(named("[heap]", "0")).toBeUndefined();
    expect(named("[anon_shmem:x]")).toBeUndefined();
    expect(named("")).toBeUndefined();
  });
});
