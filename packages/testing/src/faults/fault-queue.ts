import { PATHS } from '../authorization-server/endpoint-paths.ts'
import { assertFault } from './fault-rules.ts'
import type { Fault, FaultEndpoint } from './fault.ts'

/** Makes endpoints fail on demand. */
export interface Faults {
  /**
   * The next request to the endpoint meets this fault; several wait for one request each, in order.
   *
   * @throws TypeError when there is no such endpoint or fault, or a member of it is missing or malformed
   */
  next(endpoint: FaultEndpoint, fault: Fault): void
  /**
   * Every request to the endpoint meets this fault, after those of `next`, until another takes its place or `clear()`.
   *
   * @throws TypeError when there is no such endpoint or fault, or a member of it is missing or malformed
   */
  always(endpoint: FaultEndpoint, fault: Fault): void
  /** Ends all faults that wait or stick. */
  clear(): void
}

const FAULT_PATHS: Readonly<Record<FaultEndpoint, string>> = {
  token: PATHS.token,
  apiKey: PATHS.apiKey,
  profile: PATHS.profile,
  revoke: PATHS.revoke,
  messages: PATHS.messages,
}

/** The faults that wait for requests, by path. */
export class FaultQueue implements Faults {
  readonly #next = new Map<string, Fault[]>()
  readonly #always = new Map<string, Fault>()

  next(endpoint: FaultEndpoint, fault: Fault): void {
    const path = pathOf(endpoint)
    assertFault(fault)
    this.#next.set(path, [...(this.#next.get(path) ?? []), fault])
  }

  always(endpoint: FaultEndpoint, fault: Fault): void {
    const path = pathOf(endpoint)
    assertFault(fault)
    this.#always.set(path, fault)
  }

  clear(): void {
    this.#next.clear()
    this.#always.clear()
  }

  /** The fault that the request to `path` meets; one of `next` is used up. */
  take(path: string): Fault | null {
    return this.#next.get(path)?.shift() ?? this.#always.get(path) ?? null
  }
}

function pathOf(endpoint: FaultEndpoint): string {
  if (Object.hasOwn(FAULT_PATHS, endpoint)) return FAULT_PATHS[endpoint]
  throw new TypeError(`The endpoint of a fault is one of ${Object.keys(FAULT_PATHS).join(', ')}`)
}
