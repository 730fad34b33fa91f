/** The tests of the tree for mutation runs: the same, with shorter random programs, in one process. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/maple/**/*.test.ts"],
    env: { MAPLE_QUICK: "1" },
    isolate: false,
    fileParallelism: false,
    watch: false,
  },
});
