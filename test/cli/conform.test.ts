/** `interleaf conform` in a process of its own: its exit codes, its text, its files. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startLive, Unavailable } from "../../src/real/index.ts";
import { emptyFolder, interleaf } from "./world.ts";

const live = await startLive();
const reason = live instanceof Unavailable ? live.reason : undefined;
const is618 = !(live instanceof Unavailable) && live.machine.kernel.startsWith("6.18.");
if (!(live instanceof Unavailable)) await live.close();
if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);

describe("bad input of conform", () => {
  it.each<[string[], RegExp]>([
    [["nothing"], /conform knows no "nothing"; there are fork-enomem, half-way-move/],
    [["fork-enomem", "--program", "x"], /either fork-enomem or --program, not both/],
    [["--ops", "0"], /whole number of at least 1/],
    [["--kernel", "5.0"], /no preset for kernel 5\.0; there are .*6\.18/],
    [["--program", "nowhere.jsonl"], /nowhere\.jsonl cannot be read \(no such file/],
  ])("%s", async (args, message) => {
    const run = await interleaf(["conform", ...args]);
    expect(run.stderr).toMatch(message);
    expect([run.code, run.stdout]).toEqual([2, ""]);
  });
});

describe.skipIf(reason === undefined)("without a live kernel", () => {
  it("says why, with exit code 2", async () => {
    const run = await interleaf(["conform"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^interleaf: there is no live kernel to ask: /);
  });
});

describe.skipIf(reason !== undefined)("conform", () => {
  it.skipIf(!is618)("prints machine, counts, mix and known differences, and ends with 0", async () => {
    const run = await interleaf(["conform", "--ops", "500", "--seed", "3"]);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(run.stderr).toBe("");
    for (const part of [
      /^machine:\n {2}kernel +6\.18/,
      /agrees: model of 6\.18 answers 500 calls in 10 programs/,
      /compared: 500 results, \d+ maps, \d+ times VmFlags/,
      /\n {2}mmap +\d+ +\d+\.\d % +\d+ % successful/,
      /\n {2}executor-code: \d+ times\. A read of the executor's own page/,
    ])
      expect(run.stdout).toMatch(part);
  });

  it.skipIf(!is618)(
    "fork-enomem: the model predicts the refusal and the cure that the kernel gives",
    async () => {
      const run = await interleaf(["conform", "fork-enomem", "--json"]);
      expect(run.code, run.stdout + run.stderr).toBe(0);
      const { mix, mismatches } = JSON.parse(run.stdout) as { mix: unknown[]; mismatches: unknown[] };
      expect(mismatches).toEqual([]);
      expect(mix).toContainEqual({ call: "fork", made: 2, succeeded: 1 });
    },
  );

  it.skipIf(!is618)(
    "half-way-move: the call fails, four of six areas have moved, and where the fifth was to go is nothing",
    async () => {
      const run = await interleaf(["conform", "half-way-move"]);
      expect(run.code, run.stdout + run.stderr).toBe(0);
      expect(run.stdout).toMatch(/^ 10 {2}mremap\(0x600000000000, 0xb000, .* \/\/ -ENOMEM$/m);
      expect(run.stdout).toContain("step 10 failed, and changed this:");
      expect(run.stdout.match(/^\* 60000000[0-9a-f]{4}-60000000[0-9a-f]{4} rw-p 0 +\|$/gm)?.length).toBe(4);
      const after = [...run.stdout.matchAll(/\| (6000000[0-9a-f]{5})-(6000000[0-9a-f]{5}) /g)];
      const covered = (at: number) =>
        after.some(([, a, b]) => Number(`0x${a}`) <= at && at < Number(`0x${b}`));
      expect([covered(0x6000_0002_6000), covered(0x6000_0002_8000)]).toEqual([true, false]);
    },
  );

  it("a model with other rules is a mismatch: exit code 1, a listing, a program that shows it again", async () => {
    const folder = emptyFolder();
    // 6.12 cannot move several areas at once.
    const args = ["conform", "--kernel", "6.12", "--ops", "20000", "--out", "found"];
    const run = await interleaf(args, folder);
    expect(run.code, run.stdout + run.stderr).toBe(1);
    expect(run.stdout).toMatch(/^1 mismatch: model of 6\.12 and the live kernel part/m);
    expect(run.stdout).toMatch(/live kernel +\| model of 6\.12/);
    const [file] = readdirSync(join(folder, "found")) as [string];
    const path = join("found", file);
    expect(run.stdout).toContain(`run it again: interleaf conform --program ${path}\n`);
    const again = await interleaf(["conform", "--kernel", "6.12", "--program", path], folder);
    expect(again.code).toBe(1);
  });

  it("--record writes what the kernel answers; the recording replays", async () => {
    const folder = emptyFolder();
    const run = await interleaf(["conform", "--ops", "200", "--record", "a/b.jsonl"], folder);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^a\/b\.jsonl: 4 programs with the answers of /);
    expect(readFileSync(join(folder, "a/b.jsonl"), "utf8").split("\n").length).toBe(6);
    if (!is618) return;
    const again = await interleaf(["conform", "--program", "a/b.jsonl"], folder);
    expect(again.code, again.stdout).toBe(0);
  });

  it("a damaged recording is refused with line and reason, before anything is run", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "x.jsonl"), '{"format":1}\n');
    const run = await interleaf(["conform", "--program", "x.jsonl"], folder);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(/^interleaf: x\.jsonl:1: /);
  });

  it("a place that cannot be written is noticed before anything is run", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "file"), "");
    const run = await interleaf(["conform", "--record", "file/x"], folder);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(/file\/x cannot be written .*--record/);
    expect(existsSync(join(folder, "file/x"))).toBe(false);
  });

  it("Ctrl-C ends it with what was compared, exit code 130", async () => {
    const run = await interleaf(["conform", "--ops", "100000000"], emptyFolder(), 3000);
    expect(run.code, run.stdout + run.stderr).toBe(130);
    expect(run.stdout).toMatch(/interrupted; until then \d+ calls in \d+ programs agree/);
  });

  it("an executor that is killed ends it with what was compared, exit code 3", async () => {
    const running = interleaf(["conform", "--ops", "100000000"]);
    await new Promise((wait) => setTimeout(wait, 3000));
    // The driver is the grandchild of this process that is called executor.
    const drivers = childrenOf(process.pid)
      .flatMap(childrenOf)
      .filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "exe");
    expect(drivers.length).toBe(1);
    process.kill(drivers[0] as number, "SIGKILL");
    const run = await running;
    expect(run.code, run.stdout + run.stderr).toBe(3);
    expect(run.stdout).toMatch(
      /incomplete: .*killed by SIGKILL.*was not compared to its end; until then \d+ calls/,
    );
  });
});

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  });
}
