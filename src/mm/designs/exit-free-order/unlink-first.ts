/** `exit.freeOrder = unlinkFirst`: a VMA is cut off from rmap before its page tables are freed. All kernels. */
import type { ExitFreeOrder } from "../../decisions.ts";

export const unlinkFirst: ExitFreeOrder = {
  point: "exit.freeOrder",
  name: "unlinkFirst",
  title: "rmap links go before page tables",
  source: "free_pgtables(), all kernels",
  tablesFirst: false,
};
