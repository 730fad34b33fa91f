import { expect, it } from "vitest";
import {
  junitXml,
  perfetto,
  progressLine,
  sarifLog,
  terminalText,
  verdictLines,
} from "../../src/report/index.ts";
import { EXPLANATIONS } from "../../src/sched/index.ts";
import { boxProgram, countProgram, reportOn, SUBJECT } from "./world.ts";

// What outside readers say of these formats is `npm run readers`; here is what must be in them.

const fails = reportOn(boxProgram);
const holds = reportOn(countProgram);

/** A field of a protocol-buffer message: its number, and its value as it stands there. */
type Field = readonly [number: number, value: number | Uint8Array];

/** Reads one message back. */
function fields(bytes: Uint8Array): Field[] {
  const read: Field[] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, unit = 1; ; unit *= 128) {
      const byte = bytes[at++]!;
      value += (byte % 128) * unit;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    if (key % 8 === 0) read.push([number, varint()]);
    else if (key % 8 === 1) read.push([number, bytes[(at += 8) - 8]!]);
    else {
      const length = varint();
      read.push([number, bytes.slice(at, (at += length))]);
    }
  }
  return read;
}

const text = (value: number | Uint8Array | undefined): string =>
  new TextDecoder().decode(value as Uint8Array);

it("Perfetto: a track per task, slices that end, an arrow from the reason to the finding", () => {
  const told = fails.told[0]!;
  const packets = fields(perfetto(SUBJECT, told)).map(([, value]) => new Map(fields(value as Uint8Array)));
  const tracks = packets.flatMap((packet) => (packet.has(60) ? [fields(packet.get(60) as Uint8Array)] : []));
  expect(
    tracks
      .map((track) => new Map(track).get(2))
      .filter(Boolean)
      .map(text),
  ).toEqual(told.tasks);
  const events = packets.flatMap((packet) =>
    packet.has(11) ? [{ time: packet.get(8) as number, fields: fields(packet.get(11) as Uint8Array) }] : [],
  );
  const depth = new Map<unknown, number>();
  let before = 0;
  for (const { time, fields: event } of events) {
    expect(time).toBeGreaterThanOrEqual(0);
    before = Math.max(before, time);
    const [type, track] = [new Map(event).get(9), new Map(event).get(11)];
    const now = (depth.get(track) ?? 0) + (type === 1 ? 1 : type === 2 ? -1 : 0);
    expect(now).toBeGreaterThanOrEqual(0);
    depth.set(track, now);
  }
  expect([...depth.values()].every((open) => open === 0)).toBe(true);
  expect(before).toBe((told.steps.length + 1) * 1_000);
  const named = (number: number): string[] =>
    events.filter((e) => e.fields.some(([n]) => n === number)).map((e) => text(new Map(e.fields).get(23)));
  expect(named(47)).toEqual([told.steps[told.findings[0]!.otherStep! - 1]!.does]);
  expect(named(48)).toEqual([told.steps[told.findings[0]!.step! - 1]!.does]);
});

it("Perfetto: texts are UTF-8", () => {
  const written = perfetto({ ...SUBJECT, scenario: "é → 𝄞 \ud800" }, fails.told[0]!);
  expect(text(written)).toContain("é → 𝄞 ?");
});

it("SARIF: a result per finding with its rule and the execution; a verdict without finding is said, too", () => {
  const log = sarifLog([fails, holds], "1.2.3", EXPLANATIONS) as {
    runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
  };
  const [run] = log.runs;
  const { results } = run!;
  expect(results.map((r) => r["kind"])).toEqual([...fails.result.findings.map(() => "fail"), "pass"]);
  for (const result of results) {
    expect(run!.tool.driver.rules[result["ruleIndex"] as number]!.id).toBe(result["ruleId"]);
  }
  const flows = results[0]!["codeFlows"] as { threadFlows: { locations: { executionOrder: number }[] }[] }[];
  const orders = flows[0]!.threadFlows.flatMap((flow) => flow.locations.map((l) => l.executionOrder));
  expect(orders.sort((a, b) => a - b)).toEqual(fails.told[0]!.steps.map((step) => step.number));
});

it("JUnit: a finding fails, an open verdict is an error, and nothing breaks the XML", () => {
  const open = {
    ...holds,
    result: { ...holds.result, verdict: "incomplete", reason: 'a "<&>" \u0001' } as const,
  };
  const xml = junitXml([fails, holds, open]);
  expect(xml).toContain(`<testsuites name="interleaf" tests="3" failures="1" errors="1"`);
  expect(xml).toContain(`<failure type="${fails.result.findings[0]!.finding.code}"`);
  expect(xml).toContain(`<error type="incomplete" message="a &quot;&lt;&amp;&gt;&quot; ?">`);
  expect(xml.match(/<testcase /g)).toHaveLength(3);
});

it("NDJSON: one object per line, findings before their verdict", () => {
  const lines = verdictLines([fails, holds]).trimEnd().split("\n");
  const events = lines.map((line) => (JSON.parse(line) as { event: string }).event);
  expect(events).toEqual([...fails.result.findings.map(() => "finding"), "verdict", "verdict"]);
  const progress = progressLine("box", "6.12", { executions: 1, steps: 2, findings: 0, elapsedMs: 3.4 });
  expect(JSON.parse(progress)).toEqual({
    event: "progress",
    scenario: "box",
    kernel: "6.12",
    executions: 1,
    steps: 2,
    findings: 0,
    elapsedMs: 3,
  });
});

it("what never happened is said, what makes a verdict weaker first, and never in more lines than can be read", () => {
  const steps = Array.from({ length: 12 }, (_, i) => `A: read box.full in look_${i}`);
  const never = {
    steps,
    lockOrders: [],
    pairs: [],
    outcomes: [],
    warnings: ["an assertion was never reached"],
  };
  const lines = terminalText({ ...holds, never })
    .trimEnd()
    .split("\n")
    .slice(-10);
  expect(lines[0]).toBe("warning    an assertion was never reached");
  expect(lines[1]).toBe("not taken  A: read box.full in look_0");
  expect(lines.at(-1)).toBe("           and 4 more");
});
