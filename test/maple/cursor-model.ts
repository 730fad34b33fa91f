/**
 * A cursor that is too simple to be wrong: the kernel's rules of `mas_find`, `mas_next`, `mas_prev` and their states, over
 * the list of all ranges instead of nodes. Whether the tree has a node it is told: that is part of the rules.
 */
import { type CursorStatus, MAX_INDEX } from "../../src/maple/index.ts";
import type { Oracle } from "./oracle.ts";

interface Range {
  readonly first: number;
  readonly last: number;
  readonly value: unknown;
}

export class CursorModel {
  index = 0;
  last = 0;
  status: CursorStatus = "start";
  readonly #oracle: Oracle<unknown>;
  readonly #hasNode: () => boolean;

  constructor(oracle: Oracle<unknown>, hasNode: () => boolean) {
    this.#oracle = oracle;
    this.#hasNode = hasNode;
  }

  setRange(first: number, last: number): void {
    this.index = first;
    this.last = last;
    this.status = "start";
  }

  pause(): void {
    this.status = "pause";
  }

  walk(): unknown {
    if (this.#hasNode()) return this.#stand(this.#at(this.index));
    const single = this.#oracle.load(0);
    if (single !== undefined && this.index === 0) return this.#stand({ first: 0, last: 0, value: single });
    this.#standNowhere(single === undefined ? 0 : 1);
    return undefined;
  }

  find(max: number, empty: boolean): unknown {
    if (this.status === "active" || this.status === "pause" || this.status === "none") {
      if (this.last >= max) return undefined;
      if (this.status !== "active") {
        this.index = this.status === "pause" ? ++this.last : this.last;
        this.status = "start";
      }
    } else if (this.status !== "start") {
      if ((this.status === "overflow" ? this.last : this.index) >= max) {
        this.status = "overflow";
        return undefined;
      }
      const entry = this.walk();
      if (entry !== undefined) return entry;
    }
    if (this.status === "start") {
      if (this.index > max) return undefined;
      const entry = this.walk();
      if (entry !== undefined || (empty && this.#hasNode())) return entry;
    }
    if (!this.#hasNode()) return this.#behindRoot(false);
    if (this.index === max) return undefined;
    const entry = this.#forward(max, empty);
    if (!empty) this.status = "active";
    return entry;
  }

  findBack(min: number): unknown {
    if (this.status === "none" && this.index <= min) return undefined;
    if (this.status === "pause" || this.status === "overflow" || this.status === "underflow") {
      if (this.index <= min) {
        this.status = "underflow";
        return undefined;
      }
    }
    if (this.status === "pause") this.index--;
    if (this.status === "pause" || this.status === "none") {
      this.last = this.index;
      this.status = "start";
    } else if (this.status !== "start") this.status = "active";
    if (this.status === "start") {
      if (this.index < min) return undefined;
      const entry = this.walk();
      if (entry !== undefined) return entry;
    }
    if (!this.#hasNode()) return this.#beforeRoot(min);
    return this.index < min ? undefined : this.#backward(min, false);
  }

  next(max: number, empty: boolean): unknown {
    if (this.last >= max) {
      this.status = "overflow";
      return undefined;
    }
    const wasNone = this.status === "none";
    if (this.status === "underflow") {
      const entry = this.walk();
      if (entry !== undefined) return entry;
    } else if (this.status === "start" || this.status === "pause" || wasNone) this.walk();
    if (!this.#hasNode()) return this.#behindRoot(wasNone);
    this.status = "active";
    return this.#forward(max, empty);
  }

  prev(min: number, empty: boolean): unknown {
    if (this.index <= min) {
      this.status = "underflow";
      return undefined;
    }
    if (this.status === "overflow") {
      const entry = this.walk();
      if (entry !== undefined) return entry;
    } else if (this.status === "start" || this.status === "pause" || this.status === "none") this.walk();
    if (!this.#hasNode()) return this.#beforeRoot(min);
    this.status = "active";
    return this.#backward(min, empty);
  }

  /** The range that holds an index, null or not. */
  #at(index: number): Range {
    let first = 0;
    for (const piece of this.#oracle.pieces) {
      if (piece.first > index) return { first, last: piece.first - 1, value: undefined };
      if (piece.last >= index) return piece;
      first = piece.last + 1;
    }
    return { first, last: MAX_INDEX, value: undefined };
  }

  #stand({ first, last, value }: Range): unknown {
    this.index = first;
    this.last = last;
    this.status = "active";
    return value;
  }

  #standNowhere(first: number): void {
    this.index = first;
    this.last = MAX_INDEX;
    this.status = "none";
  }

  #forward(max: number, empty: boolean): unknown {
    const { last } = this;
    // The range was cut or has grown: what is behind its old end comes next, even if it is the rest of the same.
    if (this.#at(this.index).last !== last) {
      const range = this.#at(Math.min(last + 1, MAX_INDEX));
      const entry = this.#stand(range);
      if (entry !== undefined && this.index <= last) this.index = last + 1;
      if (this.index > max) {
        this.status = "overflow";
        return undefined;
      }
      if (entry !== undefined || empty) return entry;
    }
    for (;;) {
      if (this.last >= max || this.last === MAX_INDEX) {
        this.status = "overflow";
        return undefined;
      }
      const entry = this.#stand(this.#at(this.last + 1));
      if (entry !== undefined || empty) return entry;
    }
  }

  #backward(min: number, empty: boolean): unknown {
    const { index } = this;
    if (index > 0 && this.#at(index).first !== index) {
      const entry = this.#stand(this.#at(index - 1));
      this.last = Math.min(this.last, index - 1);
      if (entry !== undefined || empty) return entry;
    }
    for (;;) {
      if (this.index <= min) {
        this.status = "underflow";
        return undefined;
      }
      const entry = this.#stand(this.#at(this.index - 1));
      if (entry !== undefined || empty) return entry;
    }
  }

  #behindRoot(wasNone: boolean): undefined {
    if (this.#oracle.load(0) === undefined) return undefined;
    if (wasNone && this.index === 0) this.last = 0;
    else this.#standNowhere(1);
    return undefined;
  }

  #beforeRoot(min: number): unknown {
    const single = this.#oracle.load(0);
    if (this.index === 0 || single === undefined || min > 0) {
      this.status = "none";
      return undefined;
    }
    return this.#stand({ first: 0, last: 0, value: single });
  }
}
