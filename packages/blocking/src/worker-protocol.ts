import type { MessagePort } from 'node:worker_threads'
import type { ResolvedConfig } from '@anthropic-auth/core'
import type { CallResult } from './call-result.ts'
import type { WorkerCall } from './worker-call.ts'

/*
 * A blocked thread receives no events: no message arrives, and it doesn't learn that its worker has died. So the two
 * threads share one cell. The caller waits on the cell, then reads the reply from the channel synchronously.
 *
 *   caller                              cell                       worker
 *   ------                              ----                       ------
 *   new Worker ───────────────────────► STARTING                   on exit: cell = GONE, notify   (its first statement)
 *   wait while STARTING   ◄──────────── READY ◄──────────────────── listens, notify
 *   READY → BUSY ─────────────────────► BUSY
 *   post { id, config, call } ────────────────────────────────────► runs the call
 *   wait while BUSY       ◄──────────── READY ◄──────────────────── post { id, result }, BUSY → READY, notify
 *   read the reply with this id
 *
 *   The caller terminates a worker that is GONE or that takes too long. The next call starts another worker with a new
 *   cell and channel, so a late reply reaches nobody. A reply counts even if the worker has died since. If a worker
 *   dies before any JavaScript runs (it doesn't compile, or has no memory), nothing sets the cell, and the time limit
 *   ends the wait.
 */
export const STARTING = 0
export const READY = 1
export const BUSY = 2
export const GONE = 3

/** The worker's half of the cell and the channel. */
export interface WorkerSetup {
  readonly cell: Int32Array
  readonly port: MessagePort
}

export interface CallMessage {
  readonly id: number
  /** `null` if it is the same as in the message before. */
  readonly config: ResolvedConfig | null
  readonly call: WorkerCall
}

export interface ReplyMessage {
  readonly id: number
  readonly result: CallResult
}

const SETUP_KEY = 'anthropic-auth.blocking'

/** The `workerData` that the bridge starts its worker with. */
interface WorkerData {
  readonly [SETUP_KEY]: WorkerSetup
}

export function workerDataOf(setup: WorkerSetup): WorkerData {
  return { [SETUP_KEY]: setup }
}

/** Whether a thread with this `workerData` was started by the bridge. */
export function isWorkerData(workerData: unknown): workerData is WorkerData {
  return typeof workerData === 'object' && workerData !== null && SETUP_KEY in workerData
}

export function readSetup(workerData: unknown): WorkerSetup {
  if (isWorkerData(workerData)) return workerData[SETUP_KEY]
  throw new TypeError('This file runs only in a worker of @anthropic-auth/blocking')
}
