import { expect, it } from "vitest";
import { eventsOf, log, logRefusal, summaryOf } from "./log-world.ts";

const SOUND = "brk(NULL) = 0x1000";

it.each([
  ["mmap(NULL, 8192, PROT_READ, MAP_PRI", 'x.log:2:36: expected ") = " and a result'],
  ["mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, -1, 0) = ", "x.log:2:51: expected"],
  [
    "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, -1, 0) = 0x",
    'expected a result: a number, "-1 ERROR" or "?", found "0x"',
  ],
  [
    "mmap(NULL, 8192, PROT_REED, MAP_PRIVATE, -1, 0) = 0x7f0000000000",
    "x.log:2:18: expected protection flags",
  ],
  ["mmap(NULL, 81x92, PROT_READ, MAP_PRIVATE, -1, 0) = 0x7f0000000000", "x.log:2:12: expected a length"],
  [
    "mmap(NULL, 8192, PROT_READ) = 0x7f0000000000",
    "expected a file descriptor, found the end of the arguments, after 3",
  ],
  ["8192, PROT_READ, MAP_PRIVATE, -1, 0) = 0x7f0000000000", "x.log:2:1: expected the name of a call"],
  ["<... mmap", 'expected a name and " resumed>"'],
  ["--- SIGCHLD {si_signo", 'expected " ---" behind a signal'],
  ["mmap2(NULL, 8192, PROT_READ, MAP_PRIVATE, -1, 0) = 0xf7f00000", "mmap2, a call of 32-bit ones"],
  ["[ Process PID=8360 runs in 32 bit mode. ]", "a process of 32 bits: its address space is not modelled"],
  ["\u0000\u0000\u0000", "x.log:2:1: expected the name of a call"],
])("%s: place, what was expected and found", (line, message) => {
  expect(logRefusal(log(SOUND, line, SOUND))).toContain(message);
  // The same line is left out and counted on request; what stands around it is read.
  const summary = summaryOf(log(SOUND, line, SOUND), true);
  expect(summary.skipped.count).toBe(1);
  expect(summary.skipped.problems[0]!.line).toBe(2);
  expect(eventsOf(log(SOUND, line, SOUND), true)).toHaveLength(2);
});

it.each([
  ["", "x.log:1:1: expected a line of strace", "an empty file"],
  ["\n\n", "expected a line of strace", "only blank lines"],
  ["\u001f\u008b\b\0", "expected a line of strace", "gzip data"],
  ["\u007fELF\u0002", "expected a line of strace", "an ELF file"],
  [
    "00400000-0040a000 r-xp 00000000 fe:00 26081 /usr/bin/cat\n",
    "a line of strace",
    "give an strace log here",
  ],
  ["% time     seconds  usecs/call     calls    errors syscall\n", "a line of strace", "without -c"],
  ["<!DOCTYPE html>\n", "a line of strace", "HTML"],
  ["\ufffdm\0m\0a\0p\0", "expected", "binary data"],
])("another kind of file is called by its name (%j)", (text, expected, found) => {
  const message = logRefusal(text);
  expect(message).toContain(expected);
  expect(message).toContain(found);
});

it("a log cut at the end of a line is noted; one cut inside a line is told as cut", () => {
  expect(summaryOf(`${SOUND}\n${SOUND}`).notes[0]).toContain("x.log:2: the last line has no line end");
  expect(logRefusal(`${SOUND}\n${SOUND.slice(0, 9)}`)).toContain("the log was cut here");
});

it("bytes that are no text in a string do no harm", () => {
  const bytes = Uint8Array.from([
    ...Buffer.from('write(1, "'),
    0xff,
    0xfe,
    0xc3,
    ...Buffer.from('", 3) = 3\nbrk(NULL) = 0x1000\n'),
  ]);
  expect(() => logRefusal(bytes)).toThrow("the log was read");
});

it("Windows line ends and a byte order mark do no harm", () => {
  expect(eventsOf(`\ufeff${SOUND}\r\n${SOUND}\r\n`)).toHaveLength(2);
});

it("a line without an end of 70,000 characters is told, and what follows is read on request", () => {
  const text = log(SOUND, `write(1, "${"x".repeat(70_000)}", 70000) = 70000`, SOUND);
  expect(logRefusal(text)).toContain("lines of at most 65536 characters");
  expect(eventsOf(text, true)).toHaveLength(2);
});

it("a clock that goes back is noted once with the number of times; midnight is no step back", () => {
  const back = summaryOf(
    log("12:00:00 brk(NULL) = 0x1000", "11:59:59 brk(NULL) = 0x1000", "11:59:58 brk(NULL) = 0x1000"),
  );
  expect(back.notes).toEqual([
    "x.log:2: the clock goes back here, and 1 times later: the order of the lines counts, not the time",
  ]);
  expect(summaryOf(log("23:59:59 brk(NULL) = 0x1000", "00:00:01 brk(NULL) = 0x1000")).notes).toEqual([]);
});

it("ends of calls whose beginning is missing are counted", () => {
  const { notes } = summaryOf(log("<... mmap resumed>) = 0x7f0000000000", SOUND));
  expect(notes).toEqual(["x.log:1: 1 call ends whose beginning is not in the log: left out"]);
});
