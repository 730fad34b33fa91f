import { describe, expect, test } from "vitest";
import { listImages, pickImage } from "../../src/import/index.ts";
import { anonymous, file, fixture, mapsLine, read } from "./world.ts";

const { snapshots } = read(fixture("python-grow.maps"));

describe("choosing an image of a recorded file", () => {
  test("lists what there is", () => {
    expect(listImages(snapshots)).toEqual([
      "pid 22552 start, 13 areas, /usr/bin/python3.11 (line 1)",
      "pid 22553 end, 51 areas, /usr/bin/python3.11 (line 16)",
      "pid 22552 end, 48 areas, /usr/bin/python3.11 (line 69)",
    ]);
  });

  test.each([
    [{}, "pid 22553 end"],
    [{ pid: 22552 }, "pid 22552 end"],
    [{ kind: "start" as const }, "pid 22552 start"],
    [{ pid: 22552, kind: "end" as const }, "pid 22552 end"],
  ])("%j takes %s", (wish, source) => {
    const picked = pickImage(snapshots, wish);
    expect(picked.ok && picked.snapshot.image.source).toBe(`x.maps, ${source}`);
  });

  test("without a match says what was wanted and lists what there is", () => {
    expect(pickImage(snapshots, { pid: 7, kind: "live" })).toEqual({
      ok: false,
      message:
        "there is no image of pid 7 live; there is:\n" +
        "  pid 22552 start, 13 areas, /usr/bin/python3.11 (line 1)\n" +
        "  pid 22553 end, 51 areas, /usr/bin/python3.11 (line 16)\n" +
        "  pid 22552 end, 48 areas, /usr/bin/python3.11 (line 69)",
    });
    expect(pickImage([])).toEqual({ ok: false, message: "there is no image at all; there is: nothing" });
  });

  test("prefers any later moment to a start, and the first among equals", () => {
    const one = anonymous("00400000", "00401000");
    const two = anonymous("00500000", "00501000");
    const heads = ["=== pid 1 start exe /x", "=== pid 2 live exe /x", "=== pid 3 end exe /x"] as const;
    const text = file(heads[0], one, two, heads[1], one, heads[2], one);
    const picked = pickImage(read(text).snapshots);
    expect(picked.ok && picked.snapshot.image.pid).toBe(2);
  });

  test("takes the only one of a plain file, which tells no process", () => {
    const plain = read(file(mapsLine())).snapshots;
    expect(pickImage(plain)).toEqual({ ok: true, snapshot: plain[0] });
    expect(listImages(plain)).toEqual(["process without pid, 1 area (line 1)"]);
    expect(pickImage(plain, { pid: 1 }).ok).toBe(false);
  });
});
