/** `tlb.flush = trial-pagesFirst`: the pages go, then the TLBs are flushed. A trial: this is what a gather is there to avoid. */
import type { TlbFlush } from "../../decisions.ts";

export const trialPagesFirst: TlbFlush = {
  point: "tlb.flush",
  name: "trial-pagesFirst",
  title: "pages are given back before the TLBs are flushed",
  source: "trial",
  pagesFirst: true,
  flushes: () => true,
};
