/**
 * `mempolicy.empty = assumesOne`: do_migrate_pages() begins at the first VMA and takes it for granted.
 *
 * Models 39743889aaf7 (2.6.16) to 6.12.
 */
import type { EmptyWalk } from "../../decisions.ts";

export const mempolicyAssumesOne: EmptyWalk = {
  point: "mempolicy.empty",
  name: "assumesOne",
  title: "it takes the first one for granted",
  source: "39743889aaf7 (2.6.16) to 6.12",
  looks: false,
};
