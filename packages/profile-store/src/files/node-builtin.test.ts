import { TokenSet } from '@anthropic-auth/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFileLock } from '../lock/file-lock.ts'
import { createProfileStore } from '../profile-store.ts'
import { createTokenFile } from '../token-file.ts'

const UNSUPPORTED = expect.objectContaining({
  code: 'unsupported_runtime',
  message: 'This runtime has no files',
  hint: 'Use Node 22.3 or later, Deno or Bun. In other runtimes, write your own TokenStore.',
})

afterEach(() => {
  vi.unstubAllGlobals()
})

describe.each([
  ['no process', undefined],
  ['a process of another kind', {}],
  ['no such module', { getBuiltinModule: () => undefined }],
])('a runtime with %s', (_what, process) => {
  it("can't create a file lock or a token file", () => {
    vi.stubGlobal('process', process)
    expect(() => createFileLock('/tmp/lock')).toThrow(UNSUPPORTED)
    const decode = (): TokenSet => TokenSet.fromJSON({ accessToken: 'a' })
    const file = { path: '/tmp/x', encode: () => new Uint8Array(), decode }
    expect(() => createTokenFile(file)).toThrow(UNSUPPORTED)
  })

  it("can't use a profile", async () => {
    const store = createProfileStore({ profile: 'work', configDir: '/tmp' })
    vi.stubGlobal('process', process)
    const problem = await store.load().catch((error: unknown) => error)
    vi.unstubAllGlobals()
    expect(problem).toEqual(UNSUPPORTED)
  })
})
