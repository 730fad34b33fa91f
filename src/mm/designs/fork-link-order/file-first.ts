/**
 * `fork.linkOrder = fileFirst`: a copied VMA can be found through its file before it stands in the child's tree. Up to
 * 6.8.
 */
import type { ForkLinkOrder } from "../../decisions.ts";

export const fileFirst: ForkLinkOrder = {
  point: "fork.linkOrder",
  name: "fileFirst",
  title: "a copied VMA is linked to its file before it is stored",
  source: "kernel/fork.c, up to 6.8",
  fileFirst: true,
};
