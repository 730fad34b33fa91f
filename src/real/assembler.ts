/**
 * A small x86-64 assembler: just the instructions that the executor of the live kernel needs.
 *
 *     const a = new Assembler(0x1000_6000);
 *     a.mov("eax", 60).xor("edi", "edi").syscall();
 *     a.assemble().code;          // Uint8Array
 *
 * Names of 32-bit registers select the 32-bit form (which clears the upper half), as in every assembler. Jumps take
 * labels and are short where the distance allows: lengths start short and only grow until nothing changes any more.
 * Every instruction also keeps its text in the form a disassembler prints, so that a listing can be checked against one.
 */

// biome-ignore format: the order is the encoding
const REGISTERS_64 = [
  "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
  "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
] as const;
// biome-ignore format: the order is the encoding
const REGISTERS_32 = [
  "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi",
  "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d",
] as const;
const REGISTERS_8 = ["al", "cl", "dl", "bl"] as const;

/** A 64-bit register. */
export type Register64 = (typeof REGISTERS_64)[number];
/** A 32-bit register: writing one clears the upper half. */
export type Register32 = (typeof REGISTERS_32)[number];
/** A byte register that needs no prefix. */
export type Register8 = (typeof REGISTERS_8)[number];
/** A register that an instruction works on as a whole. */
export type Register = Register64 | Register32;

/** `[base + index * scale + disp]`; without a base, `disp` is an absolute address below 2 GiB. */
export interface Memory {
  readonly base?: Register64;
  readonly index?: Register64;
  readonly scale?: 1 | 2 | 4 | 8;
  readonly disp?: number;
}

/** Conditions of jumps, named as the disassembler prints them; the value is the condition code. */
const CONDITIONS = {
  b: 2,
  ae: 3,
  e: 4,
  ne: 5,
  be: 6,
  a: 7,
  s: 8,
  ns: 9,
  l: 12,
  ge: 13,
  le: 14,
  g: 15,
} as const;
/** A condition of a jump. */
export type Condition = keyof typeof CONDITIONS;

/** One line of the listing. */
export interface ListedInstruction {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Intel syntax with single spaces, `mov rax,QWORD PTR [r13+0x8]`; for data `.data`. */
  readonly text: string;
  /** Labels that stand here. */
  readonly labels: readonly string[];
}

/** What `assemble()` gives. */
export interface Assembled {
  readonly code: Uint8Array;
  /** Addresses of the labels. */
  readonly labels: ReadonlyMap<string, number>;
  readonly listing: readonly ListedInstruction[];
}

/** An instruction before jumps have their lengths. */
interface Pending {
  readonly labels: string[];
  /** Bytes, or what to make of them once labels have addresses. */
  readonly fixed?: Uint8Array;
  readonly text?: string;
  readonly jump?: { readonly condition: Condition | null; readonly to: string; long: boolean };
  /** `mov r32, address of label` */
  readonly address?: { readonly register: Register32; readonly label: string };
}

/** Collects instructions; every method returns the assembler itself, so that a line of code reads as a line. */
export class Assembler {
  readonly #origin: number;
  readonly #pending: Pending[] = [];
  #labels: string[] = [];

  /** @param origin the address at which the code will run; below 2 GiB */
  constructor(origin: number) {
    if (!Number.isInteger(origin) || origin < 0 || origin >= 0x8000_0000) {
      throw new Error(`assembler: the origin ${origin} must be an address below 2 GiB`);
    }
    this.#origin = origin;
  }

  /** The next instruction is named `name`. */
  label(name: string): this {
    this.#labels.push(name);
    return this;
  }

  /** Loads a constant of at most 32 bits (a 64-bit register gets it sign-extended). */
  mov(to: Register, value: number): this {
    const [code, wide] = numberOf(to);
    if (!wide)
      return this.#put(
        [...rex(0, 0, 0, code), 0xb8 | (code & 7), ...imm32(value)],
        `mov ${to},${hex(value >>> 0)}`,
      );
    const text = `mov ${to},${hex(value < 0 ? BigInt.asUintN(64, BigInt(value)) : value)}`;
    return this.#put([...rex(1, 0, 0, code), 0xc7, 0xc0 | (code & 7), ...imm32(value)], text);
  }

  /** Loads the address of a label. */
  movLabel(register: Register32, label: string): this {
    return this.#push({ address: { register, label } });
  }

  /** Copies a register. */
  move(to: Register, from: Register): this {
    return this.#registers(0x89, "mov", to, from);
  }

  /** Reads memory into a register of that width. */
  load(to: Register, from: Memory): this {
    const [code, wide] = numberOf(to);
    return this.#memory([0x8b], wide, code, from, [], (m) => `mov ${to},${width(wide)} PTR ${m}`);
  }

  /** Writes a register of that width to memory. */
  store(to: Memory, from: Register): this {
    const [code, wide] = numberOf(from);
    return this.#memory([0x89], wide, code, to, [], (m) => `mov ${width(wide)} PTR ${m},${from}`);
  }

  /** Writes a 32-bit constant to 4 bytes of memory. */
  store32(to: Memory, value: number): this {
    return this.#memory([0xc7], false, 0, to, imm32(value), (m) => `mov DWORD PTR ${m},${hex(value >>> 0)}`);
  }

  /** Writes a constant, sign-extended, to 8 bytes of memory. */
  store64(to: Memory, value: number): this {
    const text = hex(value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
    return this.#memory([0xc7], true, 0, to, imm32(value), (m) => `mov QWORD PTR ${m},${text}`);
  }

  /** Takes an address. */
  lea(to: Register64, of: Memory): this {
    return this.#memory([0x8d], true, numberOf(to)[0], of, [], (m) => `lea ${to},${m}`);
  }

  /** `register += value`, a constant or a register. */
  add(to: Register, value: number | Register): this {
    return typeof value === "number"
      ? this.#constant(0, "add", to, value)
      : this.#registers(0x01, "add", to, value);
  }

  /** `register -= value`. */
  sub(to: Register, value: number | Register): this {
    return typeof value === "number"
      ? this.#constant(5, "sub", to, value)
      : this.#registers(0x29, "sub", to, value);
  }

  /** `memory += register`, 64 bits. */
  addTo(to: Memory, from: Register64): this {
    return this.#memory([0x01], true, numberOf(from)[0], to, [], (m) => `add QWORD PTR ${m},${from}`);
  }

  /** Compares, for the jump that follows. */
  cmp(left: Register, right: number | Register): this {
    return typeof right === "number"
      ? this.#constant(7, "cmp", left, right)
      : this.#registers(0x39, "cmp", left, right);
  }

  /** Compares 4 bytes of memory with a constant of one signed byte. */
  cmp32(left: Memory, right: number): this {
    return this.#memory([0x83], false, 7, left, [right & 0xff], (m) => `cmp DWORD PTR ${m},${hex(right)}`);
  }

  /** Compares a register with 8 bytes of memory. */
  cmpMemory(left: Register64, right: Memory): this {
    return this.#memory([0x3b], true, numberOf(left)[0], right, [], (m) => `cmp ${left},QWORD PTR ${m}`);
  }

  /** Sets the flags of `register & register`. */
  test(register: Register): this {
    return this.#registers(0x85, "test", register, register);
  }

  /** Zero. */
  clear(register: Register32): this {
    return this.#registers(0x31, "xor", register, register);
  }

  /** Sets bits. */
  or(to: Register, bits: number): this {
    return this.#constant(1, "or", to, bits);
  }

  /** Keeps bits. */
  and(to: Register, bits: number): this {
    return this.#constant(4, "and", to, bits);
  }

  /** Shifts right, zeros come in. */
  shr(to: Register, count: number): this {
    const [code, wide] = numberOf(to);
    return this.#put(
      [...rex(wide ? 1 : 0, 0, 0, code), 0xc1, 0xe8 | (code & 7), count],
      `shr ${to},${hex(count)}`,
    );
  }

  /** Puts bit `bit` of a register into the carry flag: `jb` jumps when it is set, `jae` when it is clear. */
  bt(of: Register, bit: number): this {
    const [code, wide] = numberOf(of);
    return this.#put(
      [...rex(wide ? 1 : 0, 0, 0, code), 0x0f, 0xba, 0xe0 | (code & 7), bit],
      `bt ${of},${hex(bit)}`,
    );
  }

  /** A byte, zero-extended. */
  movzx(to: Register32, from: Register8): this {
    const code = numberOf(to)[0];
    const bytes = [...rex(0, code, 0, 0), 0x0f, 0xb6, 0xc0 | ((code & 7) << 3) | REGISTERS_8.indexOf(from)];
    return this.#put(bytes, `movzx ${to},${from}`);
  }

  /** Asks the kernel: number in rax, arguments in rdi rsi rdx r10 r8 r9; rax, rcx and r11 are overwritten. */
  syscall(): this {
    return this.#put([0x0f, 0x05], "syscall");
  }

  /** Jumps. */
  jmp(to: string): this {
    return this.#push({ jump: { condition: null, to, long: false } });
  }

  /** Jumps to the address in a register: the way back from a routine, as no stack is used. */
  jmpRegister(to: Register64): this {
    const code = numberOf(to)[0];
    return this.#put([...rex(0, 0, 0, code), 0xff, 0xe0 | (code & 7)], `jmp ${to}`);
  }

  /** Jumps if. */
  jcc(condition: Condition, to: string): this {
    return this.#push({ jump: { condition, to, long: false } });
  }

  /** Bytes as they are. */
  data(bytes: Uint8Array): this {
    return this.#push({ fixed: bytes, text: ".data" });
  }

  /** Text that ends with a zero byte. */
  text(value: string): this {
    return this.data(new TextEncoder().encode(`${value}\0`));
  }

  /** Fixes addresses and lengths. Throws on a label that is missing or defined twice. */
  assemble(): Assembled {
    if (this.#labels.length > 0)
      throw new Error(`assembler: label "${this.#labels[0]}" stands behind the last instruction`);
    const jumps = this.#pending.flatMap((p) => (p.jump === undefined ? [] : [p.jump]));
    for (const jump of jumps) jump.long = false;
    let placed = this.#place();
    for (;;) {
      let grown = false;
      for (const { item, address } of placed.items) {
        const jump = item.jump;
        if (jump === undefined || jump.long) continue;
        const distance = target(placed.labels, jump.to) - (address + 2);
        if (distance >= -128 && distance <= 127) continue;
        jump.long = true;
        grown = true;
      }
      if (!grown) break;
      placed = this.#place();
    }
    const listing = placed.items.map(({ item, address }) => {
      const [bytes, text] = finish(item, address, placed.labels);
      return { address, bytes, text, labels: item.labels };
    });
    const code = new Uint8Array(listing.reduce((length, line) => length + line.bytes.length, 0));
    for (const line of listing) code.set(line.bytes, line.address - this.#origin);
    return { code, labels: placed.labels, listing };
  }

  #place(): { items: { item: Pending; address: number }[]; labels: Map<string, number> } {
    const labels = new Map<string, number>();
    let address = this.#origin;
    const items = this.#pending.map((item) => {
      for (const name of item.labels) {
        if (labels.has(name)) throw new Error(`assembler: label "${name}" is defined twice`);
        labels.set(name, address);
      }
      const at = address;
      address += lengthOf(item);
      return { item, address: at };
    });
    return { items, labels };
  }

  #registers(opcode: number, name: string, to: Register, from: Register): this {
    const [toCode, wide] = numberOf(to);
    const [fromCode, fromWide] = numberOf(from);
    if (wide !== fromWide) throw new Error(`assembler: ${name} ${to},${from} mixes widths`);
    const bytes = [
      ...rex(wide ? 1 : 0, fromCode, 0, toCode),
      opcode,
      0xc0 | ((fromCode & 7) << 3) | (toCode & 7),
    ];
    return this.#put(bytes, `${name} ${to},${from}`);
  }

  #constant(extension: number, name: string, to: Register, value: number): this {
    const [code, wide] = numberOf(to);
    const prefix = rex(wide ? 1 : 0, 0, 0, code);
    const modrm = 0xc0 | (extension << 3) | (code & 7);
    const shown = value >= 0 ? hex(value) : hex(BigInt.asUintN(wide ? 64 : 32, BigInt(value)));
    const text = `${name} ${to},${shown}`;
    if (value >= -128 && value <= 127) return this.#put([...prefix, 0x83, modrm, value & 0xff], text);
    // The accumulator has a form of its own, one byte shorter.
    if (code === 0) return this.#put([...prefix, (extension << 3) | 5, ...imm32(value)], text);
    return this.#put([...prefix, 0x81, modrm, ...imm32(value)], text);
  }

  #memory(
    opcode: readonly number[],
    wide: boolean,
    register: number,
    at: Memory,
    tail: readonly number[],
    text: (operand: string) => string,
  ): this {
    const base = at.base === undefined ? undefined : numberOf(at.base)[0];
    const index = at.index === undefined ? undefined : numberOf(at.index)[0];
    if (index === 4) throw new Error("assembler: rsp cannot be an index");
    const disp = at.disp ?? 0;
    const scale = at.scale ?? 1;
    const prefix = rex(wide ? 1 : 0, register, index ?? 0, base ?? 0);
    const scaleBits = [1, 2, 4, 8].indexOf(scale) << 6;
    const bytes = [...prefix, ...opcode];
    if (base === undefined) {
      // Without base: SIB form with a 32-bit displacement (the short form would be relative to rip).
      bytes.push(((register & 7) << 3) | 4, scaleBits | (((index ?? 4) & 7) << 3) | 5, ...imm32(disp));
    } else {
      const short = disp >= -128 && disp <= 127;
      const mode = disp === 0 && (base & 7) !== 5 ? 0 : short ? 0x40 : 0x80;
      const needsSib = index !== undefined || (base & 7) === 4;
      bytes.push(mode | ((register & 7) << 3) | (needsSib ? 4 : base & 7));
      if (needsSib) bytes.push(scaleBits | (((index ?? 4) & 7) << 3) | (base & 7));
      if (mode === 0x40) bytes.push(disp & 0xff);
      if (mode === 0x80) bytes.push(...imm32(disp));
    }
    return this.#put([...bytes, ...tail], text(operandText(at)));
  }

  #put(bytes: readonly number[], text: string): this {
    return this.#push({ fixed: Uint8Array.from(bytes), text });
  }

  #push(item: Omit<Pending, "labels">): this {
    this.#pending.push({ ...item, labels: this.#labels });
    this.#labels = [];
    return this;
  }
}

function lengthOf(item: Pending): number {
  if (item.fixed !== undefined) return item.fixed.length;
  if (item.address !== undefined) return 5 + rex(0, 0, 0, numberOf(item.address.register)[0]).length;
  const jump = item.jump;
  if (jump === undefined) throw new Error("assembler: an empty instruction");
  return !jump.long ? 2 : jump.condition === null ? 5 : 6;
}

function finish(item: Pending, address: number, labels: ReadonlyMap<string, number>): [Uint8Array, string] {
  if (item.fixed !== undefined) return [item.fixed, item.text ?? ""];
  if (item.address !== undefined) {
    const { register, label } = item.address;
    const [code] = numberOf(register);
    const to = target(labels, label);
    return [
      Uint8Array.from([...rex(0, 0, 0, code), 0xb8 | (code & 7), ...imm32(to)]),
      `mov ${register},${hex(to)}`,
    ];
  }
  const { condition, to, long } = item.jump as NonNullable<Pending["jump"]>;
  const goal = target(labels, to);
  const distance = goal - (address + lengthOf(item));
  const code = condition === null ? 0 : CONDITIONS[condition];
  const text = `${condition === null ? "jmp" : `j${condition}`} ${hex(goal)}`;
  if (!long) return [Uint8Array.from([condition === null ? 0xeb : 0x70 | code, distance & 0xff]), text];
  return [
    Uint8Array.from([...(condition === null ? [0xe9] : [0x0f, 0x80 | code]), ...imm32(distance)]),
    text,
  ];
}

function target(labels: ReadonlyMap<string, number>, name: string): number {
  const address = labels.get(name);
  if (address === undefined) throw new Error(`assembler: there is no label "${name}"`);
  return address;
}

/** The register's number, and whether its name is the 64-bit one. */
function numberOf(register: Register): [code: number, wide: boolean] {
  const wide = REGISTERS_64.indexOf(register as Register64);
  return wide >= 0 ? [wide, true] : [REGISTERS_32.indexOf(register as Register32), false];
}

function rex(wide: 0 | 1, register: number, index: number, base: number): number[] {
  const bits = (wide << 3) | ((register >> 3) << 2) | ((index >> 3) << 1) | (base >> 3);
  return bits === 0 ? [] : [0x40 | bits];
}

function imm32(value: number): number[] {
  if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0xffff_ffff) {
    throw new Error(`assembler: ${value} does not fit in 32 bits`);
  }
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
}

function operandText(at: Memory): string {
  const disp = at.disp ?? 0;
  if (at.base === undefined && at.index === undefined) return `ds:${hex(disp)}`;
  const index = at.index === undefined ? [] : [`${at.index}*${at.scale ?? 1}`];
  const parts = [...(at.base === undefined ? [] : [at.base]), ...index].join("+");
  // rbp and r13 as a base always carry a displacement, and disassemblers show it.
  if (disp === 0 && at.base !== undefined && (numberOf(at.base)[0] & 7) !== 5) return `[${parts}]`;
  return `[${parts}${disp < 0 ? "-" : "+"}${hex(Math.abs(disp))}]`;
}

function width(wide: boolean): string {
  return wide ? "QWORD" : "DWORD";
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
