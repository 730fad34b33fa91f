// `npm test`: install and build what is missing, then run the tests. Arguments go to vitest: `npm test -- test/maple`.

import { onSupportedNode } from "./node-version.mjs";

onSupportedNode(async function () {
  const { build, ensureInstalled, runTool } = await import("./house.mjs");
  ensureInstalled();
  if (!build()) return 1;
  return runTool("vitest", "vitest", ["run", ...process.argv.slice(2)]);
});
