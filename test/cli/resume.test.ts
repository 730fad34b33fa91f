import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { emptyFolder, interleaf, ROOT, type Run } from "./world.ts";

/** 6,870 executions: some seconds, enough to be killed in the middle. */
const CHECK = ["check", "fork-vs-reaper", "--kernel", "7.1", "--json"];
/** 1,802 executions: too many for a tenth of a second. */
const SHORT = ["check", "mmdrop-lazy", "--kernel", "7.1", "--json"];
/** Killed so many times; `KILLS=20 npm test -- test/cli/resume.test.ts` is the long form. */
const KILLS = Number(process.env["KILLS"] ?? 2);

const untimed = (run: Run): string => run.stdout.replaceAll(/"elapsedMs": \d+/g, "");
const checkpointIn = (folder: string): string => {
  const name = readdirSync(join(folder, "traces")).find((file) => file.endsWith(".checkpoint"));
  return join(folder, "traces", name ?? "none");
};

/** Starts the check, and kills it as nothing can be caught. */
async function killed(folder: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), ...CHECK, "--resume"], {
    cwd: folder,
    stdio: "ignore",
  });
  await pause(afterMs);
  child.kill("SIGKILL");
}

describe("a check that was stopped", () => {
  it("by kill -9, ends with --resume as if nothing had happened, whatever the number of workers", async () => {
    const whole = await interleaf([...CHECK, "--workers", "1"]);
    expect(whole.code).toBe(0);
    const folder = emptyFolder();
    let seed = 1;
    for (let n = 0; n < KILLS; n++) {
      seed = (seed * 48_271) % 2_147_483_647;
      await killed(folder, 500 + (seed % 1_500));
    }
    const run = await interleaf([...CHECK, "--resume", "--workers", "2"], folder);
    expect(untimed(run)).toBe(untimed(whole));
    expect(run.code).toBe(0);
  }, 120_000);

  it("by its time, says how far it is and how to go on, and does", async () => {
    const folder = emptyFolder();
    const whole = await interleaf([...SHORT, "--workers", "1"]);
    expect(whole.code).toBe(0);
    const first = await interleaf([...SHORT, "--time", "100ms"], folder);
    expect(first.code).toBe(3);
    expect(first.stderr).toMatch(/what was explored is kept in traces\/mmdrop-lazy-7\.1-.*--resume/);
    expect(first.stdout).toContain("the time of 0.1 s was over");
    const file = checkpointIn(folder);
    const good = readFileSync(file, "utf8");
    const refusals: [string, RegExp][] = [
      [
        good.slice(0, -200),
        /\.checkpoint: the file is damaged or was cut short: remove it, or leave --resume out/,
      ],
      ["", /this is no checkpoint/],
      [good.replace(/"model":"[^"]*"/, '"model":"0.0.0"'), /written by version 0\.0\.0/],
    ];
    for (const [text, message] of refusals) {
      writeFileSync(file, text);
      const refused = await interleaf([...SHORT, "--resume"], folder);
      expect(refused.stderr).toMatch(message);
      expect(refused.stdout).toBe("");
      expect(refused.code).toBe(2);
    }
    writeFileSync(file, good);
    const run = await interleaf([...SHORT, "--resume"], folder);
    expect(run.stderr).toBe("");
    expect(untimed(run)).toBe(untimed(whole));
    expect(readdirSync(join(folder, "traces"))).toEqual([]);
  }, 60_000);
});

it("a sample is drawn from its seed, and proves nothing", async () => {
  const args = [
    "check",
    "fork-vs-swapoff",
    "--kernel",
    "6.12",
    "--explorer",
    "pct",
    "--executions",
    "300",
    "--json",
  ];
  const [a, b, c] = await Promise.all([
    interleaf([...args, "--seed", "7"]),
    interleaf([...args, "--seed", "7", "--workers", "2"]),
    interleaf(["check", "fork-fails", "--explorer", "random", "--executions", "40", "--json"]),
  ]);
  expect(untimed(b)).toBe(untimed(a));
  expect(a.stdout).toContain('"explorer": "pct"');
  expect(c.stdout).toMatch(/"verdict": "incomplete"[^]*a sample proves nothing/);
  expect(c.code).toBe(3);
});
