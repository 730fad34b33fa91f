/** Decision points: what there is, what a report says, what is refused; and which allocations may fail under which model. */
import { describe, expect, test } from "vitest";
import {
  describeDesigns,
  designsFor,
  FAILURE_MODELS,
  type GfpClass,
  isDesignProblem,
  KERNELS,
  mayFail,
  POINTS,
  type Variant,
} from "../../src/mm/index.ts";
import { EVERY_KIND, fork, kernel, process } from "./world.ts";

test.each([
  [["2.6.39"], "there is no preset for kernel 2.6.39; there are " + KERNELS.join(", ")],
  [
    ["6.12", ["fork.rekovery=marker"]],
    'there is no decision point "fork.rekovery"; there are ' + POINTS.map((p) => p.id).join(", "),
  ],
  [["6.12", ["fork.recovery"]], /^fork\.recovery has no variant ""; it has /],
  [["6.12", ["fork.recovery=hope"]], /^fork\.recovery has no variant "hope"; it has .*marker/],
  [
    ["6.12", ["swapoff.guard=none", "fork.recovery=marker=flags"]],
    /^fork\.recovery has no variant "marker=flags"/,
  ],
] as [[string, string[]?], string | RegExp][])(
  "%j is refused with what there is",
  ([kernelName, replacing], problem) => {
    const refused = designsFor(kernelName, replacing);
    if (!isDesignProblem(refused)) throw new Error("it was taken");
    if (typeof problem === "string") expect(refused.problem).toBe(problem);
    else expect(refused.problem).toMatch(problem);
  },
);

const own = (more: Partial<Variant>): Variant => ({
  point: "swapoff.guard",
  name: "mine",
  title: "a guard of my own",
  source: "this test",
  ...more,
});

test("a design of one's own is refused where it belongs nowhere or needs what is not there", () => {
  expect(designsFor("6.12", [], [own({ point: "swapon.guard" })])).toEqual({
    problem: expect.stringContaining(
      'the design "mine" is for "swapon.guard", which is no decision point',
    ) as string,
  });
  expect(designsFor("6.12", [], [own({ requires: { "fork.recovery": ["teardown"] } })])).toEqual({
    problem: "swapoff.guard=mine requires fork.recovery=teardown, but it is marker",
  });
  expect(designsFor("6.12", [], [own({ requires: { "fork.hooks": ["late"] } })])).toEqual({
    problem: 'swapoff.guard=mine requires "fork.hooks", which is no decision point',
  });
  expect(isDesignProblem(designsFor("7.0", [], [own({ requires: { "fork.recovery": ["teardown"] } })]))).toBe(
    false,
  );
});

test("a report names every point with its variant, in the order of the list", () => {
  for (const version of KERNELS) {
    const designs = designsFor(version, ["swapoff.guard=unstable"]);
    if (isDesignProblem(designs)) throw new Error(designs.problem);
    const described = describeDesigns(designs);
    expect(Object.keys(described)).toEqual(POINTS.map((p) => p.id));
    expect(described["swapoff.guard"]).toBe("unstable");
    for (const point of POINTS) expect(point.variants.map((v) => v.name)).toContain(described[point.id]);
  }
});

test("every variant names its point, and no point has two of a name", () => {
  for (const point of POINTS) {
    expect(new Set(point.variants.map((v) => v.name)).size).toBe(point.variants.length);
    for (const variant of point.variants) {
      expect(variant.point).toBe(point.id);
      expect(variant.title).not.toBe("");
      expect(variant.source).not.toBe("");
    }
  }
});

describe("failure models", () => {
  const classes: GfpClass[] = ["kernel", "account", "nowait", "highuser", "percpu", "limit"];

  test("any: each allocation may fail", () => {
    for (const gfp of classes) expect(mayFail("any", gfp, false)).toBe(true);
  });

  test("memcg: what is charged to a group may fail, and what may always fail", () => {
    expect(classes.filter((gfp) => mayFail("memcg", gfp, false))).toEqual([
      "account",
      "nowait",
      "highuser",
      "limit",
    ]);
  });

  test("realistic: small allocations fail for an OOM victim only", () => {
    expect(classes.filter((gfp) => mayFail("realistic", gfp, false))).toEqual(["nowait", "limit"]);
    expect(classes.filter((gfp) => mayFail("realistic", gfp, true))).toEqual(classes);
  });

  test("a fork asks under each model for what may fail under it: nodes of the tree are not charged, links of anon_vmas are", () => {
    const asked = new Map(
      FAILURE_MODELS.map((failures) => {
        const k = kernel("6.12", [], { failures });
        return [failures, new Set(fork(k, process(k, EVERY_KIND)).asked)];
      }),
    );
    const [any, memcg, realistic] = ["any", "memcg", "realistic"].map((m) => asked.get(m as "any")!);
    expect([...any].filter((site) => !memcg.has(site)).sort()).toEqual([
      "__mt_dup: tree nodes",
      "init_new_context: arch context",
      "mm_alloc_cid: per-CPU cid",
    ]);
    expect([...realistic].sort()).toEqual([
      "anon_vma_clone: anon_vma_chain",
      "dup_mmap: security_vm_enough_memory_mm",
    ]);
  });
});
