/**
 * `numa.empty = assumesOne`: the scan looks for a VMA again after it has wrapped around, and takes it for granted.
 *
 * Models 214dbc428137 (6.3) to 6.11.
 */
import type { EmptyWalk } from "../../decisions.ts";

export const numaAssumesOne: EmptyWalk = {
  point: "numa.empty",
  name: "assumesOne",
  title: "it takes the first one for granted",
  source: "214dbc428137 (6.3) to 6.11",
  looks: false,
};
