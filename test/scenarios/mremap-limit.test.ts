import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  compareChecks,
  HALFWAY,
  leftText,
  limitTable,
  MOVES,
  moveAtLimit,
} from "../../src/scenarios/index.ts";

interface Row {
  case: string;
  byCount: Record<string, { ret: "ok" | number; delta: number; before: string; after: string }>;
}

const recorded = JSON.parse(
  readFileSync(new URL("../mm-calls/fixtures/mapcount-6.18.json", import.meta.url), "utf8"),
) as { rows: Row[] };

/** Without what lies where the kernel chose. */
const near = (picture: string): string => picture.replaceAll(/ ?top-\S+/g, "");

describe("a move near the limit on 6.18", () => {
  it.each(MOVES.map((one) => [one.name, one] as const))("%s: as recorded, at ten distances", (name, one) => {
    const row = recorded.rows.find((other) => other.case === name)!;
    for (let distance = -8; distance <= 1; distance++) {
      const cell = row.byCount[`max${distance < 0 ? "" : "+"}${distance}`]!;
      const outcome = moveAtLimit(one, distance, "6.18");
      expect({
        distance,
        error: outcome.error,
        delta: outcome.delta,
        before: outcome.before,
        after: outcome.after,
      }).toEqual({
        distance,
        error: cell.ret === "ok" ? 0 : cell.ret,
        delta: cell.delta,
        before: near(cell.before),
        after: near(cell.after),
      });
    }
  });

  it("of six areas with holes stops half-way at seven below the limit, and loses a page of the destination", () => {
    expect(moveAtLimit(HALFWAY, -8, "6.18").error).toBe(0);
    const outcome = moveAtLimit(HALFWAY, -7, "6.18");
    expect(outcome.error).toBe(-12);
    expect(outcome.destinationLost).toBe(1);
    expect(outcome.after).toMatch(
      /^X\+8:1rw-p X\+10:1rw-p X\+32:1rw-p .*X\+38:1rw-p X\+39:1r--p X\+41:2r--p$/,
    );
  });
});

describe("the designs of the check", () => {
  it("late loses the destination where it fails; the others lose nothing in any row", () => {
    const lost = (check: string): (string | undefined)[] =>
      limitTable("5.3", check)
        .map((row) => row.left)
        .filter((left) => left !== undefined && left !== "everything");
    expect(lost("late")).toHaveLength(7);
    for (const left of lost("late")) expect(left).toContain("destination unmapped");
    for (const check of ["early", "earlyUnlocked", "earlyAlways"]) expect(lost(check)).toEqual([]);
  });

  it("early refuses some calls that worked with five areas or fewer to the limit, and none with more", () => {
    const counts = compareChecks("5.3", "late", "early", { calls: 600, seed: 5 });
    expect(counts.falsePositives).toBeGreaterThan(20);
    for (const distance of counts.byDistance.keys()) {
      expect(distance).toBeGreaterThanOrEqual(-5);
      expect(distance).toBeLessThan(0);
    }
    expect(counts.oldClean).toBeLessThan(counts.oldFailures / 2);
    expect(counts.newClean).toBe(counts.newFailures);
  });

  it("a design compared with itself changes nothing", () => {
    const counts = compareChecks("5.3", "late", "late", { calls: 100, seed: 5 });
    expect(counts.falsePositives).toBe(0);
    expect([counts.newFailures, counts.newClean]).toEqual([counts.oldFailures, counts.oldClean]);
  });

  it("what a failure left is told in words", () => {
    const outcome = moveAtLimit(
      MOVES.find((one) => one.name.includes("shrink 3->2 pages"))!,
      -3,
      "5.3",
      "late",
    );
    expect(leftText(outcome)).toBe("destination unmapped (2 pages), source cut (1 page)");
  });
});
