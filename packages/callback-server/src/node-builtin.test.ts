import { afterEach, describe, expect, it, vi } from 'vitest'
import { STATE } from '../test/waiting-server.ts'
import { startCallbackServer } from './callback-server.ts'

describe('startCallbackServer()', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it.each([
    ['is no process', undefined],
    ['is a process of another kind', {}],
    ['is no such module', { getBuiltinModule: () => undefined }],
  ])('reports an unsupported runtime when there %s', async (_what, process) => {
    vi.stubGlobal('process', process)
    const starting = startCallbackServer({ state: STATE }).catch((error: unknown) => error)
    const error = await starting
    vi.unstubAllGlobals()
    expect(error).toMatchObject({
      code: 'unsupported_runtime',
      message: "This runtime can't listen on a port",
      hint: 'Use Node 22.3 or later, Deno or Bun. In other runtimes, let the user copy the code from the code page, the default redirectUri.',
    })
  })
})
