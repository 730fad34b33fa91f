/**
 * Leader election by a lease, and the leader that does not know that its time is over.
 *
 *     acquire the lease --> timer --> the lease is given to the next --> the first one wakes up and writes
 *
 * No clock helps: between looking at it and writing any time may pass. The cure is a fencing token: a number that grows
 * with every lease, and a store that refuses a smaller one than it has seen.
 *
 *     npx interleaf check examples/checker/leader-lease.ts#trusting     fails
 *     npx interleaf check examples/checker/leader-lease.ts#fenced       holds
 */
import type { Program } from "interleaf/check";
import {
  type Atomic,
  type Lock,
  type Machine,
  mutex,
  num,
  type Path,
  type Row,
  slab,
  timer,
} from "interleaf/sched";

interface Service extends Row {
  readonly lock: Lock;
  /** Who has the lease, 0 for nobody. */
  holder: number;
  /** Number of the newest lease. */
  token: number;
  readonly expiry: Atomic;
}
interface Store extends Row {
  readonly lock: Lock;
  /** Token of the newest write. */
  newest: number;
}
const services = slab<Service>("service", {
  lock: mutex(),
  holder: num("service.lock"),
  token: num("service.lock"),
  expiry: timer(),
});
const stores = slab<Store>("store", { lock: mutex(), newest: num("store.lock") });

interface World {
  readonly service: Service;
  readonly store: Store;
  readonly fenced: boolean;
}
const LEASE_TICKS = 10;

/** Gives the token of the lease, 0 when somebody else has it. */
function* acquire(k: Machine, { service }: World, me: number): Path<number> {
  if (k.lock(service.lock, "acquire")) yield;
  let token = 0;
  if (service.holder === 0) {
    service.holder = me;
    token = ++service.token;
    if (k.armTimer(service.expiry, LEASE_TICKS, "acquire")) yield;
  }
  if (k.unlock(service.lock, "acquire")) yield;
  return token;
}

function* expire(k: Machine, { service }: World): Path {
  if (k.lock(service.lock, "expire")) yield;
  service.holder = 0;
  if (k.unlock(service.lock, "expire")) yield;
}

function* write(k: Machine, { store, fenced }: World, token: number): Path {
  if (k.lock(store.lock, "write")) yield;
  if (token < store.newest) {
    k.witness("an old leader comes late");
    k.assert(fenced, `the write of lease ${token} comes after one of lease ${store.newest}`);
  } else store.newest = token;
  if (k.unlock(store.lock, "write")) yield;
}

const program = (name: string, fenced: boolean): Program<World> => ({
  name,
  witnesses: ["an old leader comes late"],
  setup: (k) => ({ service: k.alloc(services), store: k.alloc(stores), fenced }),
  tasks: (k, world) => [
    ...[1, 2].map((me) => ({
      name: `node ${me}`,
      *run(): Path {
        const token = yield* acquire(k, world, me);
        if (token !== 0) yield* write(k, world, token);
      },
    })),
    k.timerTask("expiry", world.service.expiry, [world.service.expiry], () => expire(k, world)),
  ],
});

export const trusting: Program<World> = program("trusting store", false);
export const fenced: Program<World> = program("fenced store", true);
