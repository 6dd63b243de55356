import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PROGRAM_OPTIONS } from '../../../scripts/tests/program-options.ts'

const PROGRAM = fileURLToPath(new URL('login-process.ts', import.meta.url))

let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator()
})

afterAll(async () => {
  await emulator.close()
})

describe('a process that logs in', { timeout: 300_000 }, () => {
  it.each([
    ['a visit', 'tokens'],
    ['a denial', 'authorization_denied'],
    ['a paste', 'tokens'],
    ['a paste after wrong ones', 'tokens'],
    ['an abort', 'aborted'],
    ['an abort before', 'aborted'],
    ['its time', 'callback_timeout'],
    ['a prompt that rejects', 'Error: No more'],
    ['a browser that does not open', 'browser_launch_failed'],
    ['a hook that throws', 'Error: No more'],
    ['an invalid option', 'TypeError: timeoutMs must be a finite number of milliseconds greater than 0'],
    ['an invalid signal', 'TypeError: signal must be an AbortSignal'],
  ])(
    'ends by itself after %s, even with an open standard input, and writes nothing',
    async (ending, outcome) => {
      const setup = JSON.stringify({ endpoints: emulator.endpoints, ending })
      const child = fork(PROGRAM, [setup], {
        execArgv: [...PROGRAM_OPTIONS],
        stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      const outcomes: unknown[] = []
      child.on('message', (message) => outcomes.push(message))
      const written = Promise.all(
        [child.stdout, child.stderr].map(async (stream) => text(stream as Readable)),
      )
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
      expect({ code, signal, outcomes, written: await written }).toEqual({
        code: 0,
        signal: null,
        outcomes: [outcome],
        written: ['', ''],
      })
    },
  )
})
