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

/** A fault that waits for requests. */
export interface ActiveFault {
  readonly id: number
  readonly endpoint: FaultEndpoint
  readonly fault: Fault
  readonly isPermanent: boolean
}

/** The endpoints that can be made to fail, with their paths. */
const FAULT_PATHS: Readonly<Record<FaultEndpoint, string>> = {
  token: PATHS.token,
  apiKey: PATHS.apiKey,
  profile: PATHS.profile,
  revoke: PATHS.revoke,
  messages: PATHS.messages,
}

/** The faults that wait for requests, in the order in which they were added. */
export class FaultQueue implements Faults {
  #active: readonly ActiveFault[] = []
  #lastId = 0

  get active(): readonly ActiveFault[] {
    return this.#active
  }

  next(endpoint: FaultEndpoint, fault: Fault): void {
    this.#add(endpoint, fault, false)
  }

  always(endpoint: FaultEndpoint, fault: Fault): void {
    this.#add(endpoint, fault, true)
  }

  clear(): void {
    this.#active = []
  }

  /** Removes one fault, if it is still there. */
  remove(id: number): void {
    this.#active = this.#active.filter((active) => active.id !== id)
  }

  /** Returns the fault for a request to `url`, and removes it if it was added by `next`. */
  take(url: string): Fault | null {
    if (this.#active.length === 0) return null
    const path = new URL(url).pathname
    const matching = this.#active.filter(({ endpoint }) => FAULT_PATHS[endpoint] === path)
    const taken = matching.find(({ isPermanent }) => !isPermanent) ?? matching[0]
    if (taken === undefined) return null
    if (!taken.isPermanent) this.remove(taken.id)
    return taken.fault
  }

  #add(endpoint: FaultEndpoint, fault: Fault, isPermanent: boolean): void {
    assertEndpoint(endpoint)
    assertFault(fault)
    this.#lastId += 1
    const others = this.#active.filter(
      (active) => !isPermanent || !active.isPermanent || active.endpoint !== endpoint,
    )
    this.#active = [...others, { id: this.#lastId, endpoint, fault, isPermanent }]
  }
}

/** @throws TypeError when there is no such endpoint */
export function assertEndpoint(endpoint: unknown): asserts endpoint is FaultEndpoint {
  if (typeof endpoint === 'string' && Object.hasOwn(FAULT_PATHS, endpoint)) return
  throw new TypeError(`The endpoint of a fault must be one of ${Object.keys(FAULT_PATHS).join(', ')}`)
}
