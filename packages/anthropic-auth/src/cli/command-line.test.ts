import fs from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startProgram } from '../../../profile-store/test/child-program.ts'
import { temporaryFolder } from '../../../profile-store/test/temporary-folder.ts'
import { logInAt } from '../../test/tool-login.ts'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { runCommandLine } from './command-line.ts'
import { startTestEmulator } from '../../../testing/test/test-emulator.ts'

const WATCHDOG_MS = 300_000

let configDir: string

beforeEach(() => {
  configDir = temporaryFolder()
  vi.stubEnv('ANTHROPIC_CONFIG_DIR', configDir)
  vi.stubEnv('ANTHROPIC_PROFILE', undefined)
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('runCommandLine(), while another process has the lock', { timeout: WATCHDOG_MS }, () => {
  it('logs out of the login that the other process saves, not of the earlier one', async () => {
    const { emulator, store } = await logIn()
    const newest = await logInAt(emulator)
    const { ended } = await whileLocked(async () => store.save(newest))
    expect(await ended).toBe(0)
    const revocations = emulator.requests.filter(({ path }) => path === '/v1/oauth/token/revoke')
    expect(revocations.map(({ body }) => (JSON.parse(body) as { token: string }).token)).toContain(
      newest.refreshToken,
    )
    expect(revocations).toHaveLength(1)
  })

  it('keeps the login when a signal ends it, and leaves a second signal to the system', async () => {
    const { emulator, store, tokens } = await logIn()
    const listeners = process.listenerCount('SIGINT')
    const { ended } = await whileLocked(async () => {
      expect(process.listenerCount('SIGINT')).toBe(listeners + 1)
      process.emit('SIGINT')
      await vi.waitUntil(() => process.listenerCount('SIGINT') === listeners, { timeout: WATCHDOG_MS })
    })
    expect(await ended).toBe(130)
    expect(await store.load()).toMatchObject({ accessToken: tokens.accessToken })
    expect(emulator.requests.at(-1)?.path).toBe('/v1/oauth/token')
  })

  async function logIn() {
    const emulator = await startTestEmulator()
    const store = createProfileStore({ configDir, baseUrl: emulator.apiUrl })
    const tokens = await logInAt(emulator)
    await store.save(tokens)
    return { emulator, store, tokens }
  }

  /** A logout that waits for the lock of another process, until `meanwhile` is over. */
  async function whileLocked(meanwhile: () => Promise<void>): Promise<{ ended: Promise<number> }> {
    const lockPath = join(configDir, 'credentials', 'default.json.lock')
    const holder = startProgram('lock-process.ts', ['hold', '', lockPath])
    await holder.began
    const lstat = vi.spyOn(fs, 'lstat')
    const ended = runCommandLine(['logout'])
    // By then it has read the login, and checks whether the lock is free.
    await vi.waitUntil(() => lstat.mock.calls.some(([path]) => path === lockPath), { timeout: WATCHDOG_MS })
    await meanwhile()
    holder.process.kill('SIGKILL')
    return { ended }
  }
})
