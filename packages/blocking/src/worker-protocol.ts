import type { MessagePort } from 'node:worker_threads'
import type { Outcome } from './call-result.ts'
import type { WorkerCall } from './worker-call.ts'

/*
 * A thread that blocks can't receive events: neither a message, nor that its worker has died. So the two threads share
 * one cell, on which the caller waits; requests and replies go through a channel, which the caller reads synchronously.
 *
 *   caller                              cell                       worker
 *   ------                              ----                       ------
 *   new Worker ───────────────────────► STARTING                   on exit: cell = GONE, notify   (its first statement)
 *   wait while STARTING   ◄──────────── READY ◄──────────────────── listens, notify
 *   READY → BUSY ─────────────────────► BUSY
 *   post { id, call } ────────────────────────────────────────────► runs the call
 *   wait while BUSY       ◄──────────── READY ◄──────────────────── post { id, outcome }, BUSY → READY, notify
 *   read the reply with this id
 *
 *   The caller gives up on a worker that is GONE, or that lets it wait too long; it is then terminated, and the next call
 *   starts another one, with a cell and a channel of its own: what the old one may still send is read by nobody. A reply
 *   counts even when the worker has gone since. Where no JavaScript runs before a worker dies (it does not compile, has
 *   no memory), nothing sets the cell, and the limit of the wait ends it.
 */
export const STARTING = 0
export const READY = 1
export const BUSY = 2
export const GONE = 3

/** What the worker is started with, as its `workerData`. */
export interface WorkerSetup {
  readonly cell: Int32Array
  readonly port: MessagePort
}

export interface CallMessage {
  readonly id: number
  readonly call: WorkerCall
}

export interface ReplyMessage {
  readonly id: number
  readonly outcome: Outcome
}

const SETUP_KEY = 'anthropic-auth.blocking'

/** The `workerData` of a worker of the bridge. */
interface WorkerData {
  readonly [SETUP_KEY]: WorkerSetup
}

export function workerDataOf(setup: WorkerSetup): WorkerData {
  return { [SETUP_KEY]: setup }
}

/** Whether a thread with this `workerData` is a worker of the bridge. */
export function isWorkerData(workerData: unknown): workerData is WorkerData {
  return typeof workerData === 'object' && workerData !== null && SETUP_KEY in workerData
}

export function readSetup(workerData: unknown): WorkerSetup {
  if (isWorkerData(workerData)) return workerData[SETUP_KEY]
  throw new TypeError('This file runs in a worker of @anthropic-auth/blocking alone')
}
