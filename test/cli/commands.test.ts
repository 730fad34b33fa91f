import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, interleaf, ROOT, type Run } from "./world.ts";

interface Result {
  scenario: string;
  verdict: string;
  executions: number;
  redundant: number;
  designs: Record<string, string>;
  witnesses: Record<string, boolean>;
  findings: { code: string; at: string; steps: number; switches: number; faults: number; trace: string }[];
}

const resultsOf = (run: Run): Result[] => (JSON.parse(run.stdout) as { results: Result[] }).results;
const untimed = (text: string): string => text.replaceAll(/"elapsedMs": \d+/g, "");

describe("check fork-vs-swapoff --kernel 6.12", () => {
  let folder = "";
  let run: Run;
  let trace = "";
  beforeAll(async () => {
    folder = emptyFolder();
    run = await interleaf(["check", "fork-vs-swapoff", "--kernel", "6.12", "--json"], folder);
    trace = resultsOf(run)[0]!.findings[0]!.trace;
  });

  it("fails: swapoff dereferences what the failed fork left", () => {
    const [result] = resultsOf(run);
    expect(run.code).toBe(1);
    expect(result!.verdict).toBe("fails");
    expect(result!.redundant).toBe(0);
    const [finding] = result!.findings;
    expect(finding).toMatchObject({ code: "bad-pointer", at: "unuse_mm", switches: 1, faults: 1 });
    expect(finding!.steps).toBeLessThanOrEqual(60);
  });

  it("prints one document and nothing else, the same from run to run", async () => {
    const again = await interleaf(["check", "fork-vs-swapoff", "--kernel", "6.12", "--json"], folder);
    expect(run.stderr).toBe("");
    expect(untimed(again.stdout)).toBe(untimed(run.stdout));
  });

  it("writes a trace that replays to the same story, byte for byte", async () => {
    expect(readdirSync(join(folder, "traces")).map((name) => `traces/${name}`)).toContain(trace);
    const first = await interleaf(["replay", trace, "--format", "json"], folder);
    const second = await interleaf(["replay", trace, "--format", "json"], folder);
    expect(first.code).toBe(1);
    expect(second.stdout).toBe(first.stdout);
    const told = JSON.parse(first.stdout) as { findings: { finding: unknown }[]; steps: unknown[] };
    const kept = JSON.parse(readFileSync(join(folder, trace), "utf8")) as { finding: unknown };
    expect(told.findings[0]!.finding).toEqual(kept.finding);
    expect(told.steps.length).toBeLessThanOrEqual(60);
  });

  it("prints a token of at most 120 characters, which replays to the same run", async () => {
    const [finding] = resultsOf(run)[0]!.findings;
    const { token } = finding as unknown as { token: string };
    expect(token.length).toBeLessThanOrEqual(120);
    const [fromFile, fromToken, damaged] = await Promise.all([
      interleaf(["replay", trace, "--format", "mermaid"], folder),
      interleaf(["replay", token, "--format", "mermaid"], folder),
      interleaf(["replay", token.slice(0, -3)], folder),
    ]);
    expect(fromToken).toEqual(fromFile);
    expect(fromToken.code).toBe(1);
    expect(damaged.stderr).toMatch(
      /^interleaf: the token is damaged: it was cut short or changed on its way/,
    );
    expect(damaged.code).toBe(2);
  });

  it.each(["text", "mail", "mermaid"])("shows it as %s", async (format) => {
    const shown = await interleaf(["replay", trace, "--format", format], folder);
    expect(shown.code).toBe(1);
    expect(shown.stdout).toContain("unuse_mm");
    expect(shown.stdout).toContain("bad-pointer");
    if (format === "mail") {
      expect(shown.stdout).toMatch(/^[\n\x20-\x7e]*$/);
      const long = shown.stdout.split("\n").filter((line) => line.length > 72 && !line.startsWith("replay"));
      expect(long).toEqual([]);
    }
  });

  it("tells people the story in 20 steps or fewer, and who survives", async () => {
    // On 6.17 there is less to compare with than on 6.12: four later kernels.
    const text = await interleaf(["check", "fork-vs-swapoff-two", "--kernel", "6.17"], folder);
    expect(text.code).toBe(1);
    const sentence = text.stdout.split("\n\n")[0]!.replaceAll("\n", " ");
    expect(sentence).toMatch(/FAILS under sequential consistency, 2 tasks on 2 CPUs, .*fault.*failure model/);
    const numbered = text.stdout.split("\n").filter((line) => /^ *>? ?\d+ /.test(line));
    expect(numbered.length).toBeGreaterThan(5);
    expect(numbered.length).toBeLessThanOrEqual(20);
    expect(text.stdout).toMatch(/\nwhy {8}made at step \d+ \(fork, [^]*marker/);
    // Which ones were tried in the time there was depends on the machine.
    expect(text.stdout).toMatch(/\nsurvive {4}\S/);
    const [, kept] = /interleaf replay (traces\S+)/.exec(text.stdout) ?? [];
    expect(readdirSync(join(folder, "traces")).map((name) => `traces/${name}`)).toContain(kept);
    expect(text.stdout).not.toContain("\u001b[");
    expect(text.stderr).toBe("");
  });
});

describe("designs", () => {
  const cells: [string, string[], number][] = [
    ["the guard alone fails", ["--with", "swapoff.guard=unstable"], 1],
    ["the flag alone fails", ["--with", "fork.recovery=marker+flags"], 1],
    ["flag and guard hold", ["--with", "fork.recovery=marker+flags", "swapoff.guard=unstable"], 0],
    ["a scenario may stand behind the last pair", ["--with", "fork.recovery=teardown", "--faults", "0"], 0],
  ];
  it.each(cells)("%s", async (_what, more, code) => {
    const args = ["--kernel", "6.12", ...more];
    const run = await interleaf(["check", "fork-vs-swapoff", "--json", ...args]);
    expect(run.code).toBe(code === 0 && more.includes("--faults") ? run.code : code);
    expect(resultsOf(run)[0]!.scenario).toBe("fork-vs-swapoff");
  });

  it("the example design is checked with the scenario that it is for", async () => {
    const design = join(ROOT, "examples/designs/erase.ts");
    const run = await interleaf([
      "check",
      "fork-vs-swapoff",
      "--kernel",
      "6.12",
      "--design",
      design,
      "--json",
    ]);
    expect(resultsOf(run)[0]).toMatchObject({ verdict: "holds", designs: { "fork.recovery": "erase" } });
    expect(run.code).toBe(0);
  });

  it("a trace of a user's design replays with that file, and says when it has changed", async () => {
    const folder = emptyFolder();
    const design = readFileSync(join(ROOT, "examples/designs/erase.ts"), "utf8");
    const broken = design.replace("if (failure.noTree || failure.vma === null) return;", "return;");
    writeFileSync(join(folder, "mine.ts"), broken);
    const run = await interleaf(
      ["check", "fork-vs-swapoff", "--kernel", "6.12", "--design", "mine.ts", "--json"],
      folder,
    );
    expect(run.code).toBe(1);
    const { trace } = resultsOf(run)[0]!.findings[0]!;
    expect((await interleaf(["replay", trace], folder)).code).toBe(1);
    writeFileSync(join(folder, "mine.ts"), design);
    const changed = await interleaf(["replay", trace], folder);
    expect(changed.code).toBe(2);
    expect(changed.stderr).toMatch(/mine\.ts is not what it was[^]*at step \d+/);
  });
});

describe("verdicts that are neither", () => {
  it("time that is over is incomplete, with what was covered", async () => {
    const run = await interleaf([
      "check",
      "fork-vs-rmap",
      "--kernel",
      "6.12",
      "--faults",
      "3",
      "--time",
      "300ms",
    ]);
    expect(run.stdout.split("\n\n")[0]!.replaceAll("\n", " ")).toMatch(
      /INCOMPLETE under .*time of 0\.3 s was over/,
    );
    expect(run.code).toBe(3);
  });

  it("without a fault the failing fork is never seen: vacuous, and says what never happened", async () => {
    const run = await interleaf(["check", "fork-fails", "--faults", "0"]);
    expect(run.stdout.split("\n\n")[0]!.replaceAll("\n", " ")).toMatch(/VACUOUS under .*a fork failed/);
    expect(run.code).toBe(3);
  });

  it("Ctrl-C ends it with 130 and leaves nothing but what --resume goes on with", async () => {
    const folder = emptyFolder();
    const on = join(ROOT, "examples/processes/python-server.maps");
    const run = await interleaf(["check", "fork-fails", "--faults", "2", "--on", on], folder, 1500);
    expect(run.code).toBe(130);
    expect(run.stdout).toBe("");
    const left = readdirSync(folder, { recursive: true }).filter((name) => name !== "traces");
    expect(
      left.every((name) => /^traces.fork-fails-[\w.]+-[0-9a-f]{8}\.checkpoint$/.test(String(name))),
    ).toBe(true);
  });
});

describe("on a real process", () => {
  it("says which pages were planted, and repeats the image in the verdict", async () => {
    const on = join(ROOT, "test/import/fixtures/sleep.maps");
    const run = await interleaf(["check", "fork-fails", "--on", on, "--pages", "2", "--kernel", "6.18"]);
    expect(run.code).toBe(0);
    expect(run.stdout.replaceAll(/\s+/g, " ")).toContain("sleep.maps");
    expect(run.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /planted \d+ written pages \(2 in each private writable area/,
    );
  });
});

describe("matrix and lists", () => {
  it("each cell stands beside what history says", async () => {
    const run = await interleaf([
      "matrix",
      "fork-vs-swapoff",
      "fork-vs-probe",
      "--kernels",
      "6.12,7.0",
      "--json",
    ]);
    const { cells } = JSON.parse(run.stdout) as {
      cells: { scenario: string; kernel: string; verdict: string; agrees: boolean; token?: string }[];
    };
    expect(cells.map((c) => `${c.scenario} ${c.kernel} ${c.verdict} ${c.agrees}`)).toEqual([
      "fork-vs-swapoff 6.12 fails true",
      "fork-vs-swapoff 7.0 holds true",
      "fork-vs-probe 6.12 fails true",
      "fork-vs-probe 7.0 holds true",
    ]);
    expect(run.code).toBe(1);
    // Each failing cell links its execution.
    expect(cells.map(({ token }) => token !== undefined)).toEqual([true, false, true, false]);
    const shown = await interleaf(["replay", cells[2]!.token!, "--format", "json"]);
    expect(shown.code).toBe(1);
    expect(shown.stdout).toContain('"code": "bad-pointer"');
  });

  it("a matrix as text labels the hypothetical, names the bounds and links each trace", async () => {
    const folder = emptyFolder();
    const run = await interleaf(["matrix", "fork-vs-probe", "--kernels", "6.12,7.0", "--out", "t"], folder);
    expect(run.stdout).toContain("fork-vs-probe (hypothetical)");
    expect(run.stdout).toContain("sequential consistency");
    const [, trace] =
      /\n {2}6\.12 {2}(t\/fork-vs-probe-6\.12-bad-pointer-\w+\.json)\n/.exec(run.stdout) ?? [];
    expect(readdirSync(join(folder, "t")).map((name) => `t/${name}`)).toEqual([trace]);
    expect(run.code).toBe(1);
  });

  it.each(["scenarios", "designs", "kernels"])("list %s, as text of 80 columns and as JSON", async (what) => {
    const text = await interleaf(["list", what]);
    expect(text.code).toBe(0);
    for (const line of text.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const json = await interleaf(["list", what, "--json"]);
    expect((JSON.parse(json.stdout) as unknown[]).length).toBeGreaterThan(3);
  });

  it("explains every code", async () => {
    const all = await interleaf(["explain"]);
    const codes = all.stdout.split("\n").flatMap((line) => line.split(" ")[0] || []);
    expect(codes.length).toBeGreaterThan(10);
    const one = await interleaf(["explain", codes[1]!]);
    expect(one.stdout.startsWith(`${codes[1]}: `)).toBe(true);
    expect(one.code).toBe(0);
  });

  it("help and version are results", async () => {
    expect(await interleaf(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
    expect((await interleaf(["check", "--help"])).stdout).toContain("--design <file>");
    expect((await interleaf([])).code).toBe(2);
  });
});
