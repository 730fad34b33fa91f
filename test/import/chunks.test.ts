import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBytes, encodeBytes, MapsReader, readMaps } from "../../src/import/index.ts";
import { fixture, mapsLine } from "./world.ts";

describe("bytes", () => {
  test("survive decoding and encoding, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(encodeBytes(decodeBytes(bytes))).toEqual(bytes);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test("that are sound UTF-8 decode as everywhere else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 64 }), (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(decodeBytes(bytes)).toBe(text);
        expect(encodeBytes(text)).toEqual(bytes);
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  test("are called sound exactly when the standard decoder calls them so", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const sound = (bytes: Uint8Array) => {
      try {
        strict.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    // Every pair of bytes that can begin a sequence, with tails that are sound, too long, missing or no tails.
    const wrong: Uint8Array[] = [];
    for (let a = 0x80; a < 0x100; a++) {
      for (let b = 0; b < 0x100; b++) {
        for (const tail of [[], [0x80], [0x80, 0xbf], [0x41]]) {
          const bytes = Uint8Array.from([a, b, ...tail]);
          if (/[\udc80-\udcff]/u.test(decodeBytes(bytes)) === sound(bytes)) wrong.push(bytes);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("a file in chunks", () => {
  const bytes = fixture("odd-names.maps");
  const text = decodeBytes(bytes);
  const cuts = fc
    .array(fc.nat(bytes.length), { maxLength: 30 })
    .map((at) => [0, ...at.sort((a, b) => a - b)]);

  test("reads the same however its bytes are cut, even inside a character", () => {
    const whole = readMaps(bytes);
    expect(whole.ok).toBe(true);
    fc.assert(
      fc.property(cuts, (at) => {
        expect(readMaps(at.map((from, i) => bytes.subarray(from, at[i + 1])))).toEqual(whole);
      }),
      { seed: 3, numRuns: 200 },
    );
    expect(readMaps(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test("reads the same as text", () => {
    const whole = readMaps(bytes);
    fc.assert(
      fc.property(cuts, (at) => {
        expect(readMaps(at.map((from, i) => text.slice(from, at[i + 1])))).toEqual(whole);
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  test("is not asked for more once it is refused, and its source is told so", () => {
    let closed = false;
    function* source() {
      try {
        yield `${mapsLine()}\n`;
        yield "damaged\n";
        throw new Error("asked for more");
      } finally {
        closed = true;
      }
    }
    expect(readMaps(source()).ok).toBe(false);
    expect(closed).toBe(true);
  });

  test("may arrive piece by piece from an asynchronous source", async () => {
    async function* source() {
      for (const line of text.split(/(?<=\n)/)) yield line;
    }
    const reader = new MapsReader();
    for await (const chunk of source()) reader.push(chunk);
    expect(reader.end()).toEqual(readMaps(text));
  });
});
