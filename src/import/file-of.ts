/**
 * The file behind an area, read from the name that maps prints.
 *
 * Kernel counterpart: d_path() in fs/d_path.c and seq_path() in fs/seq_file.c (6.18): a newline in a path is
 * printed as `\012` and a file that was removed gets ` (deleted)` behind its path. Neither is unambiguous: a name
 * that really contains these characters looks the same.
 */

import type { ImageVma } from "../mm/index.ts";

/** The file of an area. */
export interface AreaFile {
  /** Its path, with newlines as they are. */
  path: string;
  /** Whether it was removed (also memfd and shared anonymous memory, which never had a directory entry). */
  deleted: boolean;
}

const DELETED = " (deleted)";

/** The file that `area` maps; `undefined` for anonymous memory and for areas without a path, as `[anon_shmem:x]`. */
export function fileOf(area: ImageVma): AreaFile | undefined {
  if (area.inode === "0" || area.name === "" || area.name.startsWith("[")) return undefined;
  const deleted = area.name.endsWith(DELETED);
  const path = deleted ? area.name.slice(0, -DELETED.length) : area.name;
  return { path: path.replaceAll("\\012", "\n"), deleted };
}
