/**
 * A userfaultfd as the library gives it: registers areas of the address space it was made in.
 *
 *     const uffd = space.userfaultfd();
 *     uffd.register(at, 8192, UFFD_MISSING);
 *     uffd.close();                              all areas are let go
 *
 * Faults that it is there for raise SIGBUS, as with UFFD_FEATURE_SIGBUS.
 */
import { sequentially } from "../sched/index.ts";
import type { Bytes } from "./bytes.ts";
import type { Kernel } from "./kernel.ts";
import { closeUserfaultfd, shareUserfaultfd } from "./paths/userfaultfd.ts";
import { sysUffdRegister, sysUffdUnregister } from "./syscalls.ts";
import type { UserfaultCtx } from "./userfault-ctx.ts";

/** An open descriptor. */
export class Userfaultfd {
  readonly #k: Kernel;
  readonly #ctx: UserfaultCtx;

  /** Use `AddressSpace.userfaultfd()`. */
  constructor(k: Kernel, ctx: UserfaultCtx) {
    this.#k = k;
    this.#ctx = ctx;
  }

  /** ioctl(UFFDIO_REGISTER). @param modes UFFD_MISSING, UFFD_WP, UFFD_MINOR */
  register(at: Bytes, length: Bytes, modes: number): number {
    return sequentially(sysUffdRegister(this.#k, this.#ctx, at, length, modes));
  }

  /** ioctl(UFFDIO_UNREGISTER). */
  unregister(at: Bytes, length: Bytes): number {
    return sequentially(sysUffdUnregister(this.#k, this.#ctx, at, length));
  }

  /** The same descriptor in another process, as fork() makes it: it still speaks of the first one's memory. */
  inherit(): Userfaultfd {
    sequentially(shareUserfaultfd(this.#k, this.#ctx));
    return new Userfaultfd(this.#k, this.#ctx);
  }

  /** Closes it; the last one of all processes lets the areas go. It must not be used any more. */
  close(): void {
    sequentially(closeUserfaultfd(this.#k, this.#ctx));
  }
}
