import { mkdirSync, openSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readTrace, type Trace, writeTrace } from "../../src/check/index.ts";
import { emptyFolder, interleaf, ROOT, type Run } from "./world.ts";

/** One message with place and cure, nothing on stdout, no stack. */
function refused(run: Run, code: number, message: RegExp): void {
  expect(run.stderr).toMatch(message);
  expect(run.stderr).not.toMatch(/\n\s+at /);
  expect(run.stdout).toBe("");
  expect(run.code).toBe(code);
}

const MAPS = readFileSync(join(ROOT, "test/import/fixtures/sleep.maps"));

function maps(name: string, content: string | Uint8Array): { folder: string; file: string } {
  const folder = emptyFolder();
  writeFileSync(join(folder, name), content);
  return { folder, file: name };
}

async function checkOn(name: string, content: string | Uint8Array): Promise<Run & { left: string[] }> {
  const { folder, file } = maps(name, content);
  const run = await interleaf(["check", "fork-fails", "--on", file], folder);
  return { ...run, left: readdirSync(folder) };
}

describe("a maps file", () => {
  it("damaged: file, line, column, what was expected", async () => {
    const text = MAPS.toString().replace("r-xp", "rQxp");
    const run = await checkOn("damaged.maps", text);
    refused(run, 2, /damaged\.maps:2:\d+: expected .*, found/);
    expect(run.left).toEqual(["damaged.maps"]);
  });
  it("truncated in the middle of a line", async () => {
    refused(
      await checkOn("cut.maps", MAPS.subarray(0, MAPS.indexOf("\n", 200) + 20)),
      2,
      /cut\.maps:\d+:\d+: expected/,
    );
  });
  it("empty", async () => {
    refused(await checkOn("empty.maps", ""), 2, /empty\.maps:1:1: expected a line of \/proc\/PID\/maps/);
  });
  it("binary", async () => {
    refused(
      await checkOn("binary.maps", readFileSync(process.execPath).subarray(0, 100_000)),
      2,
      /binary\.maps:1:\d+: expected/,
    );
  });
  it("gigantic, and not read to its end", async () => {
    const folder = emptyFolder();
    const file = join(folder, "huge.maps");
    openSync(file, "w");
    truncateSync(file, 20 * 2 ** 30);
    const began = performance.now();
    refused(await interleaf(["check", "--on", file], folder), 2, /huge\.maps:1:\d+: expected/);
    expect(performance.now() - began).toBeLessThan(15_000);
  });
  it("missing, or a folder", async () => {
    refused(
      await interleaf(["check", "--on", "nowhere.maps"]),
      2,
      /nowhere\.maps cannot be read \(no such file/,
    );
    refused(await interleaf(["check", "--on", "."]), 2, /cannot be read \(it is a folder\)/);
  });
  it("without the process that was asked for", async () => {
    const { folder, file } = maps(
      "two.maps",
      readFileSync(join(ROOT, "examples/processes/redis-bgsave.maps")),
    );
    refused(
      await interleaf(["check", "--on", file, "--pid", "99"], folder),
      2,
      /no image of pid 99; there is:\n +pid 8645/,
    );
  });
  it("given to a scenario that takes none", async () => {
    const { folder, file } = maps("sleep.maps", MAPS);
    refused(
      await interleaf(["check", "fork-vs-rmap", "--on", file], folder),
      2,
      /cannot be laid out from an image; these can: fork-fails/,
    );
  });
});

describe("a trace", () => {
  let trace: Trace;
  let text = "";
  beforeAll(async () => {
    const folder = emptyFolder();
    await interleaf(["check", "fork-vs-probe", "--kernel", "6.12", "--json"], folder);
    const file = readdirSync(join(folder, "traces"))[0]!;
    text = readFileSync(join(folder, "traces", file), "utf8");
    trace = readTrace(text) as Trace;
  });

  async function replayOf(content: string | Uint8Array): Promise<Run> {
    const folder = emptyFolder();
    writeFileSync(join(folder, "t.json"), content);
    return interleaf(["replay", "t.json"], folder);
  }

  it("of another model version", async () => {
    refused(
      await replayOf(writeTrace({ ...trace, model: "0.0.1" })),
      2,
      /t\.json: written by model version 0\.0\.1.*run the check again/,
    );
  });
  it("tampered with", async () => {
    refused(
      await replayOf(text.replace('"faults"', '"fautls"').replace("dup_mmap", "dup_mmmap")),
      2,
      /t\.json: .*edited or damaged/,
    );
  });
  it("tampered with by somebody who mends the check sum", async () => {
    const schedule = trace.schedule.map(([task, n], i): [number, number] => [task, i === 0 ? n + 1 : n]);
    refused(
      await replayOf(writeTrace({ ...trace, schedule })),
      2,
      /t\.json: the program does something else than the trace says, at step \d+/,
    );
    const choices = trace.choices.map((outcome) => 1 - outcome);
    refused(await replayOf(writeTrace({ ...trace, choices })), 2, /at step \d+/);
    const parameters = { ...trace.parameters, kernel: "9.9" };
    refused(await replayOf(writeTrace({ ...trace, parameters })), 2, /no preset for kernel 9\.9; there are/);
    refused(await replayOf(writeTrace({ ...trace, program: "nothing" })), 2, /no scenario "nothing"/);
    refused(
      await replayOf(writeTrace({ ...trace, parameters: { ...trace.parameters, image: "{" } })),
      2,
      /image inside the trace/,
    );
    refused(
      await replayOf(
        writeTrace({ ...trace, parameters: { ...trace.parameters, image: '{"areas":[{"startPage":"x"}]}' } }),
      ),
      2,
      /image inside the trace/,
    );
  });
  it("cut, empty, binary, something else", async () => {
    refused(await replayOf(text.slice(0, 700)), 2, /t\.json: this is no JSON.*cut short/);
    refused(await replayOf(""), 2, /t\.json: the file is empty/);
    refused(await replayOf(new Uint8Array([0, 255, 1, 2])), 2, /t\.json: this is no JSON/);
    refused(await replayOf('{"name": "package"}'), 2, /this is no trace/);
    refused(await interleaf(["replay", "gone.json"]), 2, /gone\.json cannot be read \(no such file/);
  });
  it("asked for in a format that does not exist", async () => {
    refused(
      await interleaf(["replay", "t.json", "--format", "morse"]),
      2,
      /no format "morse"; there are text, mail, json, mermaid, perfetto/,
    );
    refused(
      await interleaf(["check", "--format", "perfetto"]),
      2,
      /no format "perfetto"; there are text, .*sarif, junit.*replay TRACE --format perfetto/,
    );
  });
});

describe("names", () => {
  it.each([
    [["check", "fork-vs-nothing"], /no scenario "fork-vs-nothing"; there are fork-fails/],
    [["check", "--kernel", "5.0"], /no preset for kernel 5\.0; there are .*6\.12/],
    [["matrix", "--kernels", "6.12,5.0"], /no preset for kernel 5\.0; there are .*6\.12/],
    [["check", "--with", "fork.recovery=magic"], /fork\.recovery has no variant "magic"; it has .*marker/],
    [["check", "--with", "fork.magic=marker"], /no decision point "fork\.magic"; there are .*fork\.recovery/],
    [["check", "--failures", "never"], /one of any, memcg, realistic/],
    [["check", "--faults", "-1"], /whole number of at least 0/],
    [["check", "--faults", "many"], /whole number of at least 0/],
    [["check", "--time", "soon"], /a time such as 30s/],
    [["check", "--explorer", "magic"], /one of dpor, bounded, random, pct, pos/],
    [["check", "--workers", "0"], /whole number of at least 1/],
    [["check", "--workers", "1000"], /at most 256 threads/],
    [["check", "--seed", "1"], /--seed is for an explorer that draws/],
    [["check", "--explorer", "pos", "--depth", "2"], /--depth is for --explorer pct/],
    [["check", "--explorer", "pct", "--preemptions", "2"], /--preemptions bounds an exhaustive search/],
    [["check", "--explorer", "pct", "--resume"], /--resume goes on with an exhaustive search/],
    [["check", "--pages", "2"], /--pages .* needs --on FILE/],
    [["list", "mistakes"], /no list of "mistakes"; there are scenarios, designs, kernels/],
    [["explain", "bad-luck"], /no code "bad-luck"; there are use-after-free/],
    [["chekc"], /unknown command 'chekc'[^]*Did you mean check/],
  ])("%s", async (args, message) => {
    refused(await interleaf(args), 2, message);
  });

  it.each(["lab", "campaign", "worker", "doctor", "compare"])("%s does not exist yet", async (name) => {
    const run = await interleaf([name, "x", "--verify", "y"]);
    refused(run, 2, new RegExp(`^interleaf: ${name} does not exist yet`));
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("an output folder that cannot be written", () => {
  it("is noticed before anything is explored, and nothing is left", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "file"), "");
    const began = performance.now();
    refused(
      await interleaf(["check", "--out", "file/traces"], folder),
      2,
      /traces cannot be written to file\/traces .*--out DIR/,
    );
    expect(performance.now() - began).toBeLessThan(5_000);
    refused(await interleaf(["check", "--out", "file"], folder), 2, /traces cannot be written to file /);
    expect(readdirSync(folder)).toEqual(["file"]);
  });
  it("a folder is made only when there is something to write", async () => {
    const folder = emptyFolder();
    const run = await interleaf(["check", "fork-fails"], folder);
    expect(run.code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
    mkdirSync(join(folder, "there"));
    await interleaf(["check", "fork-vs-probe", "--kernel", "6.12", "--out", "there/deep", "--json"], folder);
    expect(readdirSync(join(folder, "there/deep")).every((name) => name.endsWith(".json"))).toBe(true);
  });
});
