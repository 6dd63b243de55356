import type { MessagePort } from 'node:worker_threads'
import type { ResolvedConfig } from '@anthropic-auth/core'
import { MAX_TIMER_MS } from '@anthropic-auth/core/internal'
import type { CallResult } from './call-result.ts'
import { threads } from './runtime.ts'
import type { ClientCall } from './worker-call.ts'
import type { WorkerEntry } from './worker-entry.ts'
import { crashed, hung, notStarted, reentrant } from './worker-failure.ts'
import { BUSY, type CallMessage, GONE, READY, type ReplyMessage, STARTING } from './worker-protocol.ts'
import { type StartedWorker, startWorker } from './worker-start.ts'

/** A worker usually starts in less than a hundredth of this. */
const START_LIMIT_MS = 10_000
/** The worker itself ends a call at its deadline; the caller waits this much longer. */
const GRACE_MS = 1000

interface RunningWorker extends StartedWorker {
  /** The configuration of the last call, which the worker has kept. */
  config: ResolvedConfig | null
}

/** Makes blocking calls in a worker, and replaces a worker that was lost. */
export class WorkerBridge {
  readonly #entry: () => WorkerEntry
  readonly #startLimitMs: number
  #running: RunningWorker | null = null
  #isCalling = false
  #lastId = 0

  constructor(entry: () => WorkerEntry, startLimitMs: number = START_LIMIT_MS) {
    this.#entry = entry
    this.#startLimitMs = startLimitMs
  }

  /**
   * Starts the worker if none is running, without waiting for it.
   *
   * @throws AnthropicAuthError `unsupported_runtime`, or `worker_failed`
   */
  start(): void {
    this.#live()
  }

  /** Ends the worker. The next call starts another one. */
  stop(): void {
    const running = this.#running
    this.#running = null
    if (running === null) return
    running.port.close()
    running.worker.terminate().catch(() => undefined)
    // After terminate(), the worker would keep the process alive until it has ended.
    running.worker.unref()
  }

  /**
   * Runs a call in the worker, and blocks until it has ended.
   *
   * @param pack - creates the call; its errors are passed on
   * @throws AnthropicAuthError `worker_failed`, or `timeout` when the worker hangs
   */
  call(pack: () => ClientCall): CallResult {
    // Only getters of the arguments, which `pack` reads, can make a call at this point.
    if (this.#isCalling) {
      throw reentrant('A blocking call was made inside another one', 'Let one call end before the next.')
    }
    this.#isCalling = true
    try {
      return this.#run(pack())
    } finally {
      this.#isCalling = false
    }
  }

  #run(call: ClientCall): CallResult {
    const running = this.#ready()
    const { cell, port } = running
    const id = ++this.#lastId
    post(running, id, call)
    const timeoutMs = timeoutOf(call)
    waitWhile(cell, BUSY, timeoutMs)
    // After a suspension past the deadline, this thread can wake up before the worker has read the response: wait again.
    const state = waitWhile(cell, BUSY, GRACE_MS)
    const result = readResult(port, id)
    if (result !== null) return result
    this.stop()
    throw state === BUSY ? hung(call, timeoutMs) : crashed(call)
  }

  /** Returns a worker in state BUSY. A worker that was lost since the last call is replaced: it was sent nothing. */
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
    return (this.#running ??= { ...startWorker(this.#entry()), config: null })
  }
}

/** Sends the configuration only when it changes: the worker keeps its client, which it would have to create anew. */
function post(running: RunningWorker, id: number, { config, ...call }: ClientCall): void {
  const { port } = running
  const isKnown = config === running.config
  port.postMessage({ id, config: isKnown ? null : config, call } satisfies CallMessage)
  running.config = config
}

/** Waits until the cell holds another state or the time is over, and returns the state of the cell. */
function waitWhile(cell: Int32Array, state: number, limitMs: number): number {
  const endsAt = performance.now() + limitMs
  for (;;) {
    const seen = Atomics.load(cell, 0)
    const leftMs = endsAt - performance.now()
    if (seen !== state || leftMs <= 0) return seen
    Atomics.wait(cell, 0, state, leftMs)
  }
}

function readResult(port: MessagePort, id: number): CallResult | null {
  const { receiveMessageOnPort } = threads()
  for (;;) {
    const received: { readonly message: ReplyMessage } | undefined = receiveMessageOnPort(port)
    if (received === undefined) return null
    if (received.message.id === id) return received.message.result
  }
}

/** An invalid `timeoutMs` needs no deadline here: core in the worker refuses it at once. */
function timeoutOf({ options: { timeoutMs }, config }: ClientCall): number {
  const own = typeof timeoutMs === 'number' && timeoutMs > 0 ? timeoutMs : config.timeoutMs
  return Math.min(own, MAX_TIMER_MS)
}
