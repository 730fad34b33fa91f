/** The live kernel: an executor that makes the calls, programs as data, and the comparison with the model. */
export { type Assembled, Assembler, type ListedInstruction } from "./assembler.ts";
export { ENTRY_ADDRESS, elfFile, START_BRK, TEXT_ADDRESS } from "./elf.ts";
export {
  type Batch,
  type BatchEnd,
  type BatchReply,
  type CallRecord,
  constantsAddress,
  Executor,
  ExecutorGone,
  type RecordReply,
  startExecutor,
  Unavailable,
  type Word,
} from "./executor.ts";
export { assembleExecutor, type WindowSizes, windowSizes } from "./executor-code.ts";
export { LiveKernel, type LiveRun, type ProgramFile, STANDARD_FILES, startLive } from "./live.ts";
export type { Outcome } from "./lower.ts";
export { describeMachine, type Machine } from "./machine.ts";
export { MapsText } from "./maps-text.ts";
export {
  type Argument,
  CALLS,
  type CallName,
  checkProgram,
  type Program,
  printHeader,
  printProgram,
  type RecordedStep,
  RecordingError,
  type RecordingHeader,
  readRecording,
  type Step,
} from "./program.ts";
export { type Layout, ownLines, rebase } from "./rebase.ts";
export { NR, resultName, statusName } from "./syscalls.ts";
