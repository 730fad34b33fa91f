/**
 * `fork.recovery = none`: what is built stays as it is. Right where the child's tree holds nothing but finished VMAs of
 * its own: exit_mmap() needs no knowledge of the failure.
 */
import type { ForkRecovery } from "../../decisions.ts";

export const noRecovery: ForkRecovery = {
  point: "fork.recovery",
  name: "none",
  title: "unlock and leave what was built to exit_mmap()",
  source: "kernel/fork.c, up to 6.7",
  requires: { "fork.copy": ["list", "bulk"] },
  *recover() {},
};
