import type { CallResult } from './call-result.ts'
import {
  BUSY,
  type CallMessage,
  GONE,
  READY,
  readSetup,
  type ReplyMessage,
  STARTING,
} from './worker-protocol.ts'

// The worker's program. It reaches Node's modules through `process` only: the build turns it into one string, which some
// runtimes run as a script and others as a module.

const { cell, port } = readSetup(process.getBuiltinModule('node:worker_threads').workerData)

// This comes first: the blocked caller receives no error or exit event.
process.on('exit', () => {
  Atomics.store(cell, 0, GONE)
  Atomics.notify(cell, 0)
})

function becomeReady(from: number): void {
  Atomics.compareExchange(cell, 0, from, READY)
  Atomics.notify(cell, 0)
}

function reply(id: number, result: CallResult): void {
  port.postMessage({ id, result } satisfies ReplyMessage)
  becomeReady(BUSY)
}

async function listen(): Promise<void> {
  const { WorkerClient } = await import('./worker-client.ts')
  const client = new WorkerClient()
  port.on('message', (message: CallMessage) => {
    client.run(message).then((result) => reply(message.id, result), fail)
  })
  becomeReady(STARTING)
  const { warmUp } = await import('./warm-up.ts')
  await warmUp()
}

/** Ends the worker; the exit hook tells the caller. */
function fail(): never {
  process.exit(1)
}

listen().catch(fail)
