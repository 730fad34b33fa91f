/**
 * `exit.munlock = beforeZap`: first of all: the flag that keeps the reaper away from an area is cleared while the reaper may be inside.
 *
 * Models kernels up to 4.16.
 */
import type { ExitMunlock } from "../../decisions.ts";

export const munlockBeforeZap: ExitMunlock = {
  point: "exit.munlock",
  name: "beforeZap",
  title: "first of all",
  source: "up to 4.16",
  munlocks: true,
  first: true,
};
