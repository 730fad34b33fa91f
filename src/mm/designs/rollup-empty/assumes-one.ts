/**
 * `rollup.empty = assumesOne`: show_smaps_rollup() begins at the start of the first VMA.
 *
 * Models 258f669e7e88 (4.19) to 6.0.
 */
import type { EmptyWalk } from "../../decisions.ts";

export const rollupAssumesOne: EmptyWalk = {
  point: "rollup.empty",
  name: "assumesOne",
  title: "it takes the first one for granted",
  source: "258f669e7e88 (4.19) to 6.0",
  looks: false,
};
