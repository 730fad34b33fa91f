import { expect, it } from "vitest";
import { progressText } from "../../src/cli/progress-line.ts";
import { progressLine } from "../../src/report/index.ts";

const HOW = { executions: 12_345, steps: 700_000, findings: 0, elapsedMs: 4_000 };
const ESTIMATE = { low: 40_123, high: 64_987 };

it("says how much is done, how fast, and which part of how much that is", () => {
  expect(progressText([{ name: "fork-fails on 7.0", how: { ...HOW, estimate: ESTIMATE } }], 79)).toBe(
    "fork-fails on 7.0: 12,345 executions, 3,086/s, 18–30 % of 40,100–65,000",
  );
});

it("without probes enough, and where a finding ends it earlier, there is no share", () => {
  expect(progressText([{ name: "fork-fails on 7.0", how: HOW }], 79)).toBe(
    "fork-fails on 7.0: 12,345 executions, 3,086/s",
  );
  const found = { ...HOW, findings: 1, estimate: ESTIMATE };
  expect(progressText([{ name: "fork-fails on 7.0", how: found }], 79)).toBe(
    "fork-fails on 7.0: 12,345 executions, 3,086/s, 1 finding",
  );
  const endless = { ...HOW, estimate: { low: 5, high: Number.POSITIVE_INFINITY } };
  expect(progressText([{ name: "x", how: endless }], 79)).toBe("x: 12,345 executions, 3,086/s");
});

it("is never more than done, whatever the probes said", () => {
  const how = { ...HOW, estimate: { low: 100, high: 200 } };
  expect(progressText([{ name: "x", how }], 79)).toBe("x: 12,345 executions, 3,086/s, 100 % of 12,300");
});

it("several jobs share the line: each says less", () => {
  const how = { ...HOW, estimate: ESTIMATE };
  const jobs = ["fork-vs-swapoff on 6.12", "reaper-vs-swapoff on 6.12"].map((name) => ({ name, how }));
  expect(progressText(jobs, 79)).toBe("fork-vs-swapoff on 6.12: 18–30 %; reaper-vs-swapoff on 6.12: 18–30 %");
  expect(progressText(jobs, 120)).toContain("fork-vs-swapoff on 6.12: 12,345, 18–30 %; ");
  expect(progressText(jobs, 30)).toHaveLength(30);
});

it("a line for programs has the estimate when there is one", () => {
  expect(JSON.parse(progressLine("s", "7.0", { ...HOW, estimate: ESTIMATE }))).toMatchObject({
    event: "progress",
    estimate: ESTIMATE,
  });
  expect(JSON.parse(progressLine("s", "7.0", HOW))).not.toHaveProperty("estimate");
});
