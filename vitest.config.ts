import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = fileURLToPath(new URL("src", import.meta.url));

export default defineConfig({
  resolve: {
    // Examples and users' files say `interleaf/mm`; in tests that is the same copy as `../../src/mm/index.ts`.
    alias: readdirSync(source).map((floor) => ({
      find: `interleaf/${floor}`,
      replacement: `${source}/${floor}/index.ts`,
    })),
  },
  test: {
    include: ["test/**/*.test.ts"],
    // Many tests wait for a child process: one worker per core, not one less.
    maxWorkers: "100%",
    // No floor has module state, so the files of a worker can share their modules: half the time went into loading them anew.
    isolate: false,
    setupFiles: ["test/leftovers.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that prints is a test that hides something: keep the output to verdicts and failures.
    silent: "passed-only",
    watch: false,
  },
});
