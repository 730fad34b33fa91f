/**
 * `mmap.clearPtes = beforeClose`: entries and tables of the old areas go first, while nobody can find the new one through its file.
 *
 * Models 79f3d123caed (6.12) and later; before 6.12 the old areas were unmapped as a whole.
 */
import type { MmapClearPtes } from "../../decisions.ts";

export const clearBeforeClose: MmapClearPtes = {
  point: "mmap.clearPtes",
  name: "beforeClose",
  title: "before the new area is made",
  source: "79f3d123caed (6.12)",
  before: true,
};
