/**
 * `exit.freeOrder = trial-tablesFirst`: page tables are freed while rmap walkers can still find the VMA. A trial that must
 * fail.
 */
import type { ExitFreeOrder } from "../../decisions.ts";

export const trialTablesFirst: ExitFreeOrder = {
  point: "exit.freeOrder",
  name: "trial-tablesFirst",
  title: "page tables go before rmap links (trial: must fail)",
  source: "what the order in free_pgtables() is there for",
  tablesFirst: true,
};
