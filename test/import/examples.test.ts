/** The recorded processes under examples/processes: that they are what their README says. */

import { describe, expect, test } from "vitest";
import { pickImage } from "../../src/import/index.ts";
import { example, read } from "./world.ts";

const RECORDINGS = ["python-server.maps", "redis-bgsave.maps"] as const;

function picked(name: string, pid?: number) {
  const result = pickImage(read(example(name)).snapshots, pid === undefined ? {} : { pid });
  if (!result.ok) throw new Error(result.message);
  return result.snapshot;
}

describe("the recorded processes", () => {
  test.each(RECORDINGS)("%s is small, sound, and names nobody's home or host", (name) => {
    const bytes = example(name);
    expect(bytes.length).toBeLessThan(150_000);
    expect(read(bytes).notes).toEqual([]);
    expect(bytes.toString()).not.toMatch(/\/(home|root|Users|work|mnt)\b/);
  });

  test("python-server has 319 areas of every kind that fork() treats in its own way", () => {
    const { image } = picked("python-server.maps");
    expect(image.areas).toHaveLength(319);
    const having = (wanted: (area: (typeof image.areas)[number]) => boolean) =>
      image.areas.filter(wanted).length;
    const flag = (code: string) => having((area) => area.vmFlags!.includes(code));
    expect({
      libraries: new Set(image.areas.filter(({ name }) => /\.so/.test(name)).map(({ name }) => name)).size,
      notCopied: flag("dc"),
      hugePages: flag("hg"),
      growsDown: flag("gd"),
      guardPages: having(({ read, write, exec, inode }) => !read && !write && !exec && inode === "0"),
      shared: having(({ shared, write }) => shared && write),
      withAnonymousPages: having(({ anonPages }) => anonPages! > 0),
    }).toMatchInlineSnapshot(`
      {
        "growsDown": 1,
        "guardPages": 61,
        "hugePages": 1,
        "libraries": 33,
        "notCopied": 1,
        "shared": 2,
        "withAnonymousPages": 148,
      }
    `);
  });

  test("redis-bgsave has the parent at its exit and the child that wrote the snapshot", () => {
    expect(picked("redis-bgsave.maps", 8645).image.areas).toHaveLength(119);
    expect(picked("redis-bgsave.maps", 8660).image.areas).toHaveLength(119);
  });
});
