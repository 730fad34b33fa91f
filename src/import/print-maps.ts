/**
 * An image back to the text of /proc/PID/maps.
 *
 * What was read from a plain maps file is printed byte for byte as it was. Kernel counterpart: show_map() in
 * fs/proc/task_mmu.c (6.18).
 */

import type { Image, ImageVma } from "../mm/index.ts";
import { printMapsLine } from "./maps-line.ts";

/** What a maps file shows beside the VMAs; a `Snapshot` is one of these. */
export interface PrintedExtras {
  /** Line printed last although no VMA stands behind it. Default none. */
  gate?: ImageVma;
  /** Word size of the printing kernel: it decides where names begin. Default 64. */
  kernelBits?: 32 | 64;
}

/** The text of maps for `image`: `printMaps(snapshot.image, snapshot)` gives back what was read. */
export function printMaps(image: Image, extras: PrintedExtras = {}): string {
  const areas = extras.gate === undefined ? image.areas : [...image.areas, extras.gate];
  return areas.map((area) => `${printMapsLine(area, extras.kernelBits ?? 64)}\n`).join("");
}
