/**
 * What a machine allows a process: told by options, or read from the machine that this runs on.
 */
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { InvalidArgumentError } from "commander";
import type { MachineFacts } from "../report/index.ts";
import { CliFailure } from "./failure.ts";

/** Options about the machine, parsed. */
export interface MachineOptions {
  readonly machine?: string;
  readonly ram?: number;
  readonly swap?: number;
  readonly overcommit?: number;
  readonly maxMapCount?: number;
}

const DEFAULT_MAX_MAP_COUNT = 65_530;

/** The facts: single options win over `--machine live`; memory that nobody told is not judged. */
export function machineFacts(options: MachineOptions): MachineFacts {
  if (options.machine !== undefined && options.machine !== "live") {
    throw new CliFailure(
      `--machine takes "live": the machine that this runs on (it is ${process.platform} here)`,
    );
  }
  const live = options.machine === "live";
  if (live && process.platform !== "linux") {
    throw new CliFailure(
      `--machine live reads /proc, and this is ${process.platform}: give --ram, --swap, --overcommit`,
    );
  }
  const info = live ? readFileSync("/proc/meminfo", "latin1") : "";
  const ram = options.ram ?? (live ? totalmem() : undefined);
  const overcommit = options.overcommit ?? (live ? sysctl("overcommit_memory") : 0);
  return {
    maxMapCount: options.maxMapCount ?? (live ? sysctl("max_map_count") : DEFAULT_MAX_MAP_COUNT),
    memory:
      ram === undefined
        ? undefined
        : {
            ramBytes: ram,
            swapBytes: options.swap ?? (live ? kilobytes(info, "SwapTotal") : 0),
            overcommit: overcommit as 0 | 1 | 2,
            ratio: live ? sysctl("overcommit_ratio") : 50,
            ...(live ? { committedBytes: kilobytes(info, "Committed_AS") } : {}),
          },
  };
}

function sysctl(name: string): number {
  const path = `/proc/sys/vm/${name}`;
  const value = Number(readFileSync(path, "latin1").trim());
  if (!Number.isFinite(value)) throw new CliFailure(`${path} holds no number`);
  return value;
}

function kilobytes(info: string, name: string): number {
  return Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(info)?.[1] ?? 0) * 1024;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `24G`, `512M`, a bare number is bytes. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)(i?b)?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError("It takes a size such as 24G or 512M.");
  return Math.round(Number(match[1]) * UNITS[match[2]!.toLowerCase()]!);
}

/** 0, 1 or 2. */
export function parseOvercommit(text: string): number {
  if (!/^[012]$/.test(text)) throw new InvalidArgumentError("It takes 0 (guess), 1 (always) or 2 (never).");
  return Number(text);
}
