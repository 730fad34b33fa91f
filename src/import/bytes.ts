/**
 * Bytes to text and back, without losing a byte.
 *
 * File names in Linux are bytes, and /proc/PID/maps prints them as they are. Almost all are UTF-8; a byte that is
 * not part of sound UTF-8 becomes the lone surrogate U+DC00 + byte (0xDC80..0xDCFF), which no sound text contains,
 * so `encodeBytes(decodeBytes(x))` equals `x` for every `x`.
 */

/** How many code units go through one fromCharCode call: well below any engine's limit on arguments. */
const CHUNK_UNITS = 4096;

/** Text of `bytes[from, to)`; see the head of this file for bytes that are not UTF-8. */
export function decodeBytes(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
  let text = "";
  const units: number[] = [];
  for (let i = from; i < to; ) {
    const length = sequenceLength(bytes, i, to);
    const first = bytes[i]!;
    if (length === 0) units.push(0xdc00 + first);
    else if (length === 1) units.push(first);
    else {
      let point = first & (0x7f >> length);
      for (let k = 1; k < length; k++) point = point * 64 + (bytes[i + k]! & 0x3f);
      if (point < 0x10000) units.push(point);
      else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
    i += length || 1;
    if (units.length >= CHUNK_UNITS) {
      text += String.fromCharCode(...units);
      units.length = 0;
    }
  }
  return text + String.fromCharCode(...units);
}

/** Length in bytes of the sound UTF-8 sequence at `i`, or 0 if there is none. */
function sequenceLength(bytes: Uint8Array, i: number, to: number): number {
  const first = bytes[i]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || i + length > to) return 0;
  for (let k = 1; k < length; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return 0;
  // Overlong forms, surrogates and points above U+10FFFF all show in the second byte.
  const second = bytes[i + 1]!;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return length;
}

/** UTF-8 of `text`; U+DC80..U+DCFF standing alone become the byte they stand for, other lone surrogates U+FFFD. */
export function encodeBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of text) {
    const point = char.codePointAt(0) as number;
    if (point >= 0xdc80 && point <= 0xdcff) bytes.push(point - 0xdc00);
    else pushUtf8(bytes, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  return Uint8Array.from(bytes);
}

function pushUtf8(bytes: number[], point: number): void {
  const tail = (shift: number) => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x80) bytes.push(point);
  else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(0));
  else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(6), tail(0));
  else bytes.push(0xf0 | (point >> 18), tail(12), tail(6), tail(0));
}
