/**
 * Importers: what a live system shows about a process, as plain data. Pure: text in, values out.
 */

export { decodeBytes, encodeBytes } from "./bytes.ts";
export type { AreaFile } from "./file-of.ts";
export { fileOf } from "./file-of.ts";
export type { Chunk } from "./lines.ts";
export type { ImageWish } from "./pick-image.ts";
export { listImages, pickImage } from "./pick-image.ts";
export type { PrintedExtras } from "./print-maps.ts";
export { printMaps } from "./print-maps.ts";
export type { ImportProblem } from "./problem.ts";
export { problemText } from "./problem.ts";
export type { MapsFile, MapsRefusal, MapsResult, ReadMapsOptions } from "./read-maps.ts";
export { DEFAULT_MAX_AREAS, MapsReader, readMaps } from "./read-maps.ts";
export type { Snapshot, SnapshotKind } from "./snapshot.ts";
