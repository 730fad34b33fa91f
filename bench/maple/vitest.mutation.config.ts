/**
 * The tests of the tree for mutation runs: the same, with shorter random programs, in one process, and those first that
 * are quick and see much, because a run ends with the first failing test.
 */
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const ORDER = [
  "kernel",
  "shape",
  "validate",
  "readme",
  "gaps",
  "arguments",
  "collection",
  "random",
  "cursor",
  "allocation",
  "snapshot",
  "rcu",
  "values",
  "memory",
  "rcu-explored",
];

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): number =>
      ORDER.findIndex((name) => file.moduleId.endsWith(`/${name}.test.ts`));
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ["test/maple/**/*.test.ts"],
    // It reads the sources, which are not what they were in a mutation run.
    exclude: ["test/maple/survivors.test.ts"],
    env: { MAPLE_QUICK: "1" },
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: QuickFirst },
    watch: false,
  },
});
