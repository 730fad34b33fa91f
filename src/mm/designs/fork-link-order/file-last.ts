/** `fork.linkOrder = fileLast`: a copied VMA is linked to its file once it stands in the child's tree. 6.9+. */
import type { ForkLinkOrder } from "../../decisions.ts";

export const fileLast: ForkLinkOrder = {
  point: "fork.linkOrder",
  name: "fileLast",
  title: "a copied VMA is stored before it is linked to its file",
  source: "35e351780fa9 (6.9; 6.8.8, 6.6.134)",
  fileFirst: false,
};
