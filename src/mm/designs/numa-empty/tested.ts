/**
 * `numa.empty = tested`: the scan ends where there is no VMA even after it has wrapped around.
 *
 * Models kernels up to 6.2, and 9c70b2a33cd2 (6.12) and later.
 */
import type { EmptyWalk } from "../../decisions.ts";

export const numaTested: EmptyWalk = {
  point: "numa.empty",
  name: "tested",
  title: "it looks whether there is one",
  source: "9c70b2a33cd2 (6.12); before 6.3 the loop looked first",
  looks: true,
};
