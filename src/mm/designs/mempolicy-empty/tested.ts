/**
 * `mempolicy.empty = tested`: do_migrate_pages() returns when there is no VMA.
 *
 * Models 091c1dd2d4df (6.13) and later.
 */
import type { EmptyWalk } from "../../decisions.ts";

export const mempolicyTested: EmptyWalk = {
  point: "mempolicy.empty",
  name: "tested",
  title: "it looks whether there is one",
  source: "091c1dd2d4df (6.13)",
  looks: true,
};
