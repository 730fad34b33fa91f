/**
 * `exit.munlock = none`: not at all: each page is unlocked when it is unmapped.
 *
 * Models 5.19 and later.
 */
import type { ExitMunlock } from "../../decisions.ts";

export const munlockNone: ExitMunlock = {
  point: "exit.munlock",
  name: "none",
  title: "it does not: a page is unlocked when it is unmapped",
  source: "5.19",
  munlocks: false,
  first: false,
};
