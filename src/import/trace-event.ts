/**
 * What a recording of a running system tells, whatever wrote it: calls with their results, ends of processes, faults.
 *
 * Only calls that a replay needs are here; readers count the others.
 */
import type { Bytes } from "../mm/index.ts";

/** A call on the caller's own address space, with its arguments as numbers. */
export type MemoryCall =
  | {
      readonly op: "mmap";
      readonly at: Bytes;
      readonly length: Bytes;
      readonly prot: number;
      readonly flags: number;
      /** -1 = none. */
      readonly fd: number;
      /** What the descriptor stands for, where the recording tells. */
      readonly path: string | undefined;
      readonly offset: Bytes;
    }
  | { readonly op: "munmap"; readonly at: Bytes; readonly length: Bytes }
  | { readonly op: "mprotect"; readonly at: Bytes; readonly length: Bytes; readonly prot: number }
  | {
      readonly op: "mremap";
      readonly at: Bytes;
      readonly oldLength: Bytes;
      readonly newLength: Bytes;
      readonly flags: number;
      readonly newAt: Bytes;
    }
  | { readonly op: "brk"; readonly at: Bytes }
  | { readonly op: "madvise"; readonly at: Bytes; readonly length: Bytes; readonly advice: number }
  | { readonly op: "mlock"; readonly at: Bytes; readonly length: Bytes; readonly flags: number }
  | { readonly op: "munlock"; readonly at: Bytes; readonly length: Bytes }
  | { readonly op: "mlockall"; readonly flags: number }
  | { readonly op: "munlockall" }
  | { readonly op: "mseal"; readonly at: Bytes; readonly length: Bytes; readonly flags: number }
  | { readonly op: "msync"; readonly at: Bytes; readonly length: Bytes; readonly flags: number };

/** A call that makes, replaces or ends a process, or that a replay needs besides. */
export type ProcessCall =
  | { readonly op: "fork"; readonly name: string; readonly flags: number }
  | { readonly op: "exec"; readonly path: string | undefined }
  | { readonly op: "exit"; readonly group: boolean }
  /** setrlimit and prlimit64 on oneself. Infinity = none. */
  | { readonly op: "limit"; readonly resource: number; readonly soft: number }
  /** The result is a new descriptor for this. */
  | {
      readonly op: "open";
      readonly path: string | undefined;
      readonly copyOf: number;
      readonly readOnly: boolean;
    }
  | { readonly op: "close"; readonly fd: number; readonly last: number };

/** A call that a replay needs. */
export type TracedCall = MemoryCall | ProcessCall;

/** One thing that happened. Lines count from 1; seconds are NaN where the recording has none. */
export type TraceEvent =
  | {
      readonly kind: "call";
      readonly line: number;
      readonly pid: number;
      readonly seconds: number;
      readonly call: TracedCall;
      /** The result as 64 unsigned bits; undefined where the call failed or did not come back. */
      readonly value: Bytes | undefined;
      /** Name of the error; of a call that is to be restarted, `ERESTART...`. */
      readonly error: string | undefined;
    }
  /** A call has begun whose result comes later: what others do meanwhile may depend on it. */
  | {
      readonly kind: "begun";
      readonly line: number;
      readonly pid: number;
      readonly seconds: number;
      readonly call: ProcessCall;
    }
  /** A thread has ended, by itself or by a signal. */
  | { readonly kind: "ended"; readonly line: number; readonly pid: number; readonly seconds: number }
  /** A call that changes the address space in a way that is not modelled has succeeded. */
  | {
      readonly kind: "unmodelled";
      readonly line: number;
      readonly pid: number;
      readonly seconds: number;
      readonly name: string;
    }
  /** A page fault. */
  | {
      readonly kind: "fault";
      readonly line: number;
      readonly pid: number;
      readonly seconds: number;
      readonly at: number;
      readonly write: boolean;
    };

/** Takes events in the order of the recording. */
export type EventSink = (event: TraceEvent) => void;
