/** `madvise.guard = none`: there are no guard regions. Up to 6.12. */
import type { MadviseGuard } from "../../decisions.ts";

export const noGuards: MadviseGuard = {
  point: "madvise.guard",
  name: "none",
  title: "there are no guard regions",
  source: "mm/madvise.c, up to 6.12",
  known: false,
  marks: false,
  fits: () => false,
};
