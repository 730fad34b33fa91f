import { describe, expect, test } from "vitest";
import {
  explore,
  isTraceProblem,
  type Program,
  readTrace,
  replay,
  type Trace,
  writeTrace,
} from "../../src/check/index.ts";
import * as P from "./programs.ts";
import { program } from "./world.ts";

function traceOf<S>(p: Program<S>, model = "1"): Trace {
  const exploration = explore(p, { model, parameters: { layout: "small" } });
  while (exploration.slice(1000));
  return exploration.result().findings[0].trace;
}

const problemOf = (text: string, model?: string): string => {
  const read = readTrace(text, model);
  return isTraceProblem(read) ? read.problem : "no problem";
};

describe("a written trace", () => {
  test("reads back as it was", () => {
    const trace = traceOf(P.abba());
    expect(readTrace(writeTrace(trace), "1")).toEqual(trace);
  });

  test("is the same text every time", () => {
    expect(writeTrace(traceOf(P.peterson()))).toBe(writeTrace(traceOf(P.peterson())));
  });

  test("replays to the identical finding, fingerprint and end state", () => {
    for (const p of [P.abba(), P.peterson(), P.holdAndWait(), P.philosophers(4)]) {
      const trace = traceOf(p);
      const again = replay(p, trace);
      expect(again.divergence).toBeUndefined();
      expect(again.finding).toEqual(trace.finding);
      expect(again.fingerprint).toBe(trace.fingerprint);
      expect(again.endState).toBe(trace.endState);
    }
  });
});

describe("a text that is no usable trace says why", () => {
  const text = writeTrace(traceOf(P.abba()));
  const edited = (change: (content: Record<string, unknown>) => void): string => {
    const content = JSON.parse(text) as Record<string, unknown>;
    change(content);
    return JSON.stringify(content);
  };

  test.each([
    ["empty", "", /empty/],
    ["cut short", text.slice(0, 200), /JSON.*cut short/],
    ["binary", "\u0000\u0001\u0002", /JSON/],
    ["a list", "[1,2]", /JSON object/],
    ["something else", "{}", /no version/],
    ["another format", edited((c) => (c.v = 2)), /format 2.*reads format 1/],
    ["no schedule", edited((c) => delete c.schedule), /"schedule"/],
    ["a task that is not there", edited((c) => (c.schedule = [[7, 1]])), /"schedule"\[0\].*below 2/],
    ["no steps in a row", edited((c) => (c.schedule = [[0, 0]])), /"schedule"\[0\]/],
    ["choices that are no outcomes", edited((c) => (c.choices = [-1])), /"choices"/],
    ["a damaged finding", edited((c) => (c.finding = { code: 1 })), /"finding"/],
    ["an edited schedule", edited((c) => (c.schedule = [[0, 2]])), /edited or damaged/],
    [
      "an edited message",
      edited((c) => ((c.finding as { message: string }).message = "fine")),
      /edited or damaged/,
    ],
  ])("%s", (_name, content, expected) => {
    expect(problemOf(content)).toMatch(expected);
  });

  test("another model version", () => {
    expect(problemOf(text, "2")).toMatch(/model version 1, this is 2/);
  });
});

describe("after a change of the program a replay says where it departs", () => {
  const two = (middle: boolean, last = 1): Program<unknown> =>
    program("changing", (w, k) => {
      const [x, y] = [w.cell("x"), w.cell("y")];
      return () => [
        function* () {
          if (k.write(x, "one")) yield;
          x.value = last;
          if (middle) {
            if (k.write(y, "extra")) yield;
          }
          if (k.read(x, "two")) yield;
          k.assert(k.result === 0, "x was written");
        },
      ];
    });

  test("at a step that is new", () => {
    expect(replay(two(true), traceOf(two(false))).divergence).toEqual({
      entry: 1,
      message: 'the trace says "t0: read cell#1+2 in two", now it is "t0: write cell#2+2 in extra"',
    });
  });

  test("at a step that is gone: the task ends too early", () => {
    const long = program("changing", (w, k) => {
      const x = w.cell("x");
      return () => [
        function* () {
          if (k.write(x, "one")) yield;
        },
      ];
    });
    expect(replay(long, traceOf(two(false))).divergence).toEqual({
      entry: 1,
      message: 'the program ends here, the trace goes on with "t0: read cell#1+2 in two"',
    });
  });

  test("when only the state differs", () => {
    expect(replay(two(false, 2), traceOf(two(false, 1))).divergence?.message).toMatch(/state|other objects/);
  });
});
