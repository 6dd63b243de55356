import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Endpoints } from '@anthropic-auth/core'
import type { Fault, FaultEndpoint, RecordedRequest } from '@anthropic-auth/testing'
import { PROGRAM_OPTIONS } from '../../../../scripts/tests/program-options.ts'

export type EmulatorCommand =
  | { readonly kind: 'approve' | 'deny'; readonly url: string }
  | {
      readonly kind: 'fault'
      readonly when: 'next' | 'always'
      readonly endpoint: FaultEndpoint
      readonly fault: Fault
    }
  /** Ends all faults, and forgets all requests so far. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'requests' }

/** An emulator in its own process, which responds while this one is blocked. */
export interface RemoteEmulator {
  readonly endpoints: Endpoints
  approve(url: string): Promise<string>
  deny(url: string): Promise<string>
  next(endpoint: FaultEndpoint, fault: Fault): Promise<void>
  always(endpoint: FaultEndpoint, fault: Fault): Promise<void>
  reset(): Promise<void>
  requests(): Promise<readonly RecordedRequest[]>
  close(): void
}

interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly problem?: string
}

export async function startRemoteEmulator(): Promise<RemoteEmulator> {
  const child = fork(fileURLToPath(new URL('emulator-process.ts', import.meta.url)), [], {
    execArgv: [...PROGRAM_OPTIONS],
  })
  const waiting = new Map<number, (reply: Reply) => void>()
  child.on('message', (reply: Reply) => waiting.get(reply.id)?.(reply))
  child.once('exit', () => {
    for (const [id, end] of waiting) end({ id, problem: 'The emulator has ended' })
  })
  const replyTo = async (id: number): Promise<unknown> => {
    const { value, problem } = await new Promise<Reply>((resolve) => waiting.set(id, resolve))
    waiting.delete(id)
    if (problem !== undefined) throw new Error(problem)
    return value
  }
  let lastId = 0
  const tell = async <T>(command: EmulatorCommand): Promise<T> => {
    const id = ++lastId
    child.send({ id, command })
    return (await replyTo(id)) as T
  }
  return {
    endpoints: (await replyTo(0)) as Endpoints,
    approve: (url) => tell({ kind: 'approve', url }),
    deny: (url) => tell({ kind: 'deny', url }),
    next: (endpoint, fault) => tell({ kind: 'fault', when: 'next', endpoint, fault }),
    always: (endpoint, fault) => tell({ kind: 'fault', when: 'always', endpoint, fault }),
    reset: () => tell({ kind: 'reset' }),
    requests: () => tell({ kind: 'requests' }),
    close: () => child.disconnect(),
  }
}
