import type { MessagePort, Worker, WorkerOptions } from 'node:worker_threads'
import { membersOf } from '@anthropic-auth/core/internal'
import { assertCanBlock, threads } from './runtime.ts'
import type { WorkerEntry } from './worker-entry.ts'
import { notStarted, reentrant } from './worker-failure.ts'
import { GONE, isWorkerData, workerDataOf, type WorkerSetup } from './worker-protocol.ts'

/** A worker with the caller's half of the cell and the channel. */
export interface StartedWorker {
  readonly worker: Worker
  readonly cell: Int32Array
  readonly port: MessagePort
}

/**
 * Starts a worker that doesn't keep the process alive.
 *
 * @throws AnthropicAuthError `unsupported_runtime`, or `worker_failed`
 */
export function startWorker(entry: WorkerEntry): StartedWorker {
  assertCanBlock()
  assertNotInWorker()
  const { MessageChannel } = threads()
  const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const { port1: port, port2 } = new MessageChannel()
  const worker = createWorker(entry, { cell, port: port2 })
  // The cell reports the failure; without a listener, 'error' would crash the process.
  worker.on('error', () => undefined)
  // If the worker dies without running its exit hook, this marks it as GONE when our event loop runs.
  worker.on('exit', () => Atomics.store(cell, 0, GONE))
  worker.unref()
  port.unref()
  return { worker, cell, port }
}

function assertNotInWorker(): void {
  if (!isWorkerData(threads().workerData)) return
  throw reentrant(
    'A blocking client was created inside the worker of another one',
    'Create no client in code that runs at the start of each thread, such as a module of --import.',
  )
}

function createWorker({ source, options }: WorkerEntry, setup: WorkerSetup): Worker {
  const { Worker } = threads()
  try {
    const settings = membersOf<WorkerOptions>({
      ...options,
      name: 'anthropic-auth',
      // The variables for proxies and certificates are then the same in both threads at all times.
      env: threads().SHARE_ENV,
      // One request at a time needs no more. By default, garbage grows to 100 MB before it is collected.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
      workerData: workerDataOf(setup),
      transferList: [setup.port],
    })
    return new Worker(source, settings)
  } catch {
    throw notStarted()
  }
}
