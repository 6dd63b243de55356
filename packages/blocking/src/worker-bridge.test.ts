import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../core/test/until.ts'
import { callTo, FAULTY_FETCH, sabotagedWorker, TOKEN } from '../test/sabotaged-worker.ts'
import { WorkerBridge } from './worker-bridge.ts'
import type { ClientCall } from './worker-call.ts'
import type { WorkerEntry } from './worker-entry.ts'

const bridges: WorkerBridge[] = []

function bridgeTo(entry: () => WorkerEntry, startLimitMs?: number): WorkerBridge {
  const bridge = new WorkerBridge(entry, startLimitMs)
  bridges.push(bridge)
  return bridge
}

function faultyBridge(): WorkerBridge {
  return bridgeTo(sabotagedWorker(FAULTY_FETCH))
}

afterEach(() => {
  for (const bridge of bridges.splice(0)) bridge.stop()
})

interface Failure {
  readonly error: unknown
  readonly afterMs: number
}

function failureOf(action: () => unknown): Failure {
  const begin = performance.now()
  try {
    const value = action()
    return { error: new Error('It should have failed', { cause: value }), afterMs: performance.now() - begin }
  } catch (error) {
    return { error, afterMs: performance.now() - begin }
  }
}

const PROFILE = { account: { id: 'an-account', email: null, name: null }, organization: null }

function expectWorks(bridge: WorkerBridge): void {
  expect(bridge.call(() => callTo('/profile', 'getProfile'))).toEqual({ type: 'profile', profile: PROFILE })
}

describe('call()', () => {
  it.each(['/exit', '/throw', '/reject'])('reports at once a worker that dies by %s', (path) => {
    const bridge = faultyBridge()
    expectWorks(bridge)
    const { error, afterMs } = failureOf(() => bridge.call(() => callTo(path, 'createApiKey', 60_000)))
    expect(error).toMatchObject({ code: 'worker_failed', reason: 'crash', retryable: false })
    expect(afterMs).toBeLessThan(50_000)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(TOKEN)
    expectWorks(bridge)
  })

  it('makes the error of a crash retryable if the request may be repeated', () => {
    const { error } = failureOf(() => faultyBridge().call(() => callTo('/exit', 'getProfile')))
    expect(error).toMatchObject({ code: 'worker_failed', retryable: true })
  })

  it.each(['/loop', '/block'])('ends at the deadline when the worker hangs in %s', (path) => {
    const bridge = faultyBridge()
    expectWorks(bridge)
    const { error, afterMs } = failureOf(() => bridge.call(() => callTo(path, 'createApiKey', 200)))
    expect(error).toMatchObject({ code: 'timeout', message: 'No complete response arrived within 200 ms' })
    expect(afterMs).toBeGreaterThanOrEqual(200)
    expect(afterMs).toBeLessThan(45_000)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(TOKEN)
    expectWorks(bridge)
  })

  it('uses the configuration of the client that calls, also after the worker was replaced', () => {
    const bridge = faultyBridge()
    const [profile, exit] = [callTo('/profile', 'getProfile'), callTo('/exit', 'getProfile')]
    const other = callTo('/large', 'getProfile')
    const nameLength = (call: ClientCall): number => {
      const result = bridge.call(() => call)
      return result.type === 'profile' ? (result.profile.account.name ?? '').length : -1
    }
    expect([profile, other, other, profile, profile, other].map(nameLength)).toEqual([
      0, 1_000_000, 1_000_000, 0, 0, 1_000_000,
    ])
    for (const call of [exit, exit]) {
      expect(failureOf(() => bridge.call(() => call)).error).toMatchObject({ reason: 'crash' })
    }
    expect([other, other, profile].map(nameLength)).toEqual([1_000_000, 1_000_000, 0])
  })

  it('refuses each call with a configuration that core refuses', () => {
    const bridge = faultyBridge()
    expectWorks(bridge)
    const good = callTo('/profile', 'getProfile')
    const bad = { ...good, config: { ...good.config, clientId: '' } }
    for (const call of [bad, bad]) {
      expect(bridge.call(() => call)).toMatchObject({ type: 'error', code: 'invalid_config' })
    }
    expectWorks(bridge)
  })

  it('returns a late reply to nobody, and ends a hung worker', () => {
    delete process.env['WORKER_CAME_LATE']
    const bridge = faultyBridge()
    expectWorks(bridge)
    const { error } = failureOf(() => bridge.call(() => callTo('/late', 'createApiKey', 50)))
    expect(error).toMatchObject({ code: 'timeout' })
    // Go on until the late response would have arrived.
    const end = performance.now() + 3_500
    while (performance.now() < end) expectWorks(bridge)
    expect(process.env['WORKER_CAME_LATE']).toBeUndefined()
  })

  it('accepts large and empty replies', () => {
    const bridge = faultyBridge()
    const account = { id: 'an-account', email: null, name: 'x'.repeat(1_000_000) }
    expect(bridge.call(() => callTo('/large', 'getProfile'))).toEqual({
      type: 'profile',
      profile: { account, organization: null },
    })
    expect(bridge.call(() => callTo('/empty', 'revokeToken'))).toEqual({ type: 'done' })
  })

  it('replaces a worker that died while nobody called', async () => {
    const bridge = faultyBridge()
    delete process.env['WORKER_HAS_LEFT']
    expect(bridge.call(() => callTo('/leave', 'revokeToken'))).toEqual({ type: 'done' })
    await until(() => process.env['WORKER_HAS_LEFT'] === 'yes')
    expectWorks(bridge)
  })

  it('shows only the name of an error that core did not expect', () => {
    const result = faultyBridge().call(() => callTo('/defect', 'getProfile'))
    expect(result).toEqual({ type: 'defect', name: 'RangeError' })
  })

  it('refuses a call inside another one', () => {
    const bridge = faultyBridge()
    const inner: unknown[] = []
    bridge.call(() => {
      inner.push(failureOf(() => bridge.call(() => callTo('/profile', 'getProfile'))).error)
      return callTo('/profile', 'getProfile')
    })
    expect(inner).toEqual([expect.objectContaining({ code: 'worker_failed', reason: 'reentrant' })])
    expectWorks(bridge)
  })

  it('passes on an error of the preparation, and works again', () => {
    const bridge = faultyBridge()
    const refuse = (): never => {
      throw new TypeError('refused')
    }
    expect(() => bridge.call(refuse)).toThrow(TypeError)
    expectWorks(bridge)
  })
})

describe('a worker that does not start', () => {
  it('is reported at once when it ends after its first statement', () => {
    const bridge = bridgeTo(
      sabotagedWorker(
        "import { MessagePort } from 'node:worker_threads'; MessagePort.prototype.on = () => process.exit(3)",
      ),
    )
    const { error, afterMs } = failureOf(() => bridge.call(() => callTo('/profile', 'getProfile')))
    expect(error).toMatchObject({ code: 'worker_failed', reason: 'start' })
    expect(afterMs).toBeLessThan(50_000)
  })

  it.each([
    ['throws before', "throw new Error('preload')"],
    ['hangs before', 'for (;;);'],
  ])('is reported within the limit when it %s its first statement', (_, code) => {
    const bridge = bridgeTo(sabotagedWorker(code), 300)
    const { error, afterMs } = failureOf(() => bridge.call(() => callTo('/profile', 'getProfile')))
    expect(error).toMatchObject({ code: 'worker_failed', reason: 'start' })
    expect(afterMs).toBeLessThan(30_000)
  })

  it('is reported when no thread can be created', () => {
    const bridge = bridgeTo(() => ({ source: 'no path', options: {} }))
    expect(failureOf(() => bridge.start()).error).toMatchObject({ code: 'worker_failed', reason: 'start' })
  })
})
