import { PATHS } from '../authorization-server/endpoint-paths.ts'
import { assertFault } from './fault-rules.ts'
import type { Fault, FaultEndpoint } from './fault.ts'

/** Makes endpoints fail on demand. */
export interface Faults {
  /**
   * Applies the fault to the next request to the endpoint. Several faults apply to one request each, in order.
   *
   * @throws TypeError when there is no such endpoint or fault, or a member of it is missing or malformed
   */
  next(endpoint: FaultEndpoint, fault: Fault): void
  /**
   * Applies the fault to every request to the endpoint, after those of `next`, until `clear()` or another `always`.
   *
   * @throws TypeError when there is no such endpoint or fault, or a member of it is missing or malformed
   */
  always(endpoint: FaultEndpoint, fault: Fault): void
  /** Removes all faults. */
  clear(): void
}

const FAULT_PATHS: Readonly<Record<FaultEndpoint, string>> = {
  token: PATHS.token,
  apiKey: PATHS.apiKey,
  profile: PATHS.profile,
  revoke: PATHS.revoke,
  messages: PATHS.messages,
}

/** The faults to come, by path. */
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

  /** Returns the fault for a request to `path`, and removes it if it was added by `next`. */
  take(path: string): Fault | null {
    return this.#next.get(path)?.shift() ?? this.#always.get(path) ?? null
  }
}

function pathOf(endpoint: FaultEndpoint): string {
  if (Object.hasOwn(FAULT_PATHS, endpoint)) return FAULT_PATHS[endpoint]
  throw new TypeError(`The endpoint of a fault must be one of ${Object.keys(FAULT_PATHS).join(', ')}`)
}
