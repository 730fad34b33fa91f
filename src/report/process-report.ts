/**
 * What a replay says of one process, and what one image says: plain data, the same for text, JSON and pictures.
 */
import {
  callText,
  type ForkDesignCost,
  forkCharge,
  forkCosts,
  imageFacts,
  type Layout,
  lettersOf,
  type MemoryFacts,
  MOST_FORKED_AREAS,
  type Point,
  type ProcessHistory,
} from "../import/index.ts";
import { type Image, type ImageVma, PAGE_BYTES } from "../mm/index.ts";

/** What the machine allows. `memory` is left out where nobody told it. */
export interface MachineFacts {
  readonly maxMapCount: number;
  readonly memory: MemoryFacts | undefined;
}

/** One area, for people. */
export interface AreaReport {
  readonly range: string;
  readonly permissions: string;
  readonly bytes: number;
  readonly name: string;
}

/** What a fork would meet: see `forkCosts` and `forkCharge`. */
export interface ForkReport {
  /** Where in the recording; undefined for an image. */
  readonly line: number | undefined;
  readonly call: string;
  readonly child: number | undefined;
  readonly error: string | undefined;
  readonly areas: number;
  readonly chargedBytes: number;
  readonly chargedAreas: number;
  readonly largestCharge: AreaReport | undefined;
  /** The charge that is refused under the machine's memory; undefined where none is, or the memory is not told. */
  readonly refused: { readonly area: AreaReport; readonly reason: string } | undefined;
  readonly judged: boolean;
  readonly guessedFlags: boolean;
  /** In each design; empty where it was not asked for. */
  readonly designs: readonly ForkDesignCost[];
  /** Of larger images only so many areas were forked. */
  readonly forkedAreas: number;
}

/** One process of a recording. */
export interface ProcessReport {
  readonly pid: number;
  readonly parent: number | undefined;
  readonly programs: readonly string[];
  readonly firstLine: number;
  readonly lastLine: number;
  readonly ended: boolean;
  /** How its beginning is known, and areas that must have been there besides. */
  readonly layout: Layout;
  readonly inferredAreas: number;
  readonly calls: number;
  readonly areas: {
    readonly first: number;
    readonly peak: number;
    readonly peakLine: number;
    readonly last: number;
    /** max_map_count less the peak. */
    readonly headroom: number;
  };
  readonly bytes: { readonly first: number; readonly peak: number; readonly last: number };
  readonly points: readonly Point[];
  readonly splitters: readonly KindReport[];
  readonly mergers: readonly KindReport[];
  readonly largest: readonly AreaReport[];
  readonly failed: {
    readonly count: number;
    /** By kind and reason; line and call are the first one's. */
    readonly kinds: readonly {
      readonly count: number;
      readonly line: number;
      readonly call: string;
      readonly error: string;
      readonly modelAgrees: boolean | undefined;
      readonly reason: string;
    }[];
  };
  readonly forks: { readonly count: number; readonly kept: readonly ForkReport[] };
  readonly disagreements: {
    readonly count: number;
    readonly kept: readonly { readonly line: number; readonly what: string }[];
  };
  /** Merges that happened, or not, because of faults that are not in the recording. */
  readonly dependsOnFaults: {
    readonly count: number;
    readonly kept: readonly { readonly line: number; readonly call: string; readonly difference: number }[];
  };
}

/** Calls of one kind. */
export interface KindReport {
  readonly name: string;
  readonly calls: number;
  readonly split: number;
  readonly merged: number;
}

const TOP_KINDS = 5;
const TOP_AREAS = 5;

/** A process of a replay as a report. @param designs also fork its images in every design */
export function processReport(
  history: ProcessHistory,
  machine: MachineFacts,
  designs: boolean,
): ProcessReport {
  const kinds = [...history.kinds.values()].map(({ name, count, split, merged }) => ({
    name,
    calls: count,
    split,
    merged,
  }));
  const by = (key: "split" | "merged"): KindReport[] =>
    kinds
      .filter((kind) => kind[key] > 0)
      .sort((a, b) => b[key] - a[key])
      .slice(0, TOP_KINDS);
  const last = history.forks.length - 1;
  return {
    pid: history.pid,
    parent: history.parent,
    programs: history.programs,
    firstLine: history.firstLine,
    lastLine: history.lastLine,
    ended: history.ended,
    layout: history.layout,
    inferredAreas: history.inferred,
    calls: history.calls,
    areas: {
      first: history.startCount,
      peak: history.peak,
      peakLine: history.peakLine,
      last: history.count,
      headroom: machine.maxMapCount - history.peak,
    },
    bytes: { first: history.startBytes, peak: history.peakBytes, last: history.bytes },
    points: history.points(),
    splitters: by("split"),
    mergers: by("merged"),
    largest: largestOf(history.final),
    failed: {
      count: history.failedCount,
      kinds: history.failed.map(({ count, line, call, error, agrees, reason }) => ({
        count,
        line,
        call: callText(call),
        error,
        modelAgrees: agrees,
        reason,
      })),
    },
    forks: {
      count: history.forkCount,
      kept: history.forks.map((fork, i) => ({
        line: fork.line,
        call: fork.name,
        child: fork.child,
        error: fork.error,
        ...forkOf(fork.image, machine, designs && i === last),
      })),
    },
    disagreements: { count: history.disagreementCount, kept: history.disagreements },
    dependsOnFaults: { count: history.dependenceCount, kept: history.dependences },
  };
}

function forkOf(
  image: Image,
  machine: MachineFacts,
  designs: boolean,
): Omit<ForkReport, "line" | "call" | "child" | "error"> {
  const { memory } = machine;
  const charge = forkCharge(image, memory ?? NO_MEMORY_TOLD);
  const { refused, reason, largest } = charge;
  return {
    areas: image.areas.length,
    chargedBytes: charge.bytes,
    chargedAreas: charge.areas,
    largestCharge: largest === undefined ? undefined : areaReport(largest),
    refused:
      refused === undefined || reason === undefined ? undefined : { area: areaReport(refused), reason },
    judged: memory !== undefined,
    guessedFlags: charge.guessed,
    designs: designs ? forkCosts(image) : [],
    forkedAreas: Math.min(image.areas.length, MOST_FORKED_AREAS),
  };
}

/** Charges nothing refuses. */
const NO_MEMORY_TOLD: MemoryFacts = { overcommit: 1, ramBytes: 0, swapBytes: 0, ratio: 50 };

/** What one image says. */
export interface MapsReport {
  readonly source: string;
  readonly pid: number | undefined;
  readonly program: string | undefined;
  readonly areas: number;
  readonly headroom: number;
  readonly bytes: number;
  readonly byName: readonly { readonly name: string; readonly areas: number; readonly bytes: number }[];
  readonly largest: readonly AreaReport[];
  readonly neighbours: {
    readonly count: number;
    readonly kept: readonly {
      readonly below: AreaReport;
      readonly above: AreaReport;
      readonly apart: string;
    }[];
  };
  readonly fork: ForkReport;
}

/** An image as a report. */
export function mapsReport(image: Image, machine: MachineFacts): MapsReport {
  const facts = imageFacts(image);
  return {
    source: image.source,
    pid: image.pid,
    program: image.program,
    areas: facts.areas,
    headroom: machine.maxMapCount - facts.areas,
    bytes: facts.bytes,
    byName: facts.byName,
    largest: facts.largest.map(areaReport),
    neighbours: {
      count: facts.neighbourCount,
      kept: facts.neighbours.map(({ below, above, apart }) => ({
        below: areaReport(below),
        above: areaReport(above),
        apart,
      })),
    },
    fork: {
      line: undefined,
      call: "fork",
      child: undefined,
      error: undefined,
      ...forkOf(image, machine, true),
    },
  };
}

function largestOf(image: Image | undefined): AreaReport[] {
  return [...(image?.areas ?? [])]
    .sort((a, b) => b.endPage - b.startPage - (a.endPage - a.startPage))
    .slice(0, TOP_AREAS)
    .map(areaReport);
}

function areaReport(area: ImageVma): AreaReport {
  const hex = (page: number): string => (page * PAGE_BYTES).toString(16).padStart(8, "0");
  return {
    range: `${hex(area.startPage)}-${hex(area.endPage)}`,
    permissions: lettersOf(area),
    bytes: (area.endPage - area.startPage) * PAGE_BYTES,
    name: area.name,
  };
}
