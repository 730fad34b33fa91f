/**
 * Importers: what a live system shows about a process, as plain data. Pure: text in, values out.
 */

export { decodeBytes, encodeBytes } from "./bytes.ts";
export type { AreaFile } from "./file-of.ts";
export { fileOf } from "./file-of.ts";
export { type ForkCharge, forkCharge, isAccounted, type MemoryFacts } from "./fork-charge.ts";
export { type ForkDesignCost, forkCosts, MOST_FORKED_AREAS } from "./fork-cost.ts";
export { FtraceReader, isFtrace } from "./ftrace-reader.ts";
export { type ImageFacts, imageFacts, lettersOf, type NamedAreas, type Neighbours } from "./image-facts.ts";
export type { Chunk } from "./lines.ts";
export type { ImageWish } from "./pick-image.ts";
export { listImages, pickImage } from "./pick-image.ts";
export type { PrintedExtras } from "./print-maps.ts";
export { printMaps } from "./print-maps.ts";
export type { ImportProblem } from "./problem.ts";
export { problemText } from "./problem.ts";
export {
  type CallKind,
  callText,
  type Disagreement,
  type FailedCall,
  type FaultDependence,
  type ForkMade,
  ProcessHistory,
} from "./process-history.ts";
export type { MapsFile, MapsRefusal, MapsResult, ReadMapsOptions } from "./read-maps.ts";
export { DEFAULT_MAX_AREAS, MapsReader, readMaps } from "./read-maps.ts";
export { Replay, type ReplayOptions } from "./replay.ts";
export type { Layout, Touch } from "./replay-memory.ts";
export type { Point } from "./series.ts";
export type { Snapshot, SnapshotKind } from "./snapshot.ts";
export {
  isStrace,
  type LogResult,
  type LogSummary,
  type ReadLogOptions,
  readLog,
  StraceReader,
} from "./strace-reader.ts";
export type { EventSink, MemoryCall, ProcessCall, TracedCall, TraceEvent } from "./trace-event.ts";
export { type Difference, EndVerifier, firstDifference, type Verification } from "./verify-replay.ts";
