/**
 * The executor: the program that makes the calls on the live kernel. Some hundred bytes that use no stack, no heap, no
 * data segment, so that the calls under test can do what they like to the rest of the address space.
 *
 *     Node  --stdin-->  driver  --fork-->  process 0  --fork-->  process 1 ...
 *           <-stdout--    |                    |                     |
 *                         +---- WINDOW: one shared mapping ----------+
 *
 * The driver reads a batch (header, records, constants) into the window and forks process 0, a fresh address space.
 * The processes of a batch work through the records one at a time: whoever finds that the next record belongs to
 * another opens that one's gate and waits at its own. A parent in vfork() waits in the kernel: its child answers the call for it. Results and the text of maps are appended to the reply area;
 * only the driver writes to stdout, after all processes are gone, so a process killed at any point loses nothing.
 *
 * Registers:
 *     r12  own process index               r13  the current record
 *     r14  bit 0: I am the driver, bit 1: I end after handing over, bit 2: by exit_group()
 *     r15  own /proc/self/maps, or -1       rbx  flags of the record       rbp  way back from a routine
 *
 * A process that calls execve() on the executor's own file starts anew, with nothing but its descriptors: two arguments in
 * place of one tell it so, the window is a memfd it maps again, and the cursor says which record it is in.
 *
 * Time limits: every process of a batch sets alarm() to the batch's seconds, so a batch that hangs ends with SIGALRM,
 * which the driver reports as it reports every death; whoever started the driver kills it when no answer comes. Every
 * process dies with the driver (PR_SET_PDEATHSIG; those that are not its children by their alarm), the driver with the thread that
 * started it, or when stdin ends.
 */
import { type Assembled, Assembler } from "./assembler.ts";
import { ENTRY_ADDRESS } from "./elf.ts";

/** The mapping that all processes share: control words, records, replies. */
const WINDOW = 0x2000_0000;
/** Records of a batch, then its constants. */
export const RECORDS: number = WINDOW + 0x1000;

/** Bytes of the window's parts: a quarter for records and constants, the rest for replies. */
export interface WindowSizes {
  readonly window: number;
  readonly records: number;
  /** Room for texts that are read; behind it is a reserve for the results alone. */
  readonly texts: number;
}

/** Sizes in a window of `bytes`, a multiple of 64 KiB from 256 KiB to 128 MiB. */
export function windowSizes(bytes: number): WindowSizes {
  if (bytes % 0x1_0000 !== 0 || bytes < 0x4_0000 || bytes > 0x800_0000) {
    throw new Error(
      `executor: a window of ${bytes} bytes is not a multiple of 64 KiB from 256 KiB to 128 MiB`,
    );
  }
  const records = bytes / 4;
  // A result takes a quarter of its record; the last text may begin just below the border.
  return { window: bytes, records, texts: bytes - 0x1000 - records - records / 4 - 0x2000 };
}

/** Bytes of a record and of a batch header. */
export const RECORD_BYTES = 64;
/** Processes in a batch. */
export const MAX_PROCESSES = 32;
/** Fields of the header, as byte offsets. */
export const HEADER = {
  magic: 0,
  byteLength: 8,
  recordsEnd: 16,
  flags: 24,
  processes: 28,
  seconds: 32,
} as const;
/** The batch runs in a fresh fork of the driver; otherwise in the driver itself. */
export const BATCH_FORKS = 1;

/**
 * Flags of a record, the eighth word: bits 0-7 process, 8-15 pages of maps to read afterwards (255: all), 16-23 index
 * of the process that a fork makes, then single bits, and in bits 32-63 how often to repeat the call with its first
 * argument advanced by its sixth.
 */
export const RECORD = {
  mapsShift: 8,
  childShift: 16,
  /** The call makes a process. */
  fork: 24,
  /** No call: the process ends. */
  exit: 25,
  /** No call: reads file a0 (address of its path) from offset a1, at most a2 pieces of 4096 bytes. */
  dump: 26,
  /** The call returns a descriptor, to be known under number a5. */
  descriptor: 27,
  /** With `fork`: the parent waits until the child is gone or has another program; the child answers. */
  vfork: 28,
  repeatShift: 32n,
} as const;

/** Kinds of frames in the reply; a frame is {kind u32, length u32, value i64, length bytes}. */
export const FRAME = { result: 1, data: 2, end: 3, hello: 4 } as const;
/** Bytes of a frame's head. */
export const FRAME_HEAD_BYTES = 16;
/** The value of an end frame: 0, a negative errno of the driver's fork, or this plus the status of who died. */
export const END_DIED: number = 2 ** 32;

/** The descriptor of the window. */
const WINDOW_FD = 99;

/** Ways the executor ends before it can say anything: the exit code. */
export const EXIT = { noMemory: 121, noPersonality: 124, noExec: 125 } as const;

// biome-ignore format: one table
const NR = {
  read: 0, write: 1, open: 2, close: 3, mmap: 9, pread64: 17, dup2: 33, alarm: 37, getpid: 39, clone: 56, execve: 59, exit: 60, wait4: 61,
  ftruncate: 77, getppid: 110, personality: 135, prctl: 157, futex: 202, exit_group: 231, memfd_create: 319,
} as const;
const ADDR_NO_RANDOMIZE = 0x4_0000;

const CURSOR = { disp: WINDOW + 0x40 };
const OUT = { disp: WINDOW + 0x48 };
const QUIT = { disp: WINDOW + 0x50 };
const STATUS = { disp: WINDOW + 0x58 };
/** 0 or 1: a process died; directly behind STATUS, so that both are read as one 64-bit word. */
const DIED = { disp: WINDOW + 0x5c };
const FORK_ERROR = { disp: WINDOW + 0x60 };
/** A read that gives fewer bytes than this was the last one. */
const SHORT = { disp: WINDOW + 0x68 };
const DRIVER = { disp: WINDOW + 0x70 };
const GATES = WINDOW + 0x80;
const BYTE_LENGTH = { disp: WINDOW + HEADER.byteLength };
const RECORDS_END = { disp: WINDOW + HEADER.recordsEnd };
const BATCH_FLAGS = { disp: WINDOW + HEADER.flags };
const PROCESSES = { disp: WINDOW + HEADER.processes };
const SECONDS = { disp: WINDOW + HEADER.seconds };

/** A page of maps that is this much shorter than a page is the last: no line is longer than the difference. */
const MAPS_SHORT = 3584;
const CHUNK = 4096;

/** Assembles the executor with a window of those sizes. */
export function assembleExecutor(sizes: WindowSizes): Assembled {
  const a = new Assembler(ENTRY_ADDRESS);
  const replies = RECORDS + sizes.records;
  start(a, sizes, replies);
  driver(a, replies);
  processes(a);
  oneCall(a);
  readFile(a);
  routines(a, replies, sizes.texts);
  constants(a);
  return a.assemble();
}

/** Once: without address randomisation, with the window, dying with the parent. */
function start(a: Assembler, sizes: WindowSizes, replies: number): void {
  a.cmp32({ base: "rsp" }, 2).jcc("e", "resume");
  // Randomisation is decided at exec: set the personality, then start once more.
  a.mov("edi", -1).mov("eax", NR.personality).syscall();
  a.bt("eax", 18).jcc("b", "ready");
  a.or("eax", ADDR_NO_RANDOMIZE).move("edi", "eax").mov("eax", NR.personality).syscall();
  a.mov("edi", EXIT.noPersonality).test("rax").jcc("s", "exit");
  a.mov("edi", -1).mov("eax", NR.personality).syscall();
  a.mov("edi", EXIT.noPersonality).bt("eax", 18).jcc("ae", "exit");
  a.movLabel("edi", "ownPath")
    .lea("rsi", { base: "rsp", disp: 8 })
    .clear("edx")
    .mov("eax", NR.execve)
    .syscall();
  a.mov("edi", EXIT.noExec).jmp("exit");

  a.label("ready").mov("edi", 1).mov("esi", 9).mov("eax", NR.prctl).syscall(); // PR_SET_PDEATHSIG, SIGKILL
  // PR_SET_CHILD_SUBREAPER: children of a vfork() whose parent has ended come here.
  a.mov("edi", 36).mov("esi", 1).mov("eax", NR.prctl).syscall();
  a.movLabel("edi", "windowName").clear("esi").mov("eax", NR.memfd_create).syscall();
  a.move("r12", "rax").move("edi", "eax").mov("esi", WINDOW_FD).mov("eax", NR.dup2).syscall();
  a.move("rdi", "r12").mov("eax", NR.close).syscall();
  a.mov("edi", WINDOW_FD).mov("esi", sizes.window).mov("eax", NR.ftruncate).syscall();
  a.movLabel("ebp", "mapped").jmp("mapWindow");
  a.label("mapped").mov("eax", NR.getpid).syscall().store(DRIVER, "rax");
  a.mov("r15", -1);
  a.store64(OUT, replies + FRAME_HEAD_BYTES).store32({ disp: replies }, FRAME.hello);
  a.jmp("flush");

  // A new program in a process of a batch: what the record asked for has come true.
  a.label("resume").movLabel("ebp", "resumed").jmp("mapWindow");
  a.label("resumed").load("r13", CURSOR).sub("r13", RECORD_BYTES).load("rbx", { base: "r13", disp: 56 });
  a.movzx("r12d", "bl").clear("r14d").mov("r15", -1).clear("eax").jmp("called");

  a.label("mapWindow").mov("edi", WINDOW).mov("esi", sizes.window).mov("edx", 3); // PROT_READ | PROT_WRITE
  a.mov("r10d", 0x11).mov("r8", WINDOW_FD).clear("r9d").mov("eax", NR.mmap).syscall(); // MAP_SHARED|FIXED
  a.mov("edi", EXIT.noMemory).test("rax").jcc("s", "exit").jmpRegister("rbp");
}

/** Reads batches, forks process 0, waits for all, answers. */
function driver(a: Assembler, replies: number): void {
  a.label("main").mov("r14", 1).clear("r12d");
  a.mov("esi", WINDOW).mov("edx", RECORD_BYTES).movLabel("ebp", "haveHeader").jmp("readFully");
  a.label("haveHeader")
    .mov("esi", RECORDS)
    .load("rdx", BYTE_LENGTH)
    .movLabel("ebp", "haveBatch")
    .jmp("readFully");
  a.label("haveBatch");
  a.store64(CURSOR, RECORDS).store64(OUT, replies).store64(QUIT, 0).store64(STATUS, 0).store64(FORK_ERROR, 0);
  a.clear("eax");
  a.label("clearGates")
    .store32({ index: "rax", scale: 4, disp: GATES }, 0)
    .add("eax", 1)
    .cmp("eax", MAX_PROCESSES);
  a.jcc("b", "clearGates");
  a.load("eax", BATCH_FLAGS).bt("eax", 0).jcc("ae", "run");

  a.mov("edi", 17).clear("esi").clear("edx").clear("r10d").clear("r8d").mov("eax", NR.clone).syscall(); // SIGCHLD
  a.test("rax").jcc("e", "child").jcc("ns", "wait").store(FORK_ERROR, "rax");
  a.label("wait");
  a.mov("rdi", -1).mov("esi", STATUS.disp).clear("edx").clear("r10d").mov("eax", NR.wait4).syscall();
  a.test("rax").jcc("ns", "reaped").cmp("eax", -4).jcc("e", "wait"); // EINTR
  // ECHILD: everybody is gone.
  a.label("answer").load("rdi", OUT).store32({ base: "rdi" }, FRAME.end).store32({ base: "rdi", disp: 4 }, 0);
  a.load("rax", FORK_ERROR).test("rax").jcc("ne", "endValue").load("rax", STATUS);
  a.label("endValue").store({ base: "rdi", disp: 8 }, "rax").add("rdi", FRAME_HEAD_BYTES).store(OUT, "rdi");
  a.jmp("flush");

  a.label("reaped").cmp32(STATUS, 0).jcc("e", "wait").cmp32(DIED, 0).jcc("ne", "wait");
  // Somebody was killed: keep the first status and let the others go.
  a.store32(DIED, 1).store32(QUIT, 1).movLabel("ebp", "wokeUp").jmp("wakeAll");
  a.label("wokeUp");
  a.mov("rdi", -1).clear("esi").clear("edx").clear("r10d").mov("eax", NR.wait4).syscall();
  a.test("rax").jcc("ns", "wokeUp").cmp("eax", -4).jcc("e", "wokeUp");
  a.jmp("answer");
}

/** Whose turn it is. */
function processes(a: Assembler): void {
  a.label("child").clear("r14d").mov("r15", -1);
  // The parent of a vfork() may end before its children: only the driver's end is theirs, too.
  a.mov("eax", NR.getppid).syscall().cmpMemory("rax", DRIVER).jcc("ne", "limited");
  a.mov("edi", 1).mov("esi", 9).mov("eax", NR.prctl).syscall();
  a.label("limited").load("edi", SECONDS).mov("eax", NR.alarm).syscall();
  a.test("r12d").jcc("e", "run").bt("ebx", RECORD.vfork).jcc("ae", "await").clear("eax").jmp("called");

  a.label("run").cmp32(QUIT, 0).jcc("ne", "leave");
  a.load("r13", CURSOR).cmpMemory("r13", RECORDS_END).jcc("ae", "finished");
  a.load("rbx", { base: "r13", disp: 56 }).movzx("eax", "bl").cmp("eax", "r12d").jcc("e", "mine");
  a.store32({ index: "rax", scale: 4, disp: GATES }, 1).lea("rdi", { index: "rax", scale: 4, disp: GATES });
  a.mov("esi", 1).mov("edx", 1).mov("eax", NR.futex).syscall(); // FUTEX_WAKE
  a.bt("r14d", 1).jcc("b", "leave");

  a.label("await").lea("rdi", { index: "r12", scale: 4, disp: GATES });
  a.cmp32({ base: "rdi" }, 0).jcc("ne", "myTurn");
  a.clear("esi").clear("edx").clear("r10d").mov("eax", NR.futex).syscall().jmp("await"); // FUTEX_WAIT
  a.label("myTurn").store32({ base: "rdi" }, 0).jmp("run");

  a.label("finished").bt("r14d", 0).jcc("b", "answer");
  a.store32(QUIT, 1).movLabel("ebp", "leave").jmp("wakeAll");
  a.label("leave").clear("edi").mov("eax", NR.exit_group).bt("r14d", 2).jcc("b", "gone");
  a.label("exit").mov("eax", NR.exit);
  a.label("gone").syscall();

  // The cursor moves on before the call, so that a new process and an ending one find it right.
  a.label("mine").lea("rax", { base: "r13", disp: RECORD_BYTES }).store(CURSOR, "rax");
  a.bt("ebx", RECORD.dump).jcc("b", "dump");
  a.bt("ebx", RECORD.exit).jcc("ae", "call");
  a.load("eax", { base: "r13" }).cmp("eax", NR.exit_group).jcc("ne", "ends").or("r14d", 4);
  a.label("ends").or("r14d", 2).clear("eax").mov("r12d", 255).movLabel("ebp", "run").jmp("putResult");
}

/** One record: the call, its repetitions, what comes of a fork, then the result. */
function oneCall(a: Assembler): void {
  a.label("call").load("rdi", { base: "r13", disp: 8 }).load("rsi", { base: "r13", disp: 16 });
  a.load("rdx", { base: "r13", disp: 24 }).load("r10", { base: "r13", disp: 32 });
  a.load("r8", { base: "r13", disp: 40 })
    .load("r9", { base: "r13", disp: 48 })
    .load("rax", { base: "r13" })
    .syscall();
  a.bt("ebx", RECORD.fork).jcc("ae", "noFork").test("rax").jcc("ne", "noFork");
  a.move("r12", "rbx").shr("r12", RECORD.childShift).and("r12d", 0xff).jmp("child");

  a.label("noFork").test("rax").jcc("s", "called").bt("ebx", RECORD.vfork).jcc("b", "await");
  a.bt("ebx", RECORD.descriptor).jcc("ae", "again");
  a.move("edi", "eax").load("rsi", { base: "r13", disp: 48 }).mov("eax", NR.dup2).syscall();
  a.test("rax").jcc("s", "called").mov("eax", NR.close).syscall().jmp("called");
  a.label("again").load("ecx", { base: "r13", disp: 60 }).test("ecx").jcc("e", "called");
  a.sub("ecx", 1).store({ base: "r13", disp: 60 }, "ecx");
  a.load("rcx", { base: "r13", disp: 48 }).addTo({ base: "r13", disp: 8 }, "rcx").jmp("call");

  a.label("called").movLabel("ebp", "maps").jmp("putResult");
  a.label("maps").move("r8", "rbx").shr("r8", RECORD.mapsShift).and("r8d", 0xff).jcc("e", "run");
  a.cmp("r8d", 255).jcc("ne", "open").mov("r8d", 0x7fff_ffff);
  a.label("open").test("r15").jcc("ns", "readMaps");
  a.movLabel("edi", "mapsPath").clear("esi").clear("edx").mov("eax", NR.open).syscall().move("r15", "rax");
  a.label("readMaps")
    .store64(SHORT, MAPS_SHORT)
    .clear("r9d")
    .move("rbx", "r15")
    .movLabel("ebp", "run")
    .jmp("readPages");
}

/** A whole file, opened for it. */
function readFile(a: Assembler): void {
  a.label("dump")
    .load("rdi", { base: "r13", disp: 8 })
    .clear("esi")
    .clear("edx")
    .mov("eax", NR.open)
    .syscall();
  a.move("rbx", "rax").movLabel("ebp", "opened").jmp("putResult");
  a.label("opened").test("rbx").jcc("s", "run");
  a.load("r9", { base: "r13", disp: 16 }).load("r8", { base: "r13", disp: 24 }).store64(SHORT, 1);
  a.movLabel("ebp", "close").jmp("readPages");
  a.label("close").move("rdi", "rbx").mov("eax", NR.close).syscall().jmp("run");
}

function routines(a: Assembler, replies: number, textBytes: number): void {
  // rdx bytes of stdin to rsi; its end ends the driver.
  a.label("readFully").test("rdx").jcc("e", "back").clear("edi").clear("eax").syscall();
  a.test("rax").jcc("le", "leave").add("rsi", "rax").sub("rdx", "rax").jmp("readFully");

  // All replies to stdout; nobody to read them ends the driver.
  a.label("flush").mov("esi", replies);
  a.label("flushMore").load("rdx", OUT).sub("rdx", "rsi").jcc("e", "main");
  a.mov("edi", 1)
    .mov("eax", NR.write)
    .syscall()
    .test("rax")
    .jcc("le", "leave")
    .add("rsi", "rax")
    .jmp("flushMore");

  a.label("wakeAll").clear("r8d");
  a.label("wakeNext").load("eax", PROCESSES).cmp("r8d", "eax").jcc("ae", "back");
  a.lea("rdi", { index: "r8", scale: 4, disp: GATES }).store32({ base: "rdi" }, 1);
  a.mov("esi", 1).mov("edx", 1).mov("eax", NR.futex).syscall().add("r8d", 1).jmp("wakeNext");

  // A result frame with rax.
  a.label("putResult")
    .load("rdi", OUT)
    .store32({ base: "rdi" }, FRAME.result)
    .store32({ base: "rdi", disp: 4 }, 0);
  a.store({ base: "rdi", disp: 8 }, "rax").add("rdi", FRAME_HEAD_BYTES).store(OUT, "rdi").jmp("back");

  // Data frames with at most r8 pieces of descriptor rbx from offset r9, until one is shorter than SHORT.
  a.label("readPages")
    .load("rdi", OUT)
    .mov("rax", -28)
    .cmp("rdi", replies + textBytes)
    .jcc("ae", "lastPage"); // ENOSPC
  a.lea("rsi", { base: "rdi", disp: FRAME_HEAD_BYTES })
    .move("rdi", "rbx")
    .mov("edx", CHUNK)
    .move("r10", "r9");
  a.mov("eax", NR.pread64).syscall();
  a.load("rdi", OUT).test("rax").jcc("e", "back").jcc("s", "lastPage");
  a.store32({ base: "rdi" }, FRAME.data)
    .store({ base: "rdi", disp: 4 }, "eax")
    .store({ base: "rdi", disp: 8 }, "rax");
  a.add("r9", "rax")
    .lea("rdi", { base: "rdi", index: "rax", scale: 1, disp: FRAME_HEAD_BYTES })
    .store(OUT, "rdi");
  a.cmpMemory("rax", SHORT).jcc("b", "back").sub("r8d", 1).jcc("ne", "readPages").jmp("back");
  a.label("lastPage").store32({ base: "rdi" }, FRAME.data).store32({ base: "rdi", disp: 4 }, 0);
  a.store({ base: "rdi", disp: 8 }, "rax").add("rdi", FRAME_HEAD_BYTES).store(OUT, "rdi");
  a.label("back").jmpRegister("rbp");
}

function constants(a: Assembler): void {
  a.label("ownPath").text("/proc/self/exe");
  a.label("mapsPath").text("/proc/self/maps");
  a.label("windowName").text("window");
}
