// Is this Node new enough? Written in the syntax of old Node versions on purpose: it has to run there to say so.
//
// The limit is `engines.node` of package.json (a test holds the two together).

/** @type {[number, number]} oldest supported Node: major, minor */
export const OLDEST_NODE = [20, 19];

/**
 * One sentence if `version` (like "20.19.0") is too old, otherwise nothing.
 *
 * @param {string} version
 * @returns {string | undefined}
 */
export function nodeTooOld(version) {
  const parts = version.split(".");
  const major = Number(parts[0]);
  const minor = Number(parts[1]);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return undefined;
  return (
    "interleaf needs Node " +
    OLDEST_NODE.join(".") +
    " or newer; this is Node " +
    version +
    " (" +
    process.execPath +
    ")."
  );
}

/**
 * Runs `main` if this Node will do, otherwise says so and sets exit code 2.
 *
 * @param {() => Promise<number>} main resolves to the exit code
 */
export function onSupportedNode(main) {
  const complaint = nodeTooOld(process.versions.node);
  if (complaint !== undefined) {
    console.error(complaint);
    process.exitCode = 2;
    return;
  }
  main().then(
    function (code) {
      process.exitCode = code;
    },
    function (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 2;
    },
  );
}
