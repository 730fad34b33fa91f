/**
 * `interleaf maps`: what one image of a process shows: headroom, neighbours that could be one, and what a fork would meet.
 */
import { mapsReport, mapsReportText } from "../report/index.ts";
import { EXIT } from "./failure.ts";
import { loadImage } from "./image-file.ts";
import { type MachineOptions, machineFacts } from "./machine-facts.ts";
import { paint, print, printJson } from "./terminal.ts";

/** Options of `maps`, parsed. */
export interface MapsOptions extends MachineOptions {
  readonly pid?: number;
  readonly json?: boolean;
}

/** Runs the command; gives the exit code. */
export function maps(path: string, options: MapsOptions): number {
  const machine = machineFacts(options);
  const report = mapsReport(loadImage(path, options.pid), machine);
  if (options.json === true) printJson({ version: 1, machine, ...report });
  else print(mapsReportText(report, machine, paint));
  return EXIT.holds;
}
