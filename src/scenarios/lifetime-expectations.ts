/** What history says of the scenarios about who may still use an mm: see `expectations.ts`. */
import { ALL, type Expectation, holds } from "./expectation.ts";

export const LIFETIME_EXPECTATIONS: readonly Expectation[] = [
  ...holds(
    "mmdrop-lazy",
    ALL,
    "each mmgrab has its mmdrop, and only the one that reaches zero frees (include/linux/sched/mm.h)",
  ),
];
