// The model kernel's calls, from the modules they stand in.
export { audit } from "../../src/mm/audit.ts";
export { type File, newMapping, openFile } from "../../src/mm/file.ts";
export type { ImageVma } from "../../src/mm/image.ts";
export { Kernel } from "../../src/mm/kernel.ts";
export { placeVma } from "../../src/mm/layout.ts";
export { type Mm, newMm } from "../../src/mm/mm-struct.ts";
export { access, SIGBUS } from "../../src/mm/paths/fault.ts";
export { dupMm } from "../../src/mm/paths/fork.ts";
export { mmput } from "../../src/mm/paths/lifetime.ts";
export { PRESETS } from "../../src/mm/presets.ts";
export { flagsOfCodes, imageOf } from "../../src/mm/show.ts";
export * from "../../src/mm/syscalls.ts";
