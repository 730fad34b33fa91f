/** `exit.marker = stopAt`: exit_mmap() and its callees take the marker for the end of the tree. 6.8 to 6.19. */
import type { ExitMarker } from "../../decisions.ts";
import { markerOf } from "../../vma-tree.ts";

export const stopAt: ExitMarker = {
  point: "exit.marker",
  name: "stopAt",
  title: "exit_mmap() stops at the marker",
  source: "d24062914837 (6.8) to 6.19",
  requires: { "fork.copy": ["dup"] },
  endsAt: (k, entry) => entry === null || entry === markerOf(k),
};
