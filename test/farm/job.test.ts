import { expect, it } from "vitest";
import {
  exploreJob,
  InputProblem,
  type Job,
  jobOfTrace,
  type Progress,
  parametersOf,
  subjectOf,
} from "../../src/farm/index.ts";

const JOB: Job = { scenario: "fork-vs-probe", kernel: "6.12", replacements: ["oom.order=down"] };

it("a trace keeps its job: kernel, designs, failure model, image", () => {
  const image = {
    source: "two.maps",
    areas: [
      {
        startPage: 16,
        endPage: 18,
        read: true,
        write: true,
        exec: false,
        shared: false,
        offsetPages: 0,
        device: "00:00",
        inode: "0",
        name: "[heap]",
      },
    ],
  };
  const job: Job = {
    scenario: "fork-fails",
    kernel: "6.18",
    replacements: ["oom.order=up"],
    failures: "memcg",
    image,
    pages: 2,
  };
  const trace = {
    v: 1 as const,
    model: "m",
    program: job.scenario,
    parameters: parametersOf(job, subjectOf(job)),
    tasks: ["fork"],
    schedule: [],
    choices: [],
    steps: [],
    fingerprint: 0,
    endState: 0,
  };
  expect(jobOfTrace(trace)).toEqual(job);
});

it("tells which designs are not the kernel's own", () => {
  expect(subjectOf(JOB).replaced).toEqual({ "oom.order": "down" });
  expect(subjectOf({ ...JOB, replacements: ["oom.order=up"] }).replaced).toEqual({});
});

it.each([
  [{ ...JOB, scenario: "x" }, /no scenario "x"/],
  [{ ...JOB, kernel: "1.0" }, /no preset for kernel 1\.0/],
  [{ ...JOB, replacements: ["a=b"] }, /no decision point "a"/],
  [{ ...JOB, failures: "never" as "any" }, /no failure model "never"; there are any, memcg, realistic/],
])("refuses what does not exist", (job, message) => {
  expect(() => subjectOf(job)).toThrow(InputProblem);
  expect(() => subjectOf(job)).toThrow(message);
});

it("explores in slices and reports after each", () => {
  const reports: Progress[] = [];
  const { result } = exploreJob(JOB, {}, "test", (progress) => reports.push(progress));
  expect(result.verdict).toBe("fails");
  expect(result.findings[0]!.trace.model).toBe("test");
  expect(reports.length).toBeGreaterThan(1);
  expect(reports.at(-1)!.executions).toBe(result.executions);
});

it("stops when its time is over, and says what was covered", () => {
  const { result } = exploreJob(
    { ...JOB, kernel: "7.0", replacements: [], faults: 3, timeMs: 1 },
    {},
    "test",
    () => {},
  );
  expect(result.verdict).toBe("incomplete");
  expect(result.reason).toMatch(/^the time of 0\.001 s was over after \d+ executions/);
});
