import type { Outcome } from './call-result.ts'
import { WorkerBridge } from './worker-bridge.ts'
import type { WorkerCall } from './worker-call.ts'
import { workerEntry } from './worker-entry.ts'

const bridge = new WorkerBridge(workerEntry)
let clients = 0

/** The one worker of all clients of this thread: it runs from the first client until the last one is closed. */
export const sharedWorker = {
  /** Counts one more client, and starts the worker with the first one. */
  acquire(): void {
    bridge.start()
    clients++
  },

  /** Counts one less, and ends the worker with the last one. */
  release(): void {
    clients--
    if (clients === 0) bridge.stop()
  },

  call(prepare: () => WorkerCall): Outcome {
    return bridge.call(prepare)
  },
}
