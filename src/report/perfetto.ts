/**
 * A told run for the Perfetto viewer (ui.perfetto.dev): a track per task, a slice per function and in it one per step,
 * an arrow from the step that made what the finding stumbled over to the step of the finding.
 *
 *     time = number of the step, in microseconds: it shows order, not duration
 *
 * Field numbers are those of perfetto_trace.proto; `test/report/perfetto.proto` has the part that is used.
 */
import type { CheckedSubject } from "./check-report.ts";
import { remarksOf } from "./columns.ts";
import { findingStep } from "./fold.ts";
import { Message } from "./protobuf.ts";
import { originStep } from "./reason.ts";
import type { Told, ToldStep } from "./told.ts";

const TRACE = { packet: 1 };
const PACKET = { timestamp: 8, sequence: 10, event: 11, track: 60 };
const TRACK = { uuid: 1, name: 2, process: 3, thread: 4 };
const PROCESS = { pid: 1, name: 6 };
const THREAD = { pid: 1, tid: 2, name: 5 };
const EVENT = { annotation: 4, type: 9, track: 11, category: 22, name: 23, flow: 47, endOfFlow: 48 };
const ANNOTATION = { text: 6, name: 10 };
const TYPE = { begin: 1, end: 2, instant: 3 };

const PROCESS_ID = 1;
const SEQUENCE = 1;
const REASON = 1;
/** Nanoseconds from a step to the next. */
const STEP_NS = 1_000;

/** The file, ready to be written. */
export function perfetto(subject: CheckedSubject, told: Told): Uint8Array {
  const trace = new Message();
  const packet = (fill: (message: Message) => Message): void => {
    trace.message(TRACE.packet, fill(new Message()).varint(PACKET.sequence, SEQUENCE));
  };
  const where = subject.kernel === "" ? "" : ` on kernel ${subject.kernel}`;
  const process = new Message().varint(PROCESS.pid, PROCESS_ID).text(PROCESS.name, subject.scenario + where);
  packet((m) => m.message(PACKET.track, new Message().varint(TRACK.uuid, 1).message(TRACK.process, process)));
  told.tasks.forEach((name, task) => {
    const thread = new Message()
      .varint(THREAD.pid, PROCESS_ID)
      .varint(THREAD.tid, task + 1)
      .text(THREAD.name, name);
    const track = new Message().varint(TRACK.uuid, trackOf(task)).text(TRACK.name, name);
    packet((m) => m.message(PACKET.track, track.message(TRACK.thread, thread)));
  });
  const event = (time: number, fill: Message): void =>
    packet((m) => m.varint(PACKET.timestamp, time).message(PACKET.event, fill));
  const origin = originStep(told)?.number;
  const goal = findingStep(told);
  const last = new Map<number, ToldStep>();
  told.steps.forEach((step) => last.set(step.task, step));
  const open = new Map<number, { readonly site: string; readonly until: number }>();
  for (const step of told.steps) {
    const begin = step.number * STEP_NS;
    const inside = open.get(step.task);
    if (inside?.site !== step.site) {
      if (inside) event(inside.until, of(TYPE.end, step.task));
      event(
        begin,
        of(TYPE.begin, step.task)
          .text(EVENT.category, "function")
          .text(EVENT.name, step.site || "task"),
      );
    }
    const slice = of(TYPE.begin, step.task).text(EVENT.category, "step").text(EVENT.name, step.does);
    slice.message(EVENT.annotation, annotation("object", step.object));
    for (const remark of remarksOf(step)) slice.message(EVENT.annotation, annotation("remark", remark));
    for (const change of step.changes)
      slice.message(EVENT.annotation, annotation(change.name, `${change.before} -> ${change.after}`));
    if (origin !== undefined && goal !== undefined && origin !== goal) {
      if (step.number === origin) slice.fixed64(EVENT.flow, REASON);
      if (step.number === goal) slice.fixed64(EVENT.endOfFlow, REASON);
    }
    event(begin, slice);
    for (const { finding } of told.findings.filter((found) => found.step === step.number)) {
      const mark = of(TYPE.instant, step.task).text(EVENT.category, "finding").text(EVENT.name, finding.code);
      event(begin + STEP_NS / 2, mark.message(EVENT.annotation, annotation("message", finding.message)));
    }
    const until = begin + STEP_NS;
    event(until, of(TYPE.end, step.task));
    open.set(step.task, { site: step.site, until });
    if (last.get(step.task) === step) event(until, of(TYPE.end, step.task));
  }
  return trace.bytes();
}

function trackOf(task: number): number {
  return task + 2;
}

function of(type: number, task: number): Message {
  return new Message().varint(EVENT.type, type).varint(EVENT.track, trackOf(task));
}

function annotation(name: string, text: string): Message {
  return new Message().text(ANNOTATION.text, text).text(ANNOTATION.name, name);
}
