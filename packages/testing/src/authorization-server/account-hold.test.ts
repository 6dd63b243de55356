import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  authorizationUrl,
  exchangeBody,
  getProfile,
  logIn,
  postJson,
  refresh,
  startLogin,
} from '../../test/raw-login.ts'
import { type Emulator, startEmulator } from '../index.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await startEmulator()
})

afterEach(async () => emulator.close())

const ERROR_URI = 'https://claude.ai/restricted?reason=account_on_hold'
const ON_HOLD = { error: 'invalid_grant', error_description: 'account_on_hold', error_uri: ERROR_URI }

describe('setAccountOnHold()', () => {
  it('refuses a refresh token without using it up', async () => {
    const { refreshToken } = await logIn(emulator)
    emulator.setAccountOnHold(true)
    for (let count = 0; count < 2; count += 1) {
      const { status, body } = await refresh(emulator, refreshToken)
      expect([status, body]).toEqual([400, ON_HOLD])
    }
    emulator.setAccountOnHold(false)
    expect((await refresh(emulator, refreshToken)).status).toBe(200)
  })

  it('refuses a used refresh token without ending its login', async () => {
    const { refreshToken } = await logIn(emulator)
    const { body } = await refresh(emulator, refreshToken)
    emulator.setAccountOnHold(true)
    expect((await refresh(emulator, refreshToken)).body).toEqual(ON_HOLD)
    emulator.setAccountOnHold(false)
    expect((await refresh(emulator, String(body['refresh_token']))).status).toBe(200)
  })

  it('refuses a code without using it up', async () => {
    const login = startLogin(emulator)
    const pasted = await emulator.approve(authorizationUrl(emulator, login.parameters))
    emulator.setAccountOnHold(true)
    const refused = await postJson(emulator.endpoints.token, exchangeBody(login, pasted))
    expect([refused.status, refused.body]).toEqual([400, ON_HOLD])
    emulator.setAccountOnHold(false)
    expect((await postJson(emulator.endpoints.token, exchangeBody(login, pasted))).status).toBe(200)
  })

  it('still reports a token that was never issued as unknown', async () => {
    emulator.setAccountOnHold(true)
    const { body } = await refresh(emulator, 'sk-ant-ort01-made-up')
    expect(body['error_description']).toBe('Refresh token not found or invalid')
  })

  it('redirects back from the consent page with the error', async () => {
    const { parameters } = startLogin(emulator, { redirect_uri: 'http://localhost:9/callback' })
    emulator.setAccountOnHold(true)
    const url = new URL(await emulator.approve(authorizationUrl(emulator, parameters)))
    expect(url.origin + url.pathname).toBe('http://localhost:9/callback')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'account_on_hold',
      error_uri: ERROR_URI,
      state: parameters['state'],
    })
  })

  it('redirects to a code page that links to the reason', async () => {
    const { parameters } = startLogin(emulator)
    emulator.setAccountOnHold(true)
    const url = await emulator.approve(authorizationUrl(emulator, parameters))
    expect(url.startsWith(`${emulator.endpoints.codePage}?error=access_denied&`)).toBe(true)
    const page = await (await fetch(url)).text()
    expect(page).toContain('This account is on hold')
    expect(page).toContain(`href="${ERROR_URI}"`)
  })

  it('ignores any other link on the code page', async () => {
    const query = 'error=access_denied&error_description=account_on_hold&error_uri=https://evil.example/'
    const page = await fetch(`${emulator.endpoints.codePage}?${query}`)
    expect(await page.text()).not.toContain('evil.example')
  })

  it('lets the user deny', async () => {
    const { parameters } = startLogin(emulator)
    emulator.setAccountOnHold(true)
    const url = new URL(await emulator.deny(authorizationUrl(emulator, parameters)))
    expect(url.searchParams.get('error_description')).toBe('The user denied the request.')
  })

  it('makes the API refuse access tokens until the hold is lifted', async () => {
    const { accessToken } = await logIn(emulator)
    emulator.setAccountOnHold(true)
    const refused = await getProfile(emulator, accessToken)
    expect([refused.status, refused.body]).toEqual([
      403,
      {
        type: 'error',
        error: { type: 'permission_error', message: 'account_on_hold' },
        request_id: refused.headers.get('request-id'),
      },
    ])
    emulator.setAccountOnHold(false)
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
  })

  it('lets a login be revoked', async () => {
    const { refreshToken } = await logIn(emulator)
    emulator.setAccountOnHold(true)
    const body = { token: refreshToken, client_id: '9d1c250a-e61b-44d9-88ed-5944d1962f5e' }
    expect((await postJson(emulator.endpoints.revoke, body)).status).toBe(200)
    emulator.setAccountOnHold(false)
    expect((await refresh(emulator, refreshToken)).status).toBe(400)
  })

  it.each<unknown>([undefined, null, 'yes', 1])('refuses %j', (hold) => {
    expect(() => emulator.setAccountOnHold(hold as boolean)).toThrow(TypeError)
  })
})
