/**
 * The kernel's maps and smaps, brought to the short form of recordings:
 *
 *     600000000000-600000002000 rw-s 0000c000 00:01 4711      /memfd:m (deleted)
 *     600000000000-600000002000 rw-s c000 /memfd:m (deleted)
 *     600000000000-600000002000 rw-s c000 /memfd:m (deleted) #rd,wr,sh,mr,mw,me,ms      with VmFlags
 *
 * Device and inode are left out: they name the same file as the path, and differ from run to run. `[vsyscall]` is no VMA.
 */

/** Turns texts of one machine into short lines. Lines are remembered: most of them come again and again. */
export class MapsText {
  readonly #names: ReadonlyMap<string, string>;
  readonly #known = new Map<string, string>();

  /** @param names what to print for paths that differ from run to run */
  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
  }

  /** Lines of maps. Throws when the text is cut off in the middle of a line. */
  lines(text: Buffer): string[] {
    const raw = text.toString("latin1");
    if (raw.length > 0 && !raw.endsWith("\n")) throw new Error("maps: the text ends in the middle of a line");
    const lines: string[] = [];
    for (let at = 0; at < raw.length; ) {
      const end = raw.indexOf("\n", at);
      const line = this.#short(raw.slice(at, end));
      if (line !== "") lines.push(line);
      at = end + 1;
    }
    return lines;
  }

  /** Lines of smaps: those of maps with VmFlags after `#`. */
  flagLines(text: Buffer): string[] {
    const lines: string[] = [];
    let head = "";
    for (const line of text.toString("latin1").split("\n")) {
      if (/^[0-9a-f]/.test(line)) head = this.#short(line);
      else if (head !== "" && line.startsWith("VmFlags:"))
        lines.push(`${head} #${line.slice(8).trim().split(" ").join(",")}`);
    }
    return lines;
  }

  #short(line: string): string {
    const known = this.#known.get(line);
    if (known !== undefined) return known;
    const short = this.#shorten(line);
    if (this.#known.size > 50_000) this.#known.clear();
    this.#known.set(line, short);
    return short;
  }

  #shorten(line: string): string {
    const fields = /^([0-9a-f]+-[0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)$/.exec(line);
    if (fields === null) throw new Error(`maps: "${line}" is no line of maps`);
    const [, range, perms, offset, path] = fields as unknown as [string, string, string, string, string];
    if (path === "[vsyscall]") return "";
    const name = this.#names.get(path) ?? path;
    return `${range} ${perms} ${offset.replace(/^0+(?=.)/, "")}${name === "" ? "" : ` ${name}`}`;
  }
}
