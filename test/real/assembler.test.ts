/** The assembler, instruction by instruction against a disassembler that knows nothing of it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Assembled,
  Assembler,
  assembleExecutor,
  ENTRY_ADDRESS,
  elfFile,
  START_BRK,
  TEXT_ADDRESS,
  windowSizes,
} from "../../src/real/index.ts";
import { skip } from "./world.ts";

const hasObjdump = spawnSync("objdump", ["--version"]).status === 0;
if (!hasObjdump) skip("objdump (binutils) is not installed: the listing is not disassembled");

/** Address, bytes and text of each instruction, as objdump reads them. */
function disassemble(code: Uint8Array, origin: number): { address: number; bytes: string; text: string }[] {
  const folder = mkdtempSync(join(tmpdir(), "interleaf-test-"));
  try {
    const file = join(folder, "code");
    writeFileSync(file, code);
    const options = [
      "-D",
      "-b",
      "binary",
      "-m",
      "i386:x86-64",
      "-M",
      "intel",
      "-w",
      `--adjust-vma=${origin}`,
    ];
    const out = execFileSync("objdump", [...options, file], { encoding: "latin1" });
    return [...out.matchAll(/^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(.*)$/gm)].map(([, address, bytes, text]) => ({
      address: Number.parseInt(address, 16),
      bytes: bytes.replaceAll(" ", ""),
      text: text.replace(/ +/g, " ").trim(),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function listed(assembled: Assembled): { address: number; bytes: string; text: string }[] {
  return assembled.listing
    .filter((line) => line.text !== ".data")
    .map(({ address, bytes, text }) => ({ address, bytes: Buffer.from(bytes).toString("hex"), text }));
}

describe("assembler", () => {
  test.skipIf(!hasObjdump)("the executor's listing is what a disassembler reads, line by line", () => {
    const assembled = assembleExecutor(windowSizes(2 ** 21));
    const data = assembled.listing.find((line) => line.text === ".data")!;
    const code = assembled.code.subarray(0, data.address - ENTRY_ADDRESS);
    const lines = listed(assembled);
    expect(lines.length).toBeGreaterThan(250);
    expect(lines).toEqual(disassemble(code, ENTRY_ADDRESS));
  });

  test.skipIf(!hasObjdump)("every form of operand is encoded as the disassembler reads it", () => {
    const a = new Assembler(0x1000);
    const registers = ["rax", "rcx", "rbx", "rsp", "rbp", "rsi", "r8", "r12", "r13", "r15"] as const;
    for (const base of registers) {
      for (const disp of [0, 8, -8, 0x1234]) a.load("r9", { base, disp }).store({ base, disp }, "ecx");
      for (const index of ["rax", "rbp", "r8", "r13"] as const)
        a.lea("rdx", { base, index, scale: 8, disp: 0x40 });
      a.add(base, 1).sub(base, 0x1000).cmp(base, -4).move(base, "r11").test(base).shr(base, 8).bt(base, 33);
      a.mov(base, -1)
        .mov(base, 5)
        .and(base, 7)
        .or(base, 0x10_0000)
        .store32({ base }, 9)
        .store64({ base }, -9);
    }
    a.movzx("r10d", "bl").clear("r14d").jmpRegister("r11").syscall();
    const assembled = a.assemble();
    expect(listed(assembled)).toEqual(disassemble(assembled.code, 0x1000));
  });

  test("jumps are short up to 127 bytes behind themselves and long from there", () => {
    const jumpOver = (bytes: number) =>
      new Assembler(0).jmp("there").data(new Uint8Array(bytes)).label("there").syscall().assemble()
        .listing[0]!.bytes;
    expect([...jumpOver(127)]).toEqual([0xeb, 127]);
    expect([...jumpOver(128)]).toEqual([0xe9, 128, 0, 0, 0]);
    const back = new Assembler(0).label("here").data(new Uint8Array(126)).jmp("here").assemble();
    expect([...back.listing[1]!.bytes]).toEqual([0xeb, 0x80]);
  });

  test("a jump that grows makes others grow that then no longer reach", () => {
    const a = new Assembler(0).jmp("far").label("first").jmp("last").data(new Uint8Array(125));
    const { listing } = a
      .label("last")
      .jcc("e", "first")
      .data(new Uint8Array(10))
      .label("far")
      .syscall()
      .assemble();
    expect(listing.map((line) => line.bytes.length)).toEqual([5, 2, 125, 6, 10, 2]);
  });

  test("what cannot be encoded is refused with the reason", () => {
    expect(() => new Assembler(0).jmp("nowhere").assemble()).toThrow('no label "nowhere"');
    expect(() => new Assembler(0).label("a").syscall().label("a").syscall().assemble()).toThrow(
      "defined twice",
    );
    expect(() => new Assembler(0).label("end").assemble()).toThrow("behind the last instruction");
    expect(() => new Assembler(0).mov("rax", 2 ** 40)).toThrow("32 bits");
    expect(() => new Assembler(0).move("rax", "ecx")).toThrow("mixes widths");
    expect(() => new Assembler(2 ** 31)).toThrow("below 2 GiB");
  });
});

describe("program file", () => {
  test("is one page behind which the heap begins", () => {
    const { code } = assembleExecutor(windowSizes(2 ** 21));
    const file = elfFile(code);
    expect(TEXT_ADDRESS + 4096).toBe(START_BRK);
    expect(file.length).toBeLessThan(2048);
    expect(() => elfFile(new Uint8Array(4096))).toThrow("one page");
  });

  test.skipIf(spawnSync("readelf", ["--version"]).status !== 0)(
    "is read by readelf without a warning",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "interleaf-test-"));
      try {
        const file = join(folder, "executor");
        writeFileSync(file, elfFile(assembleExecutor(windowSizes(2 ** 21)).code));
        const { stdout, stderr } = spawnSync("readelf", ["-hlW", file], { encoding: "latin1" });
        expect(stderr).toBe("");
        expect(stdout).toMatch(/Type: +EXEC/);
        expect(stdout).toMatch(/LOAD +0x0+ 0x0*10006000 .* R E 0x1000/);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
