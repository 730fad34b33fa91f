/**
 * The books of the model kernel, counted again from the rows.
 *
 *     entries of the tree         = map_count, and each is a VMA of this mm over its own range
 *     entries of the page tables  = rss, mapcount of each page, count of each swap slot
 *     who holds a page            = its entries and the swap cache
 *     VM_ACCOUNT areas            = the commit charge
 *     VMAs that map a file        = its i_mmap, its references, its writable mappings
 *     a mapped anonymous page     is found from its anon_vma, by everybody who maps it
 *     a writable private entry    is the only one of its page
 *     an mm with swap entries     is on mmlist: swapoff finds it
 *     an OOM victim's mm          is reaped, given up, or torn down: MMF_OOM_SKIP says so
 *
 * True whenever no path is under way; at other times some of it is only about to become true. An mm whose last user is
 * gone is not looked at any more.
 */
import { type AnonVma, type AnonVmaChain, anonVmas } from "./anon-vma.ts";
import { type File, files, type Mapping, mappings } from "./file.ts";
import type { Kernel } from "./kernel.ts";
import { ANON_PAGES, FILE_PAGES, type Mm, mms, rssOf, SWAP_ENTRIES } from "./mm-struct.ts";
import { type Page, pages } from "./page.ts";
import {
  entryPage,
  entrySlot,
  isPresent,
  isSwap,
  isWritable,
  type PteTable,
  pteTables,
  REGION_PAGES,
} from "./page-table.ts";
import { cachedPage, type SwapSlot, swapCount, swapSlots } from "./swap.ts";
import { isSharedMaywrite, VM_ACCOUNT, VM_LOCKED, VM_SHARED, type Vma, vmaPages } from "./vma.ts";
import { markerOf } from "./vma-tree.ts";

/** One place where the books and the rows disagree: what a finding says. */
export interface Discrepancy {
  readonly code: string;
  readonly message: string;
  readonly objects: readonly string[];
}

/** Counts everything again. Nothing under way, nothing wrong: an empty list. Changes nothing, and takes no step. */
export function audit(k: Kernel): Discrepancy[] {
  return k.aside(() => new Audit(k).run());
}

class Audit {
  readonly #k: Kernel;
  readonly #found: Discrepancy[] = [];
  readonly #mapped: Map<Page, number> = new Map();
  readonly #swapped: Map<SwapSlot, number> = new Map();
  readonly #covered: Map<PteTable, number> = new Map();
  readonly #mappedBy: Map<Mapping, Set<Vma>> = new Map();
  readonly #usedBy: Map<File, number> = new Map();
  readonly #active: Map<AnonVma, number> = new Map();
  readonly #writable: { page: Page; mm: Mm; at: number }[] = [];
  #charged = 0;

  constructor(k: Kernel) {
    this.#k = k;
  }

  run(): Discrepancy[] {
    const alive = new Set(this.#k.alive());
    for (const mm of this.#k.rowsOf(mms)) if (alive.has(mm)) this.#addressSpace(mm);
    for (const table of this.#k.rowsOf(pteTables)) {
      if (alive.has(table)) this.#pageTable(table, alive.has(table.mm));
    }
    this.#pages();
    this.#slots();
    this.#files();
    this.#anonVmas(this.#k.rowsOf(anonVmas).filter((anonVma) => alive.has(anonVma)));
    const committed = this.#k.global.committed.total;
    if (committed !== this.#charged + this.#k.global.overcharged.total) {
      this.#say(
        "commit-charge",
        `the VM_ACCOUNT areas have ${this.#charged} pages, but ${committed} are charged`,
        ["committed"],
      );
    }
    return this.#found;
  }

  #say(code: string, message: string, objects: readonly string[]): void {
    this.#found.push({ code, message, objects });
  }

  /** The tree of one mm, its areas, and what their page tables hold. */
  #addressSpace(mm: Mm): void {
    // Torn down: what is left is the structure, until its last holder drops it. Nobody reads its counters any more.
    if (mm.users.value === 0) return;
    const k = this.#k;
    const name = k.rowName(mm);
    // A fork that failed in 7.0 leaves an empty tree and counters as they were, and says so.
    if (mm.unstable.value !== 0 && mm.tree.size === 0) return;
    let count = 0;
    let total = 0;
    let locked = 0;
    let rss = 0;
    let swapEntries = 0;
    for (let vma = mm.tree.find(0), end: number; vma !== null; vma = mm.tree.find(end)) {
      const start = mm.tree.foundStart;
      end = mm.tree.foundEnd;
      count++;
      if (vma === markerOf(k)) {
        this.#say("map-count", `the tree of ${name} holds a marker`, [name]);
        continue;
      }
      if (vma.mm !== mm) {
        this.#say(
          "stale-vma",
          `the tree of ${name} holds ${k.rowName(vma)}, which belongs to ${k.rowName(vma.mm)}`,
          [name],
        );
        continue;
      }
      if (vma.start !== start || vma.end !== end || !vma.attached) {
        this.#say(
          "map-count",
          `the tree of ${name} holds ${k.rowName(vma)} over a range that is not its own`,
          [name],
        );
      }
      total += vmaPages(vma);
      if ((vma.flags & VM_LOCKED) !== 0) locked += vmaPages(vma);
      if ((vma.flags & VM_ACCOUNT) !== 0) this.#charged += vmaPages(vma);
      if (vma.file !== null) this.#fileUser(vma, vma.file);
      if (vma.anonVma !== null) this.#active.set(vma.anonVma, (this.#active.get(vma.anonVma) ?? 0) + 1);
      const held = this.#entries(mm, vma);
      rss += held.rss;
      swapEntries += held.swapEntries;
    }
    if (count !== mm.mapCount) {
      this.#say("map-count", `${name} holds ${count} VMAs but counts ${mm.mapCount}`, [name]);
    }
    if (total !== mm.totalVm) {
      this.#say("map-count", `the areas of ${name} have ${total} pages, but total_vm is ${mm.totalVm}`, [
        name,
      ]);
    }
    if (mm.killed && mm.oomSkip.value === 0) {
      const message = `the OOM killer waits for ${name}, which nobody reaps or tears down`;
      this.#say("victim-not-hidden", message, [name]);
    }
    if (locked + mm.lockedTwice !== mm.lockedVm) {
      const message = `the VM_LOCKED areas of ${name} have ${locked} pages, but locked_vm is ${mm.lockedVm}`;
      this.#say("map-count", message, [name]);
    }
    if (rss !== mm.rss.total) {
      const is = rssOf(mm.rss.total);
      const was = rssOf(rss);
      this.#say(
        "bad-rss",
        `the page tables of ${name} hold anon=${was.anon} swap=${was.swap} file=${was.file}, but its rss counters say anon=${is.anon} swap=${is.swap} file=${is.file}`,
        [name],
      );
    }
    if (swapEntries > 0 && !k.global.mmlist.has(mm)) {
      this.#say("bad-swap-entry", `${name} has swap entries but is not on mmlist: swapoff cannot find them`, [
        name,
      ]);
    }
  }

  #fileUser(vma: Vma, file: File): void {
    this.#usedBy.set(file, (this.#usedBy.get(file) ?? 0) + 1);
    const mapping = file.mapping;
    const seen = this.#mappedBy.get(mapping) ?? new Set();
    this.#mappedBy.set(mapping, seen.add(vma));
  }

  /** Entries of one area: counts them, and looks whether rmap would find them. */
  #entries(mm: Mm, vma: Vma): { rss: number; swapEntries: number } {
    const k = this.#k;
    let rss = 0;
    let swapEntries = 0;
    for (const { table, from, to } of this.#tablesOf(mm, vma.start, vma.end)) {
      const first = from % REGION_PAGES;
      const stop = first + to - from;
      for (
        let at = table.entries.nextUsed(first, stop);
        at < stop;
        at = table.entries.nextUsed(at + 1, stop)
      ) {
        const entry = table.entries.get(at);
        this.#covered.set(table, (this.#covered.get(table) ?? 0) + 1);
        const number = from - first + at;
        if (isSwap(entry)) {
          const slot = entrySlot(k, entry);
          this.#swapped.set(slot, (this.#swapped.get(slot) ?? 0) + 1);
          rss += SWAP_ENTRIES;
          swapEntries++;
        } else if (isPresent(entry)) {
          const page = entryPage(k, entry);
          this.#mapped.set(page, (this.#mapped.get(page) ?? 0) + 1);
          rss += page.anonVma !== null ? ANON_PAGES : FILE_PAGES;
          if (isWritable(entry) && (vma.flags & VM_SHARED) === 0)
            this.#writable.push({ page, mm, at: number });
          if (page.anonVma !== null) this.#foundByRmap(vma, page, page.anonVma, number);
        }
      }
    }
    return { rss, swapEntries };
  }

  /** The tables that map `[start, end)`, each with the pages it maps of them. */
  #tablesOf(mm: Mm, start: number, end: number): { table: PteTable; from: number; to: number }[] {
    const tables: { table: PteTable; from: number; to: number }[] = [];
    let region = mm.directory.next(Math.floor(start / REGION_PAGES));
    while (region >= 0 && region * REGION_PAGES < end) {
      const table = this.#k.rowOf(pteTables, mm.directory.get(region) - 1);
      const from = Math.max(start, region * REGION_PAGES);
      tables.push({ table, from, to: Math.min(end, (region + 1) * REGION_PAGES) });
      region = mm.directory.next(region + 1);
    }
    return tables;
  }

  #foundByRmap(vma: Vma, page: Page, anonVma: AnonVma, at: number): void {
    const k = this.#k;
    const linked = vma.anonVmaChain.items().some((avc: AnonVmaChain) => avc.anonVma === anonVma);
    if (!linked || vma.start + page.index - vma.pgoff !== at) {
      this.#say(
        "rmap",
        `${k.rowName(vma)} maps ${k.rowName(page)} at ${at.toString(16)}, but a walk from the page does not find it there`,
        [k.rowName(vma), k.rowName(page)],
      );
    }
  }

  #pageTable(table: PteTable, mmAlive: boolean): void {
    if (!mmAlive) {
      const name = this.#k.rowName(table);
      this.#say("leak", `${name} outlives its mm`, [name]);
      return;
    }
    let entries = 0;
    let at = table.entries.nextUsed(0, REGION_PAGES);
    for (; at < REGION_PAGES; at = table.entries.nextUsed(at + 1, REGION_PAGES)) entries++;
    const covered = this.#covered.get(table) ?? 0;
    if (entries !== covered) {
      const name = this.#k.rowName(table);
      this.#say("leak", `${name} holds ${entries} entries, but areas cover ${covered} of them`, [name]);
    }
  }

  #pages(): void {
    const k = this.#k;
    const cached = new Map<Page, number>();
    for (const slot of k.rowsOf(swapSlots)) {
      const page = cachedPage(k, slot.map.value);
      if (page !== null) cached.set(page, (cached.get(page) ?? 0) + 1);
    }
    for (const mapping of k.rowsOf(mappings)) {
      for (let index = mapping.pages.next(0); index >= 0; index = mapping.pages.next(index + 1)) {
        const page = k.rowOf(pages, mapping.pages.get(index) - 1);
        cached.set(page, (cached.get(page) ?? 0) + 1);
      }
    }
    for (const page of k.rowsOf(pages)) {
      const entries = this.#mapped.get(page) ?? 0;
      const holders = entries + (cached.get(page) ?? 0);
      if (page.mapcount.total === entries && page.refs.value === holders) continue;
      const name = k.rowName(page);
      if (page.mapcount.total !== entries) {
        this.#say(
          "bad-page-map",
          `${entries} page-table entries map ${name}, but its mapcount is ${page.mapcount.total}`,
          [name],
        );
      }
      if (page.refs.value !== holders) {
        this.#say(
          page.refs.value > holders ? "leak" : "bad-page",
          `${name} has ${page.refs.value} references, but ${entries} page-table entries and ${holders - entries} places of the swap and page caches hold it`,
          [name],
        );
      }
    }
    for (const { page, mm, at } of this.#writable) {
      if ((this.#mapped.get(page) ?? 0) <= 1) continue;
      this.#say(
        "shared-write",
        `page ${at.toString(16)} of ${k.rowName(mm)} is writable although others map ${k.rowName(page)} too`,
        [k.rowName(mm), k.rowName(page)],
      );
    }
  }

  #slots(): void {
    const k = this.#k;
    let inUse = 0;
    for (const slot of k.rowsOf(swapSlots)) {
      if (slot.map.value !== 0) inUse++;
      const entries = this.#swapped.get(slot) ?? 0;
      if (swapCount(slot.map.value) !== entries) {
        const name = k.rowName(slot);
        this.#say(
          swapCount(slot.map.value) > entries ? "leak" : "bad-swap-entry",
          `${entries} page-table entries refer to ${name}, but it counts ${swapCount(slot.map.value)}`,
          [name],
        );
      }
    }
    if (k.swap.inuse.value + k.otherSwap.inuse.value !== inUse) {
      this.#say(
        "leak",
        `${inUse} swap slots are in use, but the devices count ${k.swap.inuse.value + k.otherSwap.inuse.value}`,
        [k.rowName(k.swap)],
      );
    }
  }

  #files(): void {
    const k = this.#k;
    for (const mapping of k.rowsOf(mappings)) {
      const name = k.rowName(mapping);
      const mappers = this.#mappedBy.get(mapping) ?? new Set();
      const listed = mapping.vmas.items();
      if (listed.length !== mappers.size || !listed.every((vma) => mappers.has(vma))) {
        this.#say(
          "rmap",
          `${mappers.size} VMAs map ${name}, but its i_mmap holds ${listed.length} or others`,
          [name],
        );
      }
      const writable = [...mappers].filter((vma) => isSharedMaywrite(vma.flags));
      if (writable.length !== mapping.writable) {
        this.#say("leak", `${writable.length} VMAs may write to ${name}, but it counts ${mapping.writable}`, [
          name,
        ]);
      }
    }
    for (const file of k.rowsOf(files)) {
      if (k.memory.nums[file.at] === 0) continue; // given back
      const holders = (file.open ? 1 : 0) + (this.#usedBy.get(file) ?? 0);
      if (file.refs.value !== holders) {
        const name = k.rowName(file);
        this.#say(
          file.refs.value > holders ? "leak" : "refcount-misuse",
          `file ${name} has ${file.refs.value} references, but ${holders} hold it`,
          [name],
        );
      }
    }
  }

  #anonVmas(alive: readonly AnonVma[]): void {
    const k = this.#k;
    const children = new Map<AnonVma, number>();
    const rootOf = new Map<AnonVma, number>();
    const linked = alive.filter((anonVma) => anonVma.links.length > 0);
    for (const { parent } of linked) children.set(parent, (children.get(parent) ?? 0) + 1);
    for (const anonVma of alive) {
      const { root } = anonVma;
      if (root !== anonVma) rootOf.set(root, (rootOf.get(root) ?? 0) + 1);
    }
    for (const anonVma of alive) {
      const held = (anonVma.links.length > 0 ? 1 : 0) + (rootOf.get(anonVma) ?? 0);
      const active = this.#active.get(anonVma) ?? 0;
      const has = children.get(anonVma) ?? 0;
      if (anonVma.numActiveVmas === active && anonVma.numChildren === has && anonVma.refs.value === held)
        continue;
      const name = k.rowName(anonVma);
      if (anonVma.numActiveVmas !== active || anonVma.numChildren !== has) {
        this.#say(
          "rmap",
          `${name} counts ${anonVma.numActiveVmas} VMAs and ${anonVma.numChildren} children, but has ${active} and ${has}`,
          [name],
        );
      }
      if (anonVma.refs.value !== held) {
        this.#say("leak", `${name} has ${anonVma.refs.value} references, but ${held} hold it`, [name]);
      }
    }
  }
}
