/** `oom.refuse = leaveGatherOpen`: where a notifier refuses, the gather is left as it is. 4.19 before its release. */
import type { OomRefuse } from "../../decisions.ts";

export const leaveGatherOpen: OomRefuse = {
  point: "oom.refuse",
  name: "leaveGatherOpen",
  title: "the gather of a refused VMA is never finished",
  source: "93065ac753e4 (4.19-rc1)",
  finishesGather: false,
};
