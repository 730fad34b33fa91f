/** The live kernel: an executor that makes the calls, programs as data, and the comparison with the model. */
export { type Assembled, Assembler, type ListedInstruction } from "./assembler.ts";
export {
  type Batch,
  type BatchEnd,
  type BatchReply,
  type CallRecord,
  constantsAddress,
  type RecordReply,
  type Word,
} from "./batch.ts";
export { compareOutcomes, type Mismatch } from "./compare.ts";
export {
  type ConformOptions,
  type ConformProgress,
  type ConformResult,
  conform,
  groundOf,
  type Interruption,
  type MismatchReport,
} from "./conform.ts";
export { printMachine, printResult, resultJson } from "./conform-text.ts";
export { KNOWN_DIFFERENCES, type KnownDifference } from "./differences.ts";
export { ENTRY_ADDRESS, elfFile, START_BRK, TEXT_ADDRESS } from "./elf.ts";
export { Executor, ExecutorGone, startExecutor, Unavailable } from "./executor.ts";
export { assembleExecutor, type WindowSizes, windowSizes } from "./executor-code.ts";
export { forkEnomemProgram } from "./fork-enomem.ts";
export { ARENA, type GenerateOptions, type Ground, generate, SPLIT_AREA } from "./generate.ts";
export { halfWayMoveProgram } from "./half-way-move.ts";
export { printListing, printMismatch, printStep, printTold, sideBySide } from "./listing.ts";
export { LiveKernel, type LiveRun, STANDARD_FILES, startLive } from "./live.ts";
export type { Outcome } from "./lower.ts";
export { describeMachine, type Limit, type Machine } from "./machine.ts";
export {
  MAP_COUNT_DISTANCES,
  MAP_COUNT_WINDOW_BYTES,
  type MapCountCell,
  type MapCountRow,
  sweepMapCount,
} from "./map-count.ts";
export { type MapCountCase, mapCountCases } from "./map-count-cases.ts";
export { MapsText } from "./maps-text.ts";
export { type MixRow, printMix } from "./mix.ts";
export type { ModelUnderTest } from "./model.ts";
export { modelFor, modelOf } from "./model-of-mm.ts";
export {
  type Argument,
  CALLS,
  type CallName,
  checkProgram,
  type Program,
  type ProgramFile,
  printHeader,
  printProgram,
  type RecordedStep,
  RecordingError,
  type RecordingHeader,
  readRecording,
  type Step,
} from "./program.ts";
export { type Layout, ownLines, rebase } from "./rebase.ts";
export { programsFor, record, recordRun } from "./record.ts";
export { type Replay, replayRecording } from "./replay.ts";
export { type Shrunk, shrink, withoutFork, withoutSteps } from "./shrink.ts";
export { NR, resultName, statusName } from "./syscalls.ts";
