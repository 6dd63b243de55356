import type { Outcome } from './call-result.ts'
import {
  BUSY,
  type CallMessage,
  GONE,
  READY,
  readSetup,
  type ReplyMessage,
  STARTING,
} from './worker-protocol.ts'

// What a worker runs. It reaches Node by `process` alone, since the build makes one text of it that some runtimes take
// for a script and others for a module.

const { cell, port } = readSetup(process.getBuiltinModule('node:worker_threads').workerData)

// First of all, since the caller waits: its blocked thread hears of no error or exit.
process.on('exit', () => {
  Atomics.store(cell, 0, GONE)
  Atomics.notify(cell, 0)
})

function becomeReady(from: number): void {
  Atomics.compareExchange(cell, 0, from, READY)
  Atomics.notify(cell, 0)
}

function reply(id: number, outcome: Outcome): void {
  port.postMessage({ id, outcome } satisfies ReplyMessage)
  becomeReady(BUSY)
}

async function listen(): Promise<void> {
  const { runCall } = await import('./worker-client.ts')
  port.on('message', ({ id, call }: CallMessage) => {
    runCall(call).then((outcome) => reply(id, outcome), fail)
  })
  becomeReady(STARTING)
  const { warmUp } = await import('./warm-up.ts')
  await warmUp()
}

/** Ends the worker, which the hook tells. */
function fail(): never {
  process.exit(1)
}

listen().catch(fail)
