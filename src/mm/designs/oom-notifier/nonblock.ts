/**
 * `oom.notifier = nonblock`: notifiers are told not to block; one that would have to refuses, and the VMA is left out of
 * this attempt.
 *
 * Models 93065ac753e4 (4.19).
 */
import type { OomNotifier } from "../../decisions.ts";

export const nonblock: OomNotifier = {
  point: "oom.notifier",
  name: "nonblock",
  title: "a notifier may refuse a VMA; the attempt is repeated",
  source: "93065ac753e4 (4.19)",
  givesUp: false,
  asks: true,
};
