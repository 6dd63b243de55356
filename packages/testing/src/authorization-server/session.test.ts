import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  authorizationUrl,
  exchangeBody,
  getProfile,
  logIn,
  postJson,
  refresh,
  startLogin,
  type JsonResponse,
} from '../../test/raw-login.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../index.ts'

let emulator: Emulator
let now: number

const start = async (options: EmulatorOptions = {}): Promise<void> => {
  await emulator.close()
  emulator = await startEmulator({ now: () => now, ...options })
}

beforeEach(async () => {
  now = 1_800_000_000_000
  emulator = await startEmulator({ now: () => now })
})

afterEach(async () => emulator.close())

const exchange = async (): Promise<JsonResponse> => {
  const login = startLogin(emulator)
  const pasted = await emulator.approve(authorizationUrl(emulator, login.parameters))
  return postJson(emulator.endpoints.token, exchangeBody(login, pasted))
}

const EXPIRED = { error: 'invalid_grant', error_description: 'Refresh token expired' }

describe('loginLifetimeSeconds', () => {
  it('counts from the login, and refreshing does not move the end', async () => {
    await start({ loginLifetimeSeconds: 2_592_000 })
    const { body } = await exchange()
    expect(body['refresh_token_expires_in']).toBe(2_592_000)
    now += 1_000_000_000
    const later = await refresh(emulator, String(body['refresh_token']))
    expect(later.body['refresh_token_expires_in']).toBe(1_592_000)
    now += 1_592_000_000 - 1
    const last = await refresh(emulator, String(later.body['refresh_token']))
    expect([last.status, last.body['refresh_token_expires_in']]).toEqual([200, 0])
    now += 1
    const over = await refresh(emulator, String(last.body['refresh_token']))
    expect([over.status, over.body]).toEqual([400, EXPIRED])
  })

  it('counts separately for each login', async () => {
    await start({ loginLifetimeSeconds: 100 })
    const first = await logIn(emulator)
    now += 100_000
    const second = await exchange()
    expect(second.body['refresh_token_expires_in']).toBe(100)
    expect((await refresh(emulator, first.refreshToken)).body).toEqual(EXPIRED)
    expect((await refresh(emulator, String(second.body['refresh_token']))).status).toBe(200)
  })

  it('does not appear in responses when it is not set', async () => {
    const { body } = await exchange()
    expect(body).not.toHaveProperty('refresh_token_expires_in')
    now += 10 * 365 * 86_400_000
    const later = await refresh(emulator, String(body['refresh_token']))
    expect(later.status).toBe(200)
    expect(later.body).not.toHaveProperty('refresh_token_expires_in')
  })
})

describe('expireAccessTokens()', () => {
  it('expires the access tokens so far, of all logins, but no refresh token', async () => {
    const logins = [await logIn(emulator), await logIn(emulator)]
    emulator.expireAccessTokens()
    for (const { accessToken, refreshToken } of logins) {
      expect((await getProfile(emulator, accessToken)).status).toBe(401)
      const { status, body } = await refresh(emulator, refreshToken)
      expect(status).toBe(200)
      expect((await getProfile(emulator, String(body['access_token']))).status).toBe(200)
    }
    const { accessToken } = await logIn(emulator)
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
  })
})

describe('endLogins()', () => {
  it('ends all logins so far, but no later ones', async () => {
    const { accessToken, refreshToken } = await logIn(emulator)
    const rotated = await refresh(emulator, (await logIn(emulator)).refreshToken)
    emulator.endLogins()
    for (const token of [refreshToken, String(rotated.body['refresh_token']), refreshToken]) {
      const { status, body } = await refresh(emulator, token)
      expect([status, body]).toEqual([400, EXPIRED])
    }
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
    const next = await logIn(emulator)
    expect((await refresh(emulator, next.refreshToken)).status).toBe(200)
  })

  it("doesn't end a login that was approved but not exchanged yet", async () => {
    const login = startLogin(emulator)
    const pasted = await emulator.approve(authorizationUrl(emulator, login.parameters))
    emulator.endLogins()
    const { body } = await postJson(emulator.endpoints.token, exchangeBody(login, pasted))
    expect((await refresh(emulator, String(body['refresh_token']))).status).toBe(200)
  })
})
