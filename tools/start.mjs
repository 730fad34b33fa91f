// `npm start`: install and build what is missing, then run the demonstration.

import { onSupportedNode } from "./node-version.mjs";

onSupportedNode(async function () {
  const { build, ensureInstalled, runNode } = await import("./house.mjs");
  ensureInstalled();
  if (!build()) return 4;
  return runNode(["dist/cli/start.js", ...process.argv.slice(2)]);
});
