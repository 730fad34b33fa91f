/** `oom.refuse = finishGather`: where a notifier refuses, the gather is finished before the next VMA. 4.19 as released. */
import type { OomRefuse } from "../../decisions.ts";

export const finishGather: OomRefuse = {
  point: "oom.refuse",
  name: "finishGather",
  title: "the gather of a refused VMA is finished",
  source: "79cc81057eef (4.19)",
  finishesGather: true,
};
