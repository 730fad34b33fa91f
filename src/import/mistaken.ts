/**
 * What somebody gave us instead of a maps file.
 *
 * Looked at only when the first line that counts is no line of maps: a user who passed the wrong file is told which
 * file it is, not that a hex digit is missing.
 */

/** Starts of files that are not text: packed files, programs, two-byte text. */
const MAGIC: readonly (readonly [start: string, what: string])[] = [
  ["\x1f\x8b", "gzip data: unpack it first (gunzip FILE)"],
  ["PK\x03\x04", "a zip archive: unpack it first (unzip FILE)"],
  ["\xfd7zXZ", "xz data: unpack it first (unxz FILE)"],
  ["\x28\xb5\x2f\xfd", "zstd data: unpack it first (unzstd FILE)"],
  ["BZh", "bzip2 data: unpack it first (bunzip2 FILE)"],
  ["\x7fELF", "an ELF file (a program or a core dump), not text"],
  ["\xff\xfe", "UTF-16 text: convert it first (iconv -f UTF-16 -t UTF-8)"],
  ["\xfe\xff", "UTF-16 text: convert it first (iconv -f UTF-16 -t UTF-8)"],
];

/** Texts that are easily taken for a maps file, told by their first line. */
const TEXTS: readonly (readonly [line: RegExp, what: string])[] = [
  [
    /^(\[pid +\d+\] |\d+ +)?(\d+\.\d+ |\d\d:\d\d:\d\d(\.\d+)? )?[a-z_]\w+\(/,
    "a line of strace: give a maps file here",
  ],
  [/^strace: /, "a line of strace: give a maps file here"],
  [/^total \d+$/, "a directory listing: give one file, /proc/PID/maps"],
  [/^[-bcdlps]([-r][-w][-xsStT]){3}[.+@]?\s/, "a directory listing: give one file, /proc/PID/maps"],
  [/^\s*</, "HTML or XML: was a web page saved in place of the file?"],
  [/^\s*[[{]\s*(["{[]|$)/, "JSON: give the text of /proc/PID/maps"],
  [/^Name:\t/, "/proc/PID/status: give /proc/PID/maps or smaps"],
  [
    /^[0-9a-f]+ (default|bind|prefer|interleave|weighted|local)/,
    "/proc/PID/numa_maps: give /proc/PID/maps or smaps",
  ],
  [/^\d+: +\S/, "the output of pmap: give /proc/PID/maps or smaps"],
  [
    /(Permission denied|No such (file|process))/,
    "an error message of the command that should have read the maps",
  ],
];

/**
 * Names the kind of file that begins with `line`, or `undefined` if it looks like nothing known.
 *
 * Reading bytes as UTF-8 spoils those above 0x7f; each is looked for as itself, as the stand-in of `decodeBytes`,
 * and as U+FFFD, which other decoders put there.
 */
export function mistakenFor(line: string): string | undefined {
  for (const [start, what] of MAGIC) if (beginsWithBytes(line, start)) return what;
  if (line.includes("\0")) return "binary data (NUL bytes)";
  for (const [pattern, what] of TEXTS) if (pattern.test(line)) return what;
  return undefined;
}

function beginsWithBytes(line: string, start: string): boolean {
  for (let i = 0; i < start.length; i++) {
    const byte = start.charCodeAt(i);
    const unit = line.charCodeAt(i);
    const same = unit === byte || (byte >= 0x80 && (unit === 0xdc00 + byte || unit === 0xfffd));
    if (!same) return false;
  }
  return true;
}

/** Texts that are easily taken for an strace log. */
const NOT_LOGS: readonly (readonly [line: RegExp, what: string])[] = [
  [/^[0-9a-f]+-[0-9a-f]+ [r-][w-][x-][ps] /, "a line of /proc/PID/maps: give an strace log here"],
  [/^=== pid /, "a recorded maps file: give an strace log here"],
  [/^% time +seconds/, "the summary of strace -c: record the calls themselves, without -c"],
  [/^\S+-\d+ +(\[\d+\] +)?\S* *\d+\.\d+: sys_/, "an ftrace stream with other lines before it"],
  [/^\s*</, "HTML or XML: was a web page saved in place of the file?"],
  [/^\s*[[{]\s*(["{[]|$)/, "JSON: give the text that strace writes"],
];

/** As `mistakenFor`, for a file that should be an strace log. */
export function mistakenForLog(line: string): string | undefined {
  for (const [start, what] of MAGIC) if (beginsWithBytes(line, start)) return what;
  if (line.includes("\0")) return "binary data (NUL bytes)";
  for (const [pattern, what] of NOT_LOGS) if (pattern.test(line)) return what;
  return undefined;
}
