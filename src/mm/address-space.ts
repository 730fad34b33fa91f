/**
 * An address space as a library: plain calls, errors as values.
 *
 *     const space = AddressSpace.boot();
 *     const at = space.mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
 *     space.writeBytes(at, new TextEncoder().encode("hello"));
 *     const child = space.fork();
 *     console.log(space.maps());
 *
 * It is the model kernel run sequentially: the calls are the paths that scenarios explore, with the rules of the kernel
 * that was chosen. Addresses and lengths are bytes, `number` or `bigint` (see bytes.ts); a result below 0 is an error
 * number, or the signal that a touch would raise.
 *
 * Processes made by `fork` share one kernel, its files and its pages. Let each `exit`, or its pages stay.
 */
import { type Path, sequentially } from "../sched/index.ts";
import { AreaLines } from "./area-lines.ts";
import { audit } from "./audit.ts";
import { ByteStore } from "./byte-store.ts";
import { type Bytes, pageOf, pagesUp, restOf } from "./bytes.ts";
import { ENOMEM } from "./errno.ts";
import { type File, type FileFacts, newMapping, openFile } from "./file.ts";
import type { Image, ImageVma } from "./image.ts";
import { Kernel } from "./kernel.ts";
import { pageAt, placeVma } from "./layout.ts";
import { type Mm, newMm, rssOf } from "./mm-struct.ts";
import { entryAt, entryPage, GUARD, isSwap, isZeroPage, NO_ENTRY } from "./page-table.ts";
import { prepareForWrite } from "./paths/anon-vma.ts";
import { access } from "./paths/fault.ts";
import { dupMm } from "./paths/fork.ts";
import { mmget, mmput } from "./paths/lifetime.ts";
import { mlockall, munlockall } from "./paths/mlock.ts";
import { swapOut } from "./paths/rmap.ts";
import { swapoff } from "./paths/swapoff.ts";
import { truncateFile } from "./paths/truncate.ts";
import { newUserfaultfd } from "./paths/userfaultfd.ts";
import { designsFor, isDesignProblem } from "./presets.ts";
import { flagsOfCodes, imageOf, imageOfVma, mapsLine } from "./show.ts";
import {
  type MemoryRange,
  sysBrk,
  sysMadvise,
  sysMbind,
  sysMincore,
  sysMlock,
  sysMlock2,
  sysMmap,
  sysMprotect,
  sysMremap,
  sysMseal,
  sysMsync,
  sysMunlock,
  sysMunmap,
  sysProcessMadvise,
  sysRemapFilePages,
  sysSetAnonName,
} from "./syscalls.ts";
import type { Limits, System } from "./system.ts";
import { Userfaultfd } from "./userfaultfd.ts";
import {
  VM_ACCOUNT,
  VM_EXEC,
  VM_LOCKED,
  VM_MAY_FLAGS,
  VM_MAYSHARE,
  VM_READ,
  VM_SHARED,
  VM_WRITE,
} from "./vma.ts";

const PAGE = 4096;

/** What a program finds when it starts. All addresses in bytes. */
export interface ExecOptions {
  /** End of the area in which mappings are placed from the top down. */
  readonly mmapBase?: number;
  /** Start of the heap; it is empty at first unless `brk` says more. */
  readonly startBrk?: number;
  readonly brk?: number;
  /** First stack pointer: names `[stack]`. */
  readonly startStack?: number;
  /** Bytes of the program's data that RLIMIT_DATA counts besides the heap. */
  readonly dataBytes?: number;
  /**
   * Areas that are there from the start, in ascending order. Flags come from `vmFlags` where told, else from the
   * permissions; areas of one file by name, device and inode share one description.
   */
  readonly areas?: readonly ImageVma[];
}

/** What a first process starts with. */
export interface BootOptions extends ExecOptions {
  /** Kernel whose rules hold, such as "6.18" (the default). */
  readonly kernel?: string;
  /** Designs of that kernel to replace, `POINT=VARIANT`: what stable kernels changed, or a proposal. */
  readonly with?: readonly string[];
  /** Settings of that kernel. */
  readonly system?: Partial<System>;
  /** Limits and capabilities; none and all by default. */
  readonly limits?: Partial<Limits>;
  /** Keep real bytes in pages. Without, a page remembers nothing of what was written, and costs less. */
  readonly bytes?: boolean;
  /** `checkpoint` and `rollback` can be called. What is given back is then used again only after a rollback. */
  readonly checkpoints?: boolean;
}

/** A file that can be mapped. */
export interface OpenOptions {
  /** As maps shows it. */
  readonly name: string;
  /** Its length in bytes; what is mapped behind it raises SIGBUS. */
  readonly bytes: number;
  readonly device?: string;
  readonly inode?: string;
  readonly readable?: boolean;
  readonly writable?: boolean;
  /** Large mappings are placed at huge-page boundaries: ext4, xfs, btrfs; not memfd and tmpfs. Default false. */
  readonly alignsHuge?: boolean;
  /** In memory only, as memfd and tmpfs: can be registered with a userfaultfd. Default false. */
  readonly shmem?: boolean;
  /** What it holds, where bytes are kept. */
  readonly contents?: Uint8Array;
}

/** One process' memory. */
export class AddressSpace {
  readonly #k: Kernel;
  #mm: Mm;
  readonly #bytes: ByteStore | null;
  #maps: AreaLines | undefined;

  private constructor(k: Kernel, mm: Mm, bytes: ByteStore | null) {
    this.#k = k;
    this.#mm = mm;
    this.#bytes = bytes;
  }

  /** A first process on a machine of its own. Throws when there is no such kernel or the areas overlap. */
  static boot(options: BootOptions = {}): AddressSpace {
    const designs = designsFor(options.kernel ?? "6.18", options.with);
    if (isDesignProblem(designs)) throw new Error(designs.problem);
    const k = new Kernel(designs, "realistic", options.system ?? {});
    if (options.checkpoints !== true) k.recycleRows();
    k.naming = false;
    k.neverRefuses = true;
    const bytes = options.bytes === true ? new ByteStore() : null;
    k.store = bytes;
    if (bytes !== null && options.checkpoints === true) k.memory.track(bytes);
    const mm = newMm(k, "");
    mm.limits = { ...mm.limits, ...options.limits };
    const space = new AddressSpace(k, mm, bytes);
    space.#layOut(options);
    return space;
  }

  #layOut(options: ExecOptions): void {
    const mm = this.#mm;
    if (options.mmapBase !== undefined) mm.mmapBase = pageOf(options.mmapBase);
    mm.startBrk = options.startBrk ?? 0;
    mm.brk = options.brk ?? mm.startBrk;
    mm.startStack = options.startStack ?? 0;
    mm.dataBytes = options.dataBytes ?? 0;
    this.#place(options.areas ?? []);
  }

  #place(areas: readonly ImageVma[]): void {
    const opened = new Map<string, File>();
    let end = 0;
    for (const area of areas) {
      if (area.startPage < end) {
        throw new Error(
          `areas must be in ascending order and not overlap: see the one at page ${area.startPage}`,
        );
      }
      end = area.endPage;
      const special = area.inode === "0" && area.name.startsWith("[v") ? area.name : null;
      let file: File | null = null;
      if (area.inode !== "0") {
        const key = `${area.device} ${area.inode} ${area.name}`;
        const whole = (area.offsetPages + area.endPage - area.startPage) * PAGE;
        const shape = { name: area.name, device: area.device, inode: area.inode };
        file = opened.get(key) ?? this.openFile({ ...shape, bytes: whole, alignsHuge: !area.shared });
        opened.set(key, file);
        const size = file.mapping.size;
        this.#k.init(size, Math.max(size.value, area.offsetPages + area.endPage - area.startPage));
      }
      placeVma(this.#k, this.#mm, {
        start: area.startPage,
        end: area.endPage,
        flags: flagsOfArea(area),
        pgoff: file === null ? area.startPage : area.offsetPages,
        file,
        special,
        anonName: /^\[anon(?:_shmem)?:(.*)\]$/.exec(area.name)?.[1] ?? null,
      });
    }
  }

  /** Opens a file for `mmap`. */
  openFile(options: OpenOptions): File {
    const facts: FileFacts = {
      name: options.name,
      device: options.device ?? "08:01",
      inode: options.inode ?? "1",
      alignsHuge: options.alignsHuge ?? false,
      temporary: false,
      shmem: options.shmem ?? false,
    };
    const mapping = newMapping(this.#k, facts, Math.ceil(options.bytes / PAGE));
    if (options.contents !== undefined) this.#bytes?.setContents(mapping, options.contents);
    return openFile(this.#k, mapping, options.readable ?? true, options.writable ?? true);
  }

  /** Opens a file once more: another description of it, which does not merge with the first. */
  openAgain(
    file: File,
    { readable = true, writable = true }: Pick<OpenOptions, "readable" | "writable">,
  ): File {
    return openFile(this.#k, file.mapping, readable, writable);
  }

  /** ftruncate(2): gives a file another length. What is mapped behind its end is gone, for all processes. */
  truncate(file: File, bytes: number): void {
    sequentially(truncateFile(this.#k, file.mapping, bytes));
  }

  /** mmap(2). @returns the address, or a negative error. @param file what the descriptor stands for */
  mmap(
    at: Bytes,
    length: Bytes,
    prot: number,
    flags: number,
    file: File | null = null,
    offset: Bytes = 0,
  ): number {
    return sequentially(sysMmap(this.#k, this.#mm, at, length, prot, flags, file, offset));
  }
  /** munmap(2). */
  munmap(at: Bytes, length: Bytes): number {
    return sequentially(sysMunmap(this.#k, this.#mm, at, length));
  }
  /** mprotect(2). */
  mprotect(at: Bytes, length: Bytes, prot: number): number {
    return sequentially(sysMprotect(this.#k, this.#mm, at, length, prot));
  }
  /** mremap(2). @returns the address, or a negative error */
  mremap(at: Bytes, oldLength: Bytes, newLength: Bytes, flags: number, newAt: Bytes = 0): number {
    return sequentially(sysMremap(this.#k, this.#mm, at, oldLength, newLength, flags, newAt));
  }
  /** brk(2). @returns the end of the heap afterwards, moved or not */
  brk(at: Bytes): number {
    return sequentially(sysBrk(this.#k, this.#mm, at));
  }
  /** madvise(2). */
  madvise(at: Bytes, length: Bytes, advice: number): number {
    return sequentially(sysMadvise(this.#k, this.#mm, at, length, advice));
  }
  /** process_madvise(2) on oneself. @returns the bytes that were advised, or the error of the first range */
  processMadvise(ranges: readonly MemoryRange[], advice: number): number {
    return sequentially(sysProcessMadvise(this.#k, this.#mm, ranges, advice));
  }
  /** prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME): maps shows `[anon:NAME]`. @param name null takes the name away */
  setAnonName(at: Bytes, length: Bytes, name: string | null): number {
    return sequentially(sysSetAnonName(this.#k, this.#mm, at, length, name));
  }
  /** remap_file_pages(2). @param pgoff offset into the file, in pages */
  remapFilePages(at: Bytes, length: Bytes, prot: Bytes, pgoff: Bytes, flags: number): number {
    return sequentially(sysRemapFilePages(this.#k, this.#mm, at, length, prot, pgoff, flags));
  }
  /** mbind(2) without MPOL_MF_* flags. @param mode MPOL_* @param nodes one bit per memory node */
  mbind(at: Bytes, length: Bytes, mode: number, nodes: number): number {
    return sequentially(sysMbind(this.#k, this.#mm, at, length, mode, nodes));
  }
  /** userfaultfd(2) with UFFD_FEATURE_SIGBUS. Close it, or its structures stay. */
  userfaultfd(): Userfaultfd {
    return new Userfaultfd(this.#k, sequentially(newUserfaultfd(this.#k, this.#mm)));
  }
  /** mlock(2). */
  mlock(at: Bytes, length: Bytes): number {
    return sequentially(sysMlock(this.#k, this.#mm, at, length));
  }
  /** mlock2(2). */
  mlock2(at: Bytes, length: Bytes, flags: number): number {
    return sequentially(sysMlock2(this.#k, this.#mm, at, length, flags));
  }
  /** munlock(2). */
  munlock(at: Bytes, length: Bytes): number {
    return sequentially(sysMunlock(this.#k, this.#mm, at, length));
  }
  /** mlockall(2). */
  mlockall(flags: number): number {
    return sequentially(mlockall(this.#k, this.#mm, flags));
  }
  /** munlockall(2). */
  munlockall(): number {
    return sequentially(munlockall(this.#k, this.#mm));
  }
  /** mseal(2). */
  mseal(at: Bytes, length: Bytes, flags = 0): number {
    return sequentially(sysMseal(this.#k, this.#mm, at, length, flags));
  }
  /** msync(2). */
  msync(at: Bytes, length: Bytes, flags: number): number {
    return sequentially(sysMsync(this.#k, this.#mm, at, length, flags));
  }
  /** mincore(2). @param seen gets one number per page, 1 = in memory */
  mincore(at: Bytes, length: Bytes, seen: number[]): number {
    return sequentially(sysMincore(this.#k, this.#mm, at, length, seen));
  }

  /** Reads a byte. @returns the byte (0 where no bytes are kept), or SEGV_MAPERR, SEGV_ACCERR, SIGBUS */
  read(at: Bytes): number {
    const page = pageOf(at);
    const seen = sequentially(access(this.#k, this.#mm, page));
    if (seen < 0) return seen;
    return this.#bytesAt(page)?.[restOf(at)] ?? 0;
  }

  /** Writes a byte. @returns 0, or SEGV_MAPERR, SEGV_ACCERR, SIGBUS */
  write(at: Bytes, byte: number): number {
    const page = pageOf(at);
    const seen = sequentially(access(this.#k, this.#mm, page, 1));
    if (seen < 0) return seen;
    const bytes = this.#bytesAt(page);
    if (bytes !== undefined) bytes[restOf(at)] = byte;
    return 0;
  }

  /**
   * What a write does to areas, without a page: the private writable area there gets its anon_vma, which decides about
   * later merges. For whoever follows areas only; other areas, and addresses where none is, are left alone.
   */
  prepareWrite(at: Bytes): void {
    sequentially(prepareForWrite(this.#k, this.#mm, pageOf(at)));
  }

  /** Fills `target` from memory, page by page. @returns its length, or the error of the first page that failed */
  readBytes(at: number, target: Uint8Array): number {
    return this.#copy(at, target, false);
  }

  /** Writes `source` to memory, page by page. @returns its length, or the error of the first page that failed */
  writeBytes(at: number, source: Uint8Array): number {
    return this.#copy(at, source, true);
  }

  #copy(at: number, other: Uint8Array, write: boolean): number {
    for (let done = 0; done < other.length; ) {
      const page = pageOf(at + done);
      const from = restOf(at + done);
      const part = other.subarray(done, done + Math.min(PAGE - from, other.length - done));
      const seen = sequentially(access(this.#k, this.#mm, page, write ? 1 : undefined));
      if (seen < 0) return seen;
      const bytes = this.#bytesAt(page);
      if (write) bytes?.set(part, from);
      else if (bytes === undefined) part.fill(0);
      else part.set(bytes.subarray(from, from + part.length));
      done += part.length;
    }
    return other.length;
  }

  /** Bytes of the page mapped there; undefined for the page of zeros and where no bytes are kept. */
  #bytesAt(page: number): Uint8Array | undefined {
    const mapped = this.#bytes === null ? null : pageAt(this.#k, this.#mm, page);
    return mapped === null ? undefined : this.#bytes!.bytesOf(mapped.serial);
  }

  /** fork(2), as far as memory goes: the child's address space, or -ENOMEM when one area alone is larger than memory. */
  tryFork(): AddressSpace | typeof ENOMEM {
    const child = sequentially(dupMm(this.#k, this.#mm, ""));
    return child === null ? ENOMEM : new AddressSpace(this.#k, child, this.#bytes);
  }

  /** As `tryFork`, where memory is no question (`System.ramPages` is unlimited unless told): throws instead of -ENOMEM. */
  fork(): AddressSpace {
    const child = this.tryFork();
    if (child === ENOMEM)
      throw new Error("fork: -ENOMEM, one area is larger than memory: use tryFork to see it as a value");
    return child;
  }

  /** clone(2) with CLONE_VM, as vfork and threads do: another process with the same memory, limits included. */
  share(): AddressSpace {
    sequentially(addUser(this.#k, this.#mm));
    return new AddressSpace(this.#k, this.#mm, this.#bytes);
  }

  /**
   * execve(2), as far as memory goes: the old address space is left, and gone with its last user; a new one has the areas
   * that are told. Limits stay. What maps shows after the call is what the program's loader was given.
   */
  exec(options: ExecOptions): void {
    const old = this.#mm;
    const { limits } = old;
    this.#mm = newMm(this.#k, "");
    this.#mm.limits = limits;
    this.#layOut(options);
    sequentially(mmput(this.#k, old, "exec_mmap"));
  }

  /** The process ends: everything is unmapped, if it was the last with this memory. Nothing else may be called after it. */
  exit(): void {
    sequentially(mmput(this.#k, this.#mm, "exit_mm"));
  }

  /**
   * One letter per page, as /proc/PID/pagemap tells: `-` nothing, `a` anonymous (the page of zeros too), `f` of a file,
   * `s` swapped out, `g` a guard. null where a huge page would have been used: then pages are there that the model does not
   * know of.
   */
  pageLetters(at: Bytes, pages: number): string | null {
    if (this.#mm.hugeFaults) return null;
    const first = pageOf(at);
    let letters = "";
    for (let page = first; page < first + pages; page++)
      letters += letterOf(this.#k, entryAt(this.#k, this.#mm, page));
    return letters;
  }

  /**
   * Says where the heap is and below what mappings are placed, without mapping anything: for an address space of which that
   * becomes known only later (prctl(PR_SET_MM) can do the half of it).
   */
  setLayout(layout: Pick<BootOptions, "startBrk" | "brk" | "mmapBase">): void {
    const { startBrk, brk, mmapBase } = layout;
    if (startBrk !== undefined) this.#mm.startBrk = startBrk;
    if (brk !== undefined) this.#mm.brk = brk;
    if (mmapBase !== undefined) this.#mm.mmapBase = pageOf(mmapBase);
  }

  /**
   * Remembers the state of all processes of this kernel; one state, the latest. Takes time in proportion to the processes
   * and the pages that hold bytes. Needs `checkpoints: true`.
   */
  checkpoint(): void {
    this.#needCheckpoints();
    this.#k.mark();
  }

  /**
   * Brings the remembered state back, in time proportional to what has changed since. Processes and files made since are
   * gone: their objects must not be used any more.
   */
  rollback(): void {
    this.#needCheckpoints();
    this.#k.reset();
  }

  /**
   * Counts the books of this kernel again, from the rows: one sentence for each that is wrong. There is none, or the model has
   * a bug. Takes time in proportion to everything there is.
   */
  wrongBooks(): string[] {
    return audit(this.#k).map(({ message }) => message);
  }

  #needCheckpoints(): void {
    if (this.#k.recycling)
      throw new Error("checkpoint and rollback: boot the address space with `checkpoints: true`");
  }

  /** Limits and capabilities. */
  get limits(): Limits {
    return this.#mm.limits;
  }
  set limits(limits: Limits) {
    this.#mm.limits = limits;
  }

  /** Number of areas. */
  get mapCount(): number {
    return this.#mm.mapCount;
  }

  /** Pages mapped (total_vm). */
  get totalPages(): number {
    return this.#mm.totalVm;
  }

  /** Counters of the process, in pages. */
  get counters(): { total: number; data: number; stack: number; exec: number; locked: number } {
    const { totalVm, dataVm, stackVm, execVm, lockedVm } = this.#mm;
    return { total: totalVm, data: dataVm, stack: stackVm, exec: execVm, locked: lockedVm };
  }

  /** Pages that are there: anonymous, of files, and swapped out (rss_stat). */
  get resident(): { anon: number; file: number; swap: number } {
    return rssOf(this.#mm.rss.total);
  }

  /**
   * Reclaim takes the anonymous pages of a range away: they are swapped out, from everybody who maps them. Locked areas are
   * left alone. @returns how many went; none after `swapoff`
   */
  swapOut(at: Bytes, length: Bytes): number {
    const k = this.#k;
    if (k.swap.writeok.value === 0) return 0;
    let gone = 0;
    const first = pageOf(at);
    for (let page = first; page < first + pagesUp(length); page++) {
      const vma = this.#mm.tree.find(page, page + 1);
      const mapped = vma === null || (vma.flags & VM_LOCKED) !== 0 ? null : pageAt(k, this.#mm, page);
      if (mapped === null || mapped.anonVma === null) continue;
      sequentially(swapOut(k, mapped));
      gone++;
    }
    return gone;
  }

  /** swapoff(2): brings all swapped pages of all processes back. 0, or -ENOMEM. */
  swapoff(): number {
    return sequentially(swapoff(this.#k));
  }

  /** swapon(2): pages may be swapped out again. */
  swapon(): void {
    this.#k.init(this.#k.swap.writeok, 1);
  }

  /** The area that an address lies in. */
  areaAt(at: Bytes): ImageVma | undefined {
    const page = pageOf(at);
    const vma = this.#mm.tree.find(page, page + 1);
    return vma === null ? undefined : imageOfVma(this.#mm, vma);
  }

  /** All areas, in ascending order, with flags: as they are now. */
  areas(): readonly ImageVma[] {
    return this.image().areas;
  }

  /** The address space as plain data. */
  image(source = "address space"): Image {
    return imageOf(this.#mm, source);
  }

  /** The text of /proc/PID/maps, byte for byte. */
  maps(): string {
    this.#maps ??= new AreaLines((area) => `${mapsLine(area)}\n`);
    return this.#maps.of(this.#mm).join("");
  }

  /**
   * One text per area, for those who look after every call: only what changed is made anew.
   * @param lines made for this address space and kept with it
   * @param below areas that begin at or above this address are left out
   */
  linesOf(lines: AreaLines, below?: Bytes): readonly string[] {
    return lines.of(this.#mm, below === undefined ? undefined : pageOf(below));
  }
}

function* addUser(k: Kernel, mm: Mm): Path {
  if (mmget(k, mm, "copy_mm")) yield;
}

function letterOf(k: Kernel, entry: number): string {
  if (entry === NO_ENTRY) return "-";
  if (entry === GUARD) return "g";
  if (isSwap(entry)) return "s";
  return isZeroPage(entry) || entryPage(k, entry).anonVma !== null ? "a" : "f";
}

/** Flags of an area that was told: all of them by smaps, else what maps says. */
function flagsOfArea(area: ImageVma): number {
  if (area.vmFlags !== undefined) return flagsOfCodes(area.vmFlags);
  let flags = VM_MAY_FLAGS;
  if (area.read) flags |= VM_READ;
  if (area.write) flags |= VM_WRITE;
  if (area.exec) flags |= VM_EXEC;
  if (area.shared) flags |= VM_SHARED | VM_MAYSHARE;
  else if (area.write) flags |= VM_ACCOUNT;
  return flags;
}
