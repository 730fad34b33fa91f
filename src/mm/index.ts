/** interleaf/mm: the model kernel. */
export { type Image, type ImageVma, PAGE_BYTES } from "./image.ts";
