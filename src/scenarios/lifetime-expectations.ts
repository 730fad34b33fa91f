/** What history says of the scenarios about who may still use an mm: see `expectations.ts`. */
import { ALL, type Expectation, fails, holds, kernels } from "./expectation.ts";

export const LIFETIME_EXPECTATIONS: readonly Expectation[] = [
  ...holds(
    "mmdrop-lazy",
    ALL,
    "each mmgrab has its mmdrop, and only the one that reaches zero frees (include/linux/sched/mm.h)",
  ),

  ...fails(
    "empty-vs-migrate",
    kernels("4.13", "6.12"),
    "bad-pointer",
    "migrate_to_node",
    "CVE-2024-56611: 39743889aaf7 (2.6.16) takes a first VMA for granted",
  ),
  ...holds("empty-vs-migrate", kernels("6.14", "7.1"), "091c1dd2d4df (6.13) looks first"),
  ...holds("empty-vs-numa", kernels("4.13", "6.1"), "before 214dbc428137 (6.3) the loop looked first"),
  ...fails(
    "empty-vs-numa",
    kernels("6.6", "6.10"),
    "bad-pointer",
    "task_numa_work",
    "CVE-2024-50223: 214dbc428137 (6.3) does not look again after wrapping around",
  ),
  ...holds("empty-vs-numa", kernels("6.12", "7.1"), "9c70b2a33cd2 (6.12) looks again"),
  ...holds(
    "empty-vs-rollup",
    kernels("4.13", "4.15"),
    "before 258f669e7e88 (4.19) each VMA was shown by itself",
  ),
  ...fails(
    "empty-vs-rollup",
    kernels("4.19", "6.0"),
    "bad-pointer",
    "show_smaps_rollup",
    "CVE-2022-50380: 258f669e7e88 (4.19) takes a first VMA for granted",
  ),
  ...holds("empty-vs-rollup", kernels("6.1", "7.1"), "c4c84f06285e (6.1) looks first"),

  ...holds("reaper-vs-fault", ALL, "6b31d5955cb2 (4.13): a fault looks at MMF_UNSTABLE"),
  ...holds("mrelease-vs-exit", ["5.15"], "337546e83fc7: a user of the mm is held while it is reaped"),
  ...holds(
    "mrelease-vs-exit",
    kernels("6.0", "7.1"),
    "ba535c1caf3e (5.17): exit_mmap() keeps everybody out who looks at MMF_OOM_SKIP under the lock",
  ),
];
