/** The maple tree: a fast map from ranges to values, and the kernel's. See README.md beside this file. */

export { type Estimate, MAX_INDEX, type NodeAllocator } from "./core.ts";
export { Cursor, type CursorOwner, type CursorStatus } from "./cursor.ts";
export type { NodePicture, SlotPicture } from "./picture.ts";
export { Reader, type ReaderStep } from "./reader.ts";
export {
  type Entry,
  MapleTree,
  type MapleTreeOptions,
  type PreparedStore,
  type Snapshot,
  type StorePlan,
} from "./tree.ts";
export { Reserved, ZERO_ENTRY } from "./values.ts";
