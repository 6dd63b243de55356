import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { warmUp } from './warm-up.ts'

const VARIABLES = ['NODE_USE_ENV_PROXY', 'NODE_OPTIONS']

let sent: MockInstance<typeof fetch>

beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined)
  sent = vi.spyOn(globalThis, 'fetch')
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('warmUp()', () => {
  it('gets a real response from itself, and leaves no server behind', async () => {
    await warmUp()
    expect(sent.mock.calls).toEqual([
      [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), expect.anything()],
    ])
    await expect(sent.mock.results[0]?.value).resolves.toMatchObject({ status: 200, bodyUsed: true })
    expect(process.getActiveResourcesInfo()).not.toContain('TCPServerWrap')
  })

  it.each([
    ['NODE_USE_ENV_PROXY', '1'],
    ['NODE_OPTIONS', '--use-env-proxy'],
  ])('opens nothing when a proxy would get the request: %s=%s', async (name, value) => {
    vi.stubEnv(name, value)
    await warmUp()
    expect(sent.mock.calls).toEqual([['data:application/json,{}']])
  })

  it('never fails', async () => {
    sent.mockRejectedValue(new TypeError('fetch failed'))
    await expect(warmUp()).resolves.toBeUndefined()
    expect(sent).toHaveBeenCalledOnce()
  })
})
