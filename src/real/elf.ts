/**
 * A static x86-64 program file around one piece of code: one page, mapped read-only and executable.
 *
 *     0x00  ELF header        64 bytes
 *     0x40  PT_LOAD  r-x      56     the whole file at TEXT_ADDRESS
 *     0x78  PT_GNU_STACK rw-  56     an ordinary stack
 *     0xb0  code              the entry point
 *
 * There is no data segment: with the code's page ending at START_BRK the heap begins right behind it, and the fresh
 * process has five VMAs (code, vvar, vvar_vclock, vdso, stack). Format: elf(5); loader: load_elf_binary(), Linux 6.18.
 */

/** Where the file is mapped. */
export const TEXT_ADDRESS = 0x1000_6000;
/** Where the heap begins: the page behind the file. */
export const START_BRK = 0x1000_7000;
/** Address of the first instruction. */
export const ENTRY_ADDRESS: number = TEXT_ADDRESS + 0xb0;

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;

/** The bytes of an executable file that holds `code`, which was assembled for ENTRY_ADDRESS. */
export function elfFile(code: Uint8Array): Uint8Array {
  const length = ENTRY_ADDRESS - TEXT_ADDRESS + code.length;
  if (length > START_BRK - TEXT_ADDRESS) throw new Error(`elf: ${length} bytes do not fit into one page`);
  const file = new Uint8Array(length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]); // magic, 64 bits, little endian, version, System V
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 62, true); // EM_X86_64
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(ENTRY_ADDRESS), true);
  view.setBigUint64(32, BigInt(HEADER_BYTES), true); // program headers
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(54, SEGMENT_BYTES, true);
  view.setUint16(56, 2, true);
  segment(view, HEADER_BYTES, { type: 1, flags: 5, address: TEXT_ADDRESS, length, align: 0x1000 }); // PT_LOAD, r-x
  segment(view, HEADER_BYTES + SEGMENT_BYTES, {
    type: 0x6474_e551,
    flags: 6,
    address: 0,
    length: 0,
    align: 16,
  });
  file.set(code, ENTRY_ADDRESS - TEXT_ADDRESS);
  return file;
}

function segment(
  view: DataView,
  at: number,
  s: { type: number; flags: number; address: number; length: number; align: number },
): void {
  view.setUint32(at, s.type, true);
  view.setUint32(at + 4, s.flags, true);
  view.setBigUint64(at + 16, BigInt(s.address), true);
  view.setBigUint64(at + 24, BigInt(s.address), true);
  view.setBigUint64(at + 32, BigInt(s.length), true);
  view.setBigUint64(at + 40, BigInt(s.length), true);
  view.setBigUint64(at + 48, BigInt(s.align), true);
}
