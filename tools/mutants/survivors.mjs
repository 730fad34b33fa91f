/**
 * Mutants made by rule that nobody notices, and why: by name, as `auto.mjs` prints it.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const SURVIVORS = {};
