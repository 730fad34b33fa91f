import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { emptyFolder, interleaf, ROOT } from "./world.ts";

const fixture = (name: string): string => join(ROOT, "test/import/fixtures", name);
const REDIS_LOG = join(ROOT, "examples/processes/redis-bgsave.strace.gz");
const REDIS_MAPS = join(ROOT, "examples/processes/redis-bgsave.maps");

/** A file in an empty folder. */
function written(name: string, text: string | Uint8Array): string {
  const path = join(emptyFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe("strace", () => {
  it("exits 0 and says so when the replay ends in the recorded maps, of a packed log", async () => {
    const run = await interleaf([
      "strace",
      fixture("gcc-hello.strace.gz"),
      "--verify",
      fixture("gcc-hello.maps"),
    ]);
    expect(run.code).toBe(0);
    expect(run.stderr).toBe("");
    expect(run.stdout).toContain("verify     5 recorded ends, 207 areas: every one is as recorded");
    for (const line of run.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(90);
  });

  it("exits 1 with the first difference when it does not", async () => {
    const maps = readFileSync(fixture("python-grow.maps"), "latin1").replace(
      "7f404a2fc000-7f404a3fc000 rw-p",
      "7f404a2fc000-7f404a3fd000 rw-p",
    );
    const run = await interleaf([
      "strace",
      fixture("python-grow.strace.gz"),
      "--verify",
      written("x.maps", maps),
    ]);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain("recorded 7f404a2fc000-7f404a3fd000 rw-p");
    expect(run.stdout).toContain("replayed 7f404a2fc000-7f404a3fc000 rw-p");
  });

  it("compares a plain maps file with the first process, and says why it must differ where exec is not told", async () => {
    const maps = "7f0000010000-7f0000012000 rw-p 00000000 00:00 0 \n";
    const calls = [
      "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000010000",
      "clone(child_stack=NULL, flags=SIGCHLD) = 11",
    ];
    const text = `${calls.map((call) => `10 ${call}`).join("\n")}\n11 munmap(0x7f0000010000, 4096) = 0\n11 exit_group(0) = ?\n`;
    const same = await interleaf(["strace", written("x.log", text), "--verify", written("x.maps", maps)]);
    expect(same.code).toBe(0);
    const other = await interleaf([
      "strace",
      written("x.log", text),
      "--pid",
      "11",
      "--verify",
      written("x.maps", maps),
    ]);
    expect(other.code).toBe(1);
    expect(other.stdout.replaceAll(/\s+/g, " ")).toContain("the maps file needs a start block");
  });

  it("exits 3 when nothing was compared", async () => {
    const run = await interleaf([
      "strace",
      fixture("python-grow.strace.gz"),
      "--verify",
      fixture("gcc-hello.maps"),
    ]);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain("nothing was compared");
  });

  it("--json is one document, the same from run to run", async () => {
    const args = ["strace", fixture("nginx-workers.strace.gz"), "--json", "--ram", "1G"];
    const [run, again] = [await interleaf(args), await interleaf(args)];
    expect(run.code).toBe(0);
    expect(again.stdout).toBe(run.stdout);
    const document = JSON.parse(run.stdout) as {
      version: number;
      processes: { pid: number; areas: { peak: number } }[];
    };
    expect(document.version).toBe(1);
    expect(document.processes.map((process) => process.pid)).toEqual([
      8680, 8681, 8682, 8683, 8684, 8693, 8694, 8695, 8696,
    ]);
  });

  it("--svg writes a picture with a row per process", async () => {
    const path = join(emptyFolder(), "areas.svg");
    const run = await interleaf(["strace", fixture("bash-pipeline.strace.gz"), "--svg", path]);
    expect(run.code).toBe(0);
    const picture = readFileSync(path, "utf8");
    expect(picture).toMatch(/^<svg /);
    expect(picture.match(/<polyline/g)).toHaveLength(8);
    expect(picture).not.toMatch(/NaN|undefined/);
  });

  it("tells which area's charge makes a fork fail under the memory that is told", async () => {
    const run = await interleaf(["strace", REDIS_LOG, "--from", REDIS_MAPS, "--ram", "6M"]);
    expect(run.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /fork fails with ENOMEM at 7efd\w+-7efd\w+ rw-p [\d.]+ MiB: its \d+ MiB are more than all memory and swap \(6 MiB\)/,
    );
    const cured = await interleaf(["strace", REDIS_LOG, "--from", REDIS_MAPS, "--ram", "1G"]);
    expect(cured.stdout).toContain("no charge is refused under this machine's memory");
  });

  it.each([
    ["a folder", () => emptyFolder(), "is a folder"],
    ["no file", () => "/nonexistent", "cannot be read"],
    ["an empty file", () => written("x", ""), "an empty file"],
    [
      "a packed file that was cut",
      () => written("x.gz", readFileSync(fixture("gcc-hello.strace.gz")).subarray(0, 2000)),
      "--keep-going reads what comes before the damage",
    ],
    [
      "a log that was cut",
      () => written("x", gunzipSync(readFileSync(fixture("gcc-hello.strace.gz"))).subarray(0, 2000)),
      "the log was cut here",
    ],
    ["a maps file", () => fixture("sleep.maps"), "give an strace log here"],
    ["UTF-16", () => written("x", Buffer.from("\ufeffbrk(NULL) = 0\n", "utf16le")), "UTF-16"],
  ])("%s: one message, exit code 2, nothing on stdout", async (_what, path, message) => {
    const run = await interleaf(["strace", path()]);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe("");
    expect(run.stderr).toContain(message);
  });

  it("--keep-going leaves damaged lines out, counts them and names the first", async () => {
    const text = gunzipSync(readFileSync(fixture("bash-pipeline.strace.gz"))).toString("latin1");
    const lines = text.split("\n");
    lines.splice(100, 0, "8360  1795217754.1 mmap(NULL, 81", "###");
    const run = await interleaf(["strace", written("x.gz", gzipSync(lines.join("\n"))), "--keep-going"]);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("2 damaged lines were left out");
    expect(run.stdout).toContain("skipped    2 damaged lines; the first:");
    expect(run.stdout).toContain(":101:");
  });

  it("--keep-going reads a packed log up to where its packing is cut, and says so", async () => {
    const cut = readFileSync(fixture("gcc-hello.strace.gz")).subarray(0, 2000);
    const run = await interleaf(["strace", written("x.gz", cut), "--keep-going"]);
    expect([run.code, run.stderr]).toEqual([
      0,
      expect.stringMatching(/cannot be unpacked to its end \(.*\): what comes before is all that is read/),
    ]);
    expect(run.stdout).toMatch(/^log +\d+ lines, \d+ calls: \d+ replayed/m);
  });

  it("what control characters a log or a file name holds is shown, and does not reach the terminal", async () => {
    const log =
      '\u00ef\u00bb\u00bf1 execve("/bin/a\u001b[31m\u0007", [], 0x1 /* 0 vars */) = 0\n1 brk(NULL) = 0x1000\n';
    const maps = "7f0000001000-7f0000002000 rw-p 00000000 00:00 0 /a\u001b]0;title\u0007\n";
    for (const args of [
      ["strace", written("x", Buffer.from(log, "latin1"))],
      ["maps", written("y", Buffer.from(maps, "latin1"))],
    ]) {
      const run = await interleaf(args);
      expect(run.code, run.stderr).toBe(0);
      expect(run.stdout).toContain("/a\\x1b");
      const controls = Array.from(run.stdout).filter(
        (c) => c !== "\n" && (c < " " || (c >= "\u007f" && c < "\u00a0")),
      );
      expect(controls).toEqual([]);
    }
  });

  it("calls of which the log has only one half are counted and named by their lines", async () => {
    const begun = "1 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0 <unfinished ...>\n";
    const lines = `1 brk(NULL) = 0x1000\n${begun}${begun}2 <... munmap resumed>) = 0\n`;
    const run = await interleaf(["strace", written("x", Buffer.from(lines))]);
    const said = run.stdout.replaceAll(/\n +/g, " ");
    expect(said).toContain("4 calls: 1 replayed, 0 not modelled, 3 of which only one half is there");
    expect(said).toMatch(/x:2: 2 calls begin whose end is not in the log/);
    expect(said).toMatch(/x:4: 1 call ends whose beginning is not in the log/);
  });

  it.each([
    ["--faults", "sometimes", "written, never, told"],
    ["--kernel", "9.9", "there is no kernel 9.9"],
    ["--pid", "77", "has no process 77: there are 22552, 22553"],
    ["--machine", "other", '--machine takes "live"'],
    ["--ram", "lots", "a size such as 24G"],
  ])("%s %s is refused with what there is", async (option, value, message) => {
    const run = await interleaf(["strace", fixture("python-grow.strace.gz"), option, value]);
    expect(run.code).toBe(2);
    expect(run.stderr.replaceAll("\n", " ")).toContain(message);
  });

  it("maps of another architecture are refused", async () => {
    const arm = "aaaac0000000-aaaac0001000 r-xp 00000000 fe:00 1                          /usr/bin/true\n";
    const high = written("arm.maps", arm);
    for (const args of [
      ["maps", high],
      ["strace", fixture("python-grow.strace.gz"), "--verify", high],
    ]) {
      const run = await interleaf(args);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain("only processes of x86-64");
    }
  });
});

describe("maps", () => {
  it("shows headroom, neighbours and what a fork would meet in each design", async () => {
    const run = await interleaf(["maps", REDIS_MAPS, "--ram", "24G"]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("65,411 below max_map_count 65,530");
    expect(run.stdout).toContain("6 pairs of areas side by side look alike");
    expect(run.stdout).toMatch(/6\.12 {2}dup, marker +\d+ {3}59 of its own, 59 of its parent's, the marker/);
    expect(run.stdout).toMatch(/7\.0 {3}dup, teardown +\d+ {3}nothing/);
    expect(run.stdout).toContain("no charge is refused");
  });

  it("two areas that fit and have merged into one that does not make fork fail; split, it passes", async () => {
    const line = (range: string, perms: string): string => `${range} ${perms} 00000000 00:00 0 `;
    const merged = written("merged.maps", `${line("600000000000-600500000000", "rw-p")}\n`);
    const split = written(
      "split.maps",
      `${line("600000000000-600280000000", "rw-p")}\n${line("600280000000-600280001000", "r--p")}\n${line("600280001000-600500000000", "rw-p")}\n`,
    );
    const failing = await interleaf(["maps", merged, "--ram", "16G"]);
    expect(failing.stdout.replaceAll(/\s+/g, " ")).toContain(
      "fork fails with ENOMEM at 600000000000-600500000000 rw-p 20.0 GiB: its 20,480 MiB are more than all memory and swap (16,384 MiB)",
    );
    expect((await interleaf(["maps", split, "--ram", "16G"])).stdout).toContain("no charge is refused");
    expect((await interleaf(["maps", merged, "--ram", "16G", "--overcommit", "1"])).stdout).toContain(
      "no charge is refused",
    );
    const strict = await interleaf(["maps", split, "--ram", "16G", "--overcommit", "2"]);
    expect(strict.stdout.replaceAll(/\s+/g, " ")).toContain("would be committed, and the limit is");
  });
});

describe("check --on LOG", () => {
  const log = REDIS_LOG;

  it("lays the process out as it was at its last fork, with what exec made where maps tell it", async () => {
    const run = await interleaf([
      "check",
      "fork-fails",
      "--on",
      log,
      "--from",
      REDIS_MAPS,
      "--pid",
      "8645",
      "--time",
      "1s",
    ]);
    expect(run.stdout.replaceAll(/\s+/g, " ")).toContain(
      "119 areas of redis-bgsave.strace.gz, pid 8645 forking in line 149",
    );
    expect([0, 3]).toContain(run.code);
  });

  it("or as it was after a line", async () => {
    const run = await interleaf(["check", "fork-fails", "--on", log, "--at", "20", "--time", "20s"]);
    expect(run.stdout.replaceAll(/\s+/g, " ")).toContain("pid 8645 after line 20");
  });

  it("--at and --from are refused with a maps file", async () => {
    const run = await interleaf(["check", "fork-fails", "--on", REDIS_MAPS, "--at", "20"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("is no log");
  });
});
