/**
 * `swapoff.walk = byEntry`: slot by slot; for each, its page is locked and all mms are searched until nothing refers to the slot.
 *
 * Models try_to_unuse() up to 5.0.
 */
import type { SwapoffWalk } from "../../decisions.ts";
import { tryToUnuseByEntry } from "../../paths/swapoff-by-entry.ts";

export const byEntry: SwapoffWalk = {
  point: "swapoff.walk",
  name: "byEntry",
  title: "slot by slot, through all mms for each",
  source: "mm/swapfile.c up to 5.0",
  tryToUnuse: tryToUnuseByEntry,
};
