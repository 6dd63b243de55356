import type { ServerState } from '../authorization-server/server-state.ts'
import type { FaultQueue } from '../faults/fault-queue.ts'
import type { RequestLog } from '../request-log.ts'

/** The parts of a running emulator that the inspector shows and changes. */
export interface InspectedServer {
  readonly url: string
  readonly apiUrl: string
  readonly state: ServerState
  readonly log: RequestLog
  readonly faults: FaultQueue
}
