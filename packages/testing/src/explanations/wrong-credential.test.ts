import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLIENT_ID, logIn, postJson } from '../../test/raw-login.ts'
import { approve, type Approved, lastRefusal } from '../../test/refusal-on-page.ts'
import { startEmulator, type Emulator } from '../index.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await startEmulator({ clients: [{ id: 'other', redirectUris: ['http://localhost:5/cb'] }] })
})
afterEach(async () => emulator.close())

const exchange = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> =>
  postJson(emulator.endpoints.token, body, headers)

const HASH = 'Send the part before # as code, and the part after it as state.'
const REDIRECT =
  'This is the redirect URL, or its query. Send its parameter code as code, and its parameter state as state.'

describe('a wrong code', () => {
  it.each<[string, (login: Approved) => string, string]>([
    ['with its state', ({ code, state }) => `${code}#${state}`, HASH],
    [
      'with its state, URL-encoded',
      ({ code, state }) => `${code}%23${state}`,
      `It is URL-encoded: decode it first. ${HASH}`,
    ],
    [
      'in the redirect URL',
      ({ code, state }) => `http://localhost:1/callback?code=${code}&state=${state}`,
      REDIRECT,
    ],
    ['in the query of the redirect', ({ code, state }) => `state=${state}&code=${code}`, REDIRECT],
    [
      'in the encoded redirect URL',
      ({ code, state }) => encodeURIComponent(`http://localhost:1/callback?code=${code}&state=${state}`),
      REDIRECT,
    ],
    [
      'with line breaks',
      ({ code }) => `${code.slice(0, 20)}\n${code.slice(20)} `,
      'It has spaces or line breaks in it: remove them.',
    ],
    ['in quotes', ({ code }) => `"${code}"`, 'It has quotes around it: remove them.'],
    ['cut off', ({ code }) => code.slice(0, 30), 'This is only its beginning: 30 of 43 characters.'],
  ])('%s, is named, with the right one', async (_, change, why) => {
    const approved = await approve(emulator)
    await exchange({ ...approved.body, code: change(approved) })
    expect(await lastRefusal(emulator)).toEqual({
      group: 'Login 1',
      reason: 'Authorization code not found or invalid.',
      why,
      values: [change(approved).replaceAll(/\s+/g, ' ').trim(), approved.code],
    })
  })

  it('with its own state is recognized, although the emulator knows neither', async () => {
    await exchange({ ...(await approve(emulator)).body, code: 'made-up#made-up' })
    expect((await lastRefusal(emulator)).why).toBe(HASH)
  })

  it('that is made up is reported as unknown', async () => {
    await exchange({ ...(await approve(emulator)).body, code: 'made-up' })
    expect((await lastRefusal(emulator)).why).toBe(
      'This emulator has not issued the code. It forgets all codes when it ends.',
    )
  })

  it.each([
    ['undefined', 'The program sent the text undefined: its variable holds no string'],
    ['[object Object]', 'The program sent the text [object Object]: its variable holds no string'],
  ])('with the text %s is explained as a variable without a value', async (code, why) => {
    await exchange({ ...(await approve(emulator)).body, code })
    expect((await lastRefusal(emulator)).why).toContain(why)
  })

  it('that is the state of its login is recognized', async () => {
    const { state, body } = await approve(emulator)
    await exchange({ ...body, code: state })
    expect((await lastRefusal(emulator)).why).toMatch(/^This is the state of login 1\. Send it as state/)
  })
})

const BEARER =
  'Send it to the API, as Authorization: Bearer … with the header anthropic-beta: oauth-2025-04-20, without x-api-key.'
const REFRESH_USE = 'Send it to the token endpoint alone, as refresh_token with the grant_type refresh_token'
const CODE_USE = 'Exchange it at the token endpoint, as code with the grant_type authorization_code'
const KEY_USE = 'Send it as x-api-key, to the models and messages alone.'

interface Values {
  readonly access: string
  readonly refresh: string
  readonly key: string
  readonly code: string
}

/** One value of each kind. All belong to login 1, except the code, which belongs to login 2. */
async function allKinds(): Promise<Values> {
  const { accessToken: access, refreshToken } = await logIn(emulator)
  const { body } = await postJson(emulator.endpoints.apiKey, {}, { authorization: `Bearer ${access}` })
  return { access, refresh: refreshToken, key: String(body['raw_key']), code: (await approve(emulator)).code }
}

async function ask(headers: Readonly<Record<string, string>>): Promise<void> {
  await fetch(`${emulator.apiUrl}/v1/models`, {
    headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'oauth-2025-04-20', ...headers },
  })
}

describe('a credential in the wrong place', () => {
  it.each<[string, (values: Values) => string, string, string]>([
    ['an access token', ({ access }) => access, 'Login 1', `This is an access token of login 1. ${BEARER}`],
    [
      'a Bearer header',
      ({ access }) => `Bearer ${access}`,
      'Login 1',
      `It has spaces or line breaks in it: remove them. It begins with the word Bearer: leave it out. This is an access token of login 1. ${BEARER}`,
    ],
    [
      'a refresh token',
      ({ refresh }) => refresh,
      'Login 1',
      `This is a refresh token of login 1. ${REFRESH_USE}`,
    ],
    ['a code', ({ code }) => code, 'Login 2', `This is an authorization code of login 2. ${CODE_USE}`],
    [
      'a token of another server',
      () => 'sk-ant-oat01-abc',
      'Other requests',
      `This is an access token. ${BEARER}`,
    ],
    ['a key of another server', () => 'sk-ant-api03-abc', 'Other requests', 'This emulator has not created'],
  ])('is named in x-api-key: %s', async (_, valueOf, group, why) => {
    await ask({ 'x-api-key': valueOf(await allKinds()) })
    const refusal = await lastRefusal(emulator)
    expect([refusal.group, refusal.reason]).toEqual([group, 'invalid x-api-key'])
    expect(refusal.why).toContain(why)
  })

  it.each<[string, (values: Values) => string, string]>([
    [
      'a refresh token',
      ({ refresh }) => `Bearer ${refresh}`,
      `This is a refresh token of login 1. ${REFRESH_USE}`,
    ],
    ['a code', ({ code }) => `Bearer ${code}`, `This is an authorization code of login 2. ${CODE_USE}`],
    ['no scheme', ({ access }) => access, 'The header has no scheme. Send Authorization: Bearer …'],
    ['a colon', ({ access }) => `Bearer: ${access}`, 'The header has a colon after the word Bearer'],
    ['another scheme', ({ access }) => `Token ${access}`, 'The scheme of the header is Token. Send'],
    ['Bearer twice', ({ access }) => `Bearer Bearer ${access}`, 'The header has the word Bearer twice.'],
    ['no token', () => 'Bearer ', 'The header has no token after the word Bearer.'],
    [
      'two words',
      ({ access }) => `Bearer ${access} x`,
      'The header has a space or a line break in the token.',
    ],
    ['quotes', ({ access }) => `Bearer "${access}"`, 'It has quotes around it: remove them.'],
    ['undefined', () => 'Bearer undefined', 'The program sent the text undefined'],
    ['an unknown token', () => 'Bearer sk-ant-oat01-abc', 'This emulator has not issued the token.'],
  ])('is named in Authorization: %s', async (_, valueOf, why) => {
    await ask({ authorization: valueOf(await allKinds()) })
    const refusal = await lastRefusal(emulator)
    expect(refusal.reason).toBe('Invalid bearer token')
    expect(refusal.why).toContain(why)
  })

  it('is named before the beta header that it lacks', async () => {
    const { refresh } = await allKinds()
    await ask({ authorization: `Bearer ${refresh}`, 'anthropic-beta': '' })
    const refusal = await lastRefusal(emulator)
    expect(refusal.reason).toContain('is not supported without the header anthropic-beta')
    expect(refusal.why).toContain(`This is a refresh token of login 1. ${REFRESH_USE}`)
  })

  it('is named beside another header', async () => {
    const { access } = await allKinds()
    await ask({ authorization: `Bearer ${access}`, 'x-api-key': access })
    expect((await lastRefusal(emulator)).why).toBe(`This is an access token of login 1. ${BEARER}`)
  })

  it('is accepted with the scheme in lower case', async () => {
    const { accessToken } = await logIn(emulator)
    await ask({ authorization: `bearer ${accessToken}` })
    expect(emulator.requests.at(-1)?.status).toBe(200)
  })

  it.each<[string, (values: Values) => Readonly<Record<string, string>>, string]>([
    ['as x-api-key', ({ access }) => ({ 'x-api-key': access }), 'This address takes no x-api-key.'],
    ['nowhere', () => ({}), 'The request has no Authorization header.'],
    [
      'as a key',
      ({ key }) => ({ authorization: `Bearer ${key}` }),
      `This is an API key of login 1. ${KEY_USE}`,
    ],
  ])('is named at the profile: %s', async (_, headersOf, why) => {
    await fetch(emulator.endpoints.profile, { headers: headersOf(await allKinds()) })
    expect((await lastRefusal(emulator)).why).toContain(why)
  })

  it('is named in the URL', async () => {
    await fetch(`${emulator.endpoints.profile}?access_token=${(await allKinds()).access}`)
    const refusal = await lastRefusal(emulator)
    expect([refusal.group, refusal.why]).toEqual([
      'Login 1',
      'Send the token in the header Authorization: Bearer …, not in the URL.',
    ])
  })

  const SOURCE = 'The refresh token is the member refresh_token of the token response.'

  it.each<[string, (values: Values) => string, string, string]>([
    [
      'an access token',
      ({ access }) => access,
      'Login 1',
      `This is an access token of login 1. ${BEARER} ${SOURCE}`,
    ],
    ['an API key', ({ key }) => key, 'Login 1', `This is an API key of login 1. ${KEY_USE} ${SOURCE}`],
    ['a code', ({ code }) => code, 'Login 2', `This is an authorization code of login 2. ${CODE_USE}`],
    [
      'a refresh token in quotes',
      ({ refresh }) => `"${refresh}"`,
      'Login 1',
      'It has quotes around it: remove them.',
    ],
    [
      'an unknown one',
      () => 'sk-ant-ort01-abc',
      'Other requests',
      'This emulator has not issued the refresh token.',
    ],
  ])('is named as refresh_token: %s', async (_, valueOf, group, why) => {
    const refresh_token = valueOf(await allKinds())
    await exchange({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token })
    const refusal = await lastRefusal(emulator)
    expect(refusal.group).toBe(group)
    expect(refusal.why).toContain(why)
  })

  it('is named as refresh_token: one of another client', async () => {
    const { refreshToken } = await logIn(emulator)
    await exchange({ grant_type: 'refresh_token', client_id: 'other', refresh_token: refreshToken })
    expect(await lastRefusal(emulator)).toEqual({
      group: 'Login 1',
      reason: 'Refresh token not found or invalid',
      why: 'The refresh token belongs to a different client.',
      values: ['other', CLIENT_ID],
    })
  })

  it('is named as the code: a refresh token', async () => {
    const { refreshToken } = await logIn(emulator)
    await exchange({ ...(await approve(emulator)).body, code: refreshToken })
    expect((await lastRefusal(emulator)).why).toContain(`This is a refresh token of login 1. ${REFRESH_USE}`)
  })
})
