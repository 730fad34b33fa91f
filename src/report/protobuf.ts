/**
 * Protocol buffers, as far as writing needs them: a message is a list of fields, each a number and a value.
 *
 *     field = varint(number << 3 | type) value        type 0: varint   1: eight bytes   2: length, then bytes
 *
 * Integers must be safe and not negative.
 */

/** Writes one message. */
export class Message {
  readonly #bytes: number[] = [];

  /** An integer, or a value of an enumeration. */
  varint(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  /** An integer in eight bytes, least significant first. */
  fixed64(field: number, value: number): this {
    this.#varint(field * 8 + 1);
    for (let i = 0, rest = value; i < 8; i++, rest = Math.floor(rest / 256)) this.#bytes.push(rest % 256);
    return this;
  }

  /** A text, in UTF-8. */
  text(field: number, value: string): this {
    return this.#delimited(field, utf8(value));
  }

  /** A message inside this one. */
  message(field: number, value: Message): this {
    return this.#delimited(field, value.#bytes);
  }

  /** All of it. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #delimited(field: number, bytes: readonly number[]): this {
    this.#varint(field * 8 + 2);
    this.#varint(bytes.length);
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) + 128);
    this.#bytes.push(rest);
  }
}

/** A text as bytes. Halves of surrogate pairs that stand alone become a question mark. */
export function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code >= 0xd800 && code < 0xe000) bytes.push(0x3f);
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return bytes;
}
