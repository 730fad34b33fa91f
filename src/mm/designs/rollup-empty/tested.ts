/**
 * `rollup.empty = tested`: show_smaps_rollup() prints an empty sum where there is no VMA.
 *
 * Models kernels before 4.19, and c4c84f06285e (6.1) and later.
 */
import type { EmptyWalk } from "../../decisions.ts";

export const rollupTested: EmptyWalk = {
  point: "rollup.empty",
  name: "tested",
  title: "it looks whether there is one",
  source: "c4c84f06285e (6.1)",
  looks: true,
};
