/** `swapoff.walk = mmlist`: mm by mm, each once a round, whatever slots its entries name. Models b56a2d8af914 (5.1). */
import type { SwapoffWalk } from "../../decisions.ts";
import { tryToUnuse } from "../../paths/swapoff.ts";

export const byMmlist: SwapoffWalk = {
  point: "swapoff.walk",
  name: "mmlist",
  title: "mm by mm, all slots of the device at once",
  source: "b56a2d8af914 (5.1)",
  tryToUnuse,
};
