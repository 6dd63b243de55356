import type { CallResult } from './call-result.ts'
import { WorkerBridge } from './worker-bridge.ts'
import type { ClientCall } from './worker-call.ts'
import { workerEntry } from './worker-entry.ts'

const bridge = new WorkerBridge(workerEntry)
let clients = 0

/** The one worker of this thread, which all its clients share. It runs from the first client until the last one is closed. */
export const threadWorker = {
  acquire(): void {
    bridge.start()
    clients++
  },

  release(): void {
    clients--
    if (clients === 0) bridge.stop()
  },

  call(pack: () => ClientCall): CallResult {
    return bridge.call(pack)
  },
}
