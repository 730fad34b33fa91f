/**
 * A small emulated machine on an address space of interleaf: registers, a few instructions, system calls, fork.
 *
 * Its program asks for a page, writes there, forks, and both processes go on with the same page: the child's write is
 * a copy. Then it runs off the end of what is mapped, and the emulator reports the signal.
 *
 *     npx jiti examples/emulator/emulator.ts
 */
import {
  AddressSpace,
  errnoName,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SIGBUS,
} from "interleaf/mm";

/** One instruction: what it does, and its operands (numbers, or names of registers). */
export type Instruction = readonly [op: string, ...operands: (string | number)[]];

/** What a run printed, one line each. */
export interface Run {
  readonly output: readonly string[];
  /** The maps of the first process at the end. */
  readonly maps: string;
}

const SIGNALS: Readonly<Record<number, string>> = {
  [SEGV_MAPERR]: "SIGSEGV: nothing is mapped there",
  [SEGV_ACCERR]: "SIGSEGV: not allowed",
  [SIGBUS]: "SIGBUS: behind the end of the file",
};

/** One process: its memory and its registers. */
class Process {
  readonly memory: AddressSpace;
  readonly registers: Map<string, number>;
  readonly name: string;
  at: number;

  constructor(name: string, memory: AddressSpace, registers: Map<string, number>, at: number) {
    this.name = name;
    this.memory = memory;
    this.registers = registers;
    this.at = at;
  }

  value(operand: string | number): number {
    return typeof operand === "number" ? operand : (this.registers.get(operand) ?? 0);
  }
}

/** Runs a program to its end, the parent first. */
export function run(program: readonly Instruction[]): Run {
  const output: string[] = [];
  const first = new Process("parent", AddressSpace.boot({ bytes: true }), new Map(), 0);
  const ready = [first];
  for (let process = ready.shift(); process !== undefined; process = ready.shift()) {
    while (process.at < program.length) {
      const [op, ...operands] = program[process.at++];
      if (op === "fork") {
        const child = new Process("child", process.memory.fork(), new Map(process.registers), process.at);
        ready.push(child);
      } else if (!step(process, op, operands, output)) break;
    }
    if (process !== first) process.memory.exit();
  }
  const maps = first.memory.maps();
  first.memory.exit();
  return { output, maps };
}

/** One instruction; false when the process is killed. */
function step(process: Process, op: string, operands: (string | number)[], output: string[]): boolean {
  const { memory, registers } = process;
  const [first, second, third] = operands as [string, string | number, string | number];
  let result = 0;
  switch (op) {
    case "set":
      registers.set(first, process.value(second));
      break;
    case "add":
      registers.set(first, process.value(first) + process.value(second));
      break;
    case "map": // register, length
      result = memory.mmap(0, process.value(second), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
      registers.set(first, result);
      if (result < 0) output.push(`${process.name}: mmap: ${errnoName(result)}`);
      return true;
    case "protect": // address, length, protection
      result = memory.mprotect(process.value(first), process.value(second), process.value(third));
      if (result < 0) output.push(`${process.name}: mprotect: ${errnoName(result)}`);
      return true;
    case "store": // address, byte
      result = memory.write(process.value(first), process.value(second));
      break;
    case "load": // register, address
      result = memory.read(process.value(second));
      if (result >= 0) registers.set(first, result);
      break;
    case "print":
      output.push(`${process.name}: ${first} = ${process.value(first)}`);
      break;
    default:
      throw new Error(`there is no instruction "${op}"`);
  }
  if (result >= 0) return true;
  output.push(`${process.name}: killed by ${SIGNALS[result] ?? result}`);
  return false;
}

/** The program of this example. */
export const PROGRAM: readonly Instruction[] = [
  ["map", "page", 4096],
  ["store", "page", 42],
  ["fork"],
  ["load", "seen", "page"],
  ["print", "seen"],
  ["add", "seen", 1],
  ["store", "page", "seen"],
  ["load", "seen", "page"],
  ["print", "seen"],
  ["protect", "page", 4096, PROT_READ],
  ["add", "page", 4096],
  ["store", "page", 1],
];
