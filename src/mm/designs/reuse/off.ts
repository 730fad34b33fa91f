/**
 * `reuse = off`: what is freed stays recognisable, so that the first touch is found, whoever would own the memory by then. A kernel
 * with KASAN and its quarantine comes near that.
 */
import type { Reuse } from "../../decisions.ts";

export const reuseOff: Reuse = {
  point: "reuse",
  name: "off",
  title: "the first touch of what was freed is found",
  source: "how the model looks at memory",
  atOnce: false,
};
