import type { MessagePort, Worker, WorkerOptions } from 'node:worker_threads'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { MAYBE_PROCESSED_HINT, membersOf } from '@anthropic-auth/core/internal'
import type { Outcome } from './call-result.ts'
import { assertCanBlock, threads } from './runtime.ts'
import { METHODS, type WorkerCall } from './worker-call.ts'
import type { WorkerEntry } from './worker-entry.ts'
import {
  BUSY,
  type CallMessage,
  GONE,
  isWorkerData,
  READY,
  type ReplyMessage,
  STARTING,
  workerDataOf,
  type WorkerSetup,
} from './worker-protocol.ts'

/** How long a worker may take to start, in milliseconds; some hundred times what it takes. */
const START_LIMIT_MS = 10_000
/** How much longer than the deadline of a call, which the worker itself keeps, the caller waits for it. */
const GRACE_MS = 1000
/** The largest delay of `setTimeout`, and so the latest deadline of core. */
const MAX_TIMEOUT_MS = 2_147_483_647

interface RunningWorker {
  readonly worker: Worker
  readonly cell: Int32Array
  readonly port: MessagePort
}

/** A worker for blocking calls, replaced when it is lost. */
export class WorkerBridge {
  readonly #entry: () => WorkerEntry
  readonly #startLimitMs: number
  #running: RunningWorker | null = null
  #isCalling = false
  #lastId = 0

  /** @param startLimitMs - how long a worker may take to start */
  constructor(entry: () => WorkerEntry, startLimitMs: number = START_LIMIT_MS) {
    this.#entry = entry
    this.#startLimitMs = startLimitMs
  }

  /**
   * Starts the worker unless one runs, without waiting for it.
   *
   * @throws AnthropicAuthError `unsupported_runtime`, or `worker_failed`
   */
  start(): void {
    this.#live()
  }

  /** Ends the worker; the next call starts another one. */
  stop(): void {
    const running = this.#running
    this.#running = null
    if (running === null) return
    running.port.close()
    running.worker.terminate().catch(() => undefined)
    // Terminating makes the worker keep the process alive until it has ended.
    running.worker.unref()
  }

  /**
   * Runs a call in the worker and blocks until it has ended.
   *
   * @param prepare - makes the call; what it throws is thrown
   * @throws AnthropicAuthError `worker_failed`, or `timeout` when the worker hangs
   */
  call(prepare: () => WorkerCall): Outcome {
    // Only the getters of arguments, which `prepare` reads, can get here.
    if (this.#isCalling) {
      throw reentrant('A blocking call was made inside another one', 'Let one call end before the next.')
    }
    this.#isCalling = true
    try {
      return this.#run(prepare())
    } finally {
      this.#isCalling = false
    }
  }

  #run(call: WorkerCall): Outcome {
    const { cell, port } = this.#ready()
    const id = ++this.#lastId
    port.postMessage({ id, call } satisfies CallMessage)
    const timeoutMs = timeoutOf(call)
    waitWhile(cell, BUSY, timeoutMs)
    // Wait once more: after a suspension past the deadline, this thread wakes up before its worker has read the
    // response.
    const state = waitWhile(cell, BUSY, GRACE_MS)
    const outcome = readOutcome(port, id)
    if (outcome !== null) return outcome
    this.stop()
    throw state === BUSY ? hung(call, timeoutMs) : crashed(call)
  }

  /** A worker whose turn it is: BUSY. One that was lost since the last call is replaced, as nothing was sent to it. */
  #ready(): RunningWorker {
    for (;;) {
      const known = this.#running
      const running = this.#live()
      const state = waitWhile(running.cell, STARTING, this.#startLimitMs)
      if (Atomics.compareExchange(running.cell, 0, READY, BUSY) === READY) return running
      this.stop()
      if (running !== known || state === STARTING) throw notStarted()
    }
  }

  #live(): RunningWorker {
    if (this.#running !== null && Atomics.load(this.#running.cell, 0) === GONE) this.stop()
    return (this.#running ??= startWorker(this.#entry()))
  }
}

function startWorker(entry: WorkerEntry): RunningWorker {
  assertCanBlock()
  const { MessageChannel } = threads()
  if (isWorkerData(threads().workerData)) {
    throw reentrant(
      'A blocking client was made inside the worker of another one',
      'Make no client in code that runs at the start of each thread, such as that of --import.',
    )
  }
  const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const { port1: port, port2 } = new MessageChannel()
  const worker = createWorker(entry, { cell, port: port2 })
  // Told by the cell; an error without a listener would end the process.
  worker.on('error', () => undefined)
  // One that died without a word, as soon as this thread turns.
  worker.on('exit', () => Atomics.store(cell, 0, GONE))
  worker.unref()
  port.unref()
  return { worker, cell, port }
}

function createWorker({ source, options }: WorkerEntry, setup: WorkerSetup): Worker {
  const { Worker } = threads()
  try {
    const settings = membersOf<WorkerOptions>({
      ...options,
      name: 'anthropic-auth',
      // The variables of proxies and certificates count in the worker as they do here, at every moment.
      env: threads().SHARE_ENV,
      // One request at a time needs no more, and by default its garbage grows to 100 MB before it is collected.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
      workerData: workerDataOf(setup),
      transferList: [setup.port],
    })
    return new Worker(source, settings)
  } catch {
    throw notStarted()
  }
}

/** Waits until the cell holds something else or the time is over, and returns what it holds. */
function waitWhile(cell: Int32Array, state: number, limitMs: number): number {
  const endsAt = performance.now() + limitMs
  for (;;) {
    const seen = Atomics.load(cell, 0)
    const leftMs = endsAt - performance.now()
    if (seen !== state || leftMs <= 0) return seen
    Atomics.wait(cell, 0, state, leftMs)
  }
}

function readOutcome(port: MessagePort, id: number): Outcome | null {
  const { receiveMessageOnPort } = threads()
  for (;;) {
    const received: { readonly message: ReplyMessage } | undefined = receiveMessageOnPort(port)
    if (received === undefined) return null
    if (received.message.id === id) return received.message.outcome
  }
}

/** A deadline that is none is refused by core in the worker, at once. */
function timeoutOf({ options: { timeoutMs }, config }: WorkerCall): number {
  const own = typeof timeoutMs === 'number' && timeoutMs > 0 ? timeoutMs : config.timeoutMs
  return Math.min(own, MAX_TIMEOUT_MS)
}

function notStarted(): AnthropicAuthError {
  return new AnthropicAuthError('worker_failed', 'The worker thread did not start', {
    reason: 'start',
    hint: 'Check that this process may start threads, that it has enough memory, and what --import and --require run in each thread, also in NODE_OPTIONS.',
  })
}

function crashed({ method }: WorkerCall): AnthropicAuthError {
  const { repeatable } = METHODS[method]
  return new AnthropicAuthError('worker_failed', `The worker thread ended during ${method}()`, {
    reason: 'crash',
    retryable: repeatable,
    hint: repeatable ? undefined : MAYBE_PROCESSED_HINT,
  })
}

function hung({ method }: WorkerCall, timeoutMs: number): AnthropicAuthError {
  const { repeatable } = METHODS[method]
  return new AnthropicAuthError('timeout', `No complete response arrived within ${timeoutMs} ms`, {
    retryable: repeatable,
    hint: repeatable ? undefined : MAYBE_PROCESSED_HINT,
  })
}

function reentrant(message: string, hint: string): AnthropicAuthError {
  return new AnthropicAuthError('worker_failed', message, { reason: 'reentrant', hint })
}
