import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { identityToken } from '../../testing/test/identity-token.ts'
import { assertions, CI_CLAIMS, providerAt, startFederationEmulator } from '../test/emulated-federation.ts'
import { identityTokenFromFile } from './identity-token-file.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-token-'))
})

afterEach(async () => {
  vi.unstubAllGlobals()
  await rm(folder, { recursive: true })
})

describe('identityTokenFromFile()', () => {
  it('reads the file at each call, without the line break at its end', async () => {
    const path = join(folder, 'token')
    const source = identityTokenFromFile(path)
    await writeFile(path, 'first.token.value\n')
    expect(await source()).toBe('first.token.value')
    await writeFile(path, 'second.token.value')
    expect(await source()).toBe('second.token.value')
  })

  it('feeds a provider while Kubernetes replaces the link to the file', async () => {
    const tokens = [1, 2].map((count) => identityToken({ ...CI_CLAIMS, jti: `pod-${count}` }))
    const path = join(folder, 'token')
    for (const [index, token] of tokens.entries()) await writeFile(join(folder, `data-${index}`), token)
    await symlink('data-0', path)
    const emulator = await startFederationEmulator()
    const provider = providerAt(emulator, { identityToken: identityTokenFromFile(path) })
    await provider()
    await symlink('data-1', join(folder, 'next'))
    await rename(join(folder, 'next'), path)
    emulator.expireAccessTokens()
    vi.useFakeTimers({ now: Date.now() + 3_600_000, toFake: ['Date', 'performance'] })
    await provider().finally(() => vi.useRealTimers())
    expect(assertions(emulator)).toEqual(tokens)
  })

  it('names a missing file', async () => {
    const path = join(folder, 'absent')
    await expect(identityTokenFromFile(path)()).rejects.toMatchObject({
      code: 'invalid_config',
      reason: 'identityToken',
      message: `The identity token file ${path} can't be read (ENOENT)`,
      retryable: true,
    })
  })

  it('names an empty file', async () => {
    const path = join(folder, 'token')
    await writeFile(path, ' \n')
    await expect(identityTokenFromFile(path)()).rejects.toMatchObject({
      code: 'invalid_config',
      message: `The identity token file ${path} is empty`,
    })
  })

  it('reports a runtime without files', async () => {
    vi.stubGlobal('process', undefined)
    await expect(identityTokenFromFile('/a/file')()).rejects.toMatchObject({ code: 'unsupported_runtime' })
  })

  it.each(['', undefined, 7])('refuses the path %j', (path) => {
    expect(() => identityTokenFromFile(path as string)).toThrow(TypeError)
  })
})
