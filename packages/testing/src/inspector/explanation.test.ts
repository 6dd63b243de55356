import { deriveCodeChallenge, generateCodeVerifier, generateState } from '@anthropic-auth/pkce'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  authorizationUrl,
  CLIENT_ID,
  exchangeBody,
  type Login,
  logIn,
  postJson,
  startLogin,
} from '../../test/raw-login.ts'
import { startEmulator, type Emulator } from '../index.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await startEmulator({ clients: [{ id: 'other', redirectUris: ['http://localhost:5/cb'] }] })
})
afterEach(async () => emulator.close())

interface Row {
  /** The heading of the group that the request stands in. */
  readonly group: string
  readonly reason: string
  /** The explanation in the line. */
  readonly why: string
  /** The values of the details. */
  readonly values: readonly string[]
}

/** The last refused request, as the page shows it. */
async function lastRefusal(): Promise<Row> {
  const page = await (await fetch(emulator.inspectorUrl)).text()
  const groups = page.split('<section\n').filter((part) => part.includes('class="group"'))
  const rows = groups.flatMap((group) => {
    const heading = textOf(/<h3[^>]*>([^<]*)/.exec(group)?.[1])
    return group
      .split('<li id="request-')
      .slice(1)
      .map((row) => ({ number: Number.parseInt(row, 10), heading, row }))
  })
  const [last] = rows
    .filter(({ row }) => row.includes('class="reason"'))
    .toSorted((one, other) => other.number - one.number)
  const { heading = '', row = '' } = last ?? {}
  const box = /<div class="refusal">([^]*?)<\/div>/.exec(row)?.[1] ?? ''
  return {
    group: heading,
    reason: textOf(/<span class="reason">([^]*?)<\/span>/.exec(row)?.[1]),
    why: textOf(/<span class="why">([^]*?)<\/span>/.exec(row)?.[1]),
    values: [...box.matchAll(/<dd>([^]*?)<\/dd>/g)].map(([, value]) => textOf(value)),
  }
}

function textOf(markup = ''): string {
  return markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

interface Approved {
  readonly login: Login
  readonly code: string
  readonly state: string
  readonly body: Readonly<Record<string, string>>
}

async function approve(): Promise<Approved> {
  const login = startLogin(emulator)
  const pasted = await emulator.approve(authorizationUrl(emulator, login.parameters))
  const [code = '', state = ''] = pasted.split('#')
  return { login, code, state, body: exchangeBody(login, pasted) }
}

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
    const approved = await approve()
    await exchange({ ...approved.body, code: change(approved) })
    expect(await lastRefusal()).toEqual({
      group: 'Login 1',
      reason: 'Authorization code not found or invalid.',
      why,
      values: [change(approved).replaceAll(/\s+/g, ' ').trim(), approved.code],
    })
  })

  it('with a state of its own is named, although the emulator knows neither', async () => {
    await exchange({ ...(await approve()).body, code: 'made-up#made-up' })
    expect((await lastRefusal()).why).toBe(HASH)
  })

  it('that is made up, is said to be unknown', async () => {
    await exchange({ ...(await approve()).body, code: 'made-up' })
    expect((await lastRefusal()).why).toBe(
      'This emulator has not issued the code. It forgets all codes when it ends.',
    )
  })

  it.each([
    ['undefined', 'The program sent the text undefined: its variable holds no string'],
    ['[object Object]', 'The program sent the text [object Object]: its variable holds no string'],
  ])('of the text %s, is a variable without a value', async (code, why) => {
    await exchange({ ...(await approve()).body, code })
    expect((await lastRefusal()).why).toContain(why)
  })

  it('that is the state of its login, is named', async () => {
    const { state, body } = await approve()
    await exchange({ ...body, code: state })
    expect((await lastRefusal()).why).toMatch(/^This is the state of login 1\. Send it as state/)
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

/** One value of each kind, all of login 1 but the code, which is of login 2. */
async function allKinds(): Promise<Values> {
  const { accessToken: access, refreshToken } = await logIn(emulator)
  const { body } = await postJson(emulator.endpoints.apiKey, {}, { authorization: `Bearer ${access}` })
  return { access, refresh: refreshToken, key: String(body['raw_key']), code: (await approve()).code }
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
    const refusal = await lastRefusal()
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
    const refusal = await lastRefusal()
    expect(refusal.reason).toBe('Invalid bearer token')
    expect(refusal.why).toContain(why)
  })

  it('is named before the beta header that it lacks', async () => {
    const { refresh } = await allKinds()
    await ask({ authorization: `Bearer ${refresh}`, 'anthropic-beta': '' })
    const refusal = await lastRefusal()
    expect(refusal.reason).toContain('is not supported without the header anthropic-beta')
    expect(refusal.why).toContain(`This is a refresh token of login 1. ${REFRESH_USE}`)
  })

  it('is named beside another header', async () => {
    const { access } = await allKinds()
    await ask({ authorization: `Bearer ${access}`, 'x-api-key': access })
    expect((await lastRefusal()).why).toBe(`This is an access token of login 1. ${BEARER}`)
  })

  it('is no mistake with the scheme in lower case', async () => {
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
    expect((await lastRefusal()).why).toContain(why)
  })

  it('is named in the URL', async () => {
    await fetch(`${emulator.endpoints.profile}?access_token=${(await allKinds()).access}`)
    const refusal = await lastRefusal()
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
    const refusal = await lastRefusal()
    expect(refusal.group).toBe(group)
    expect(refusal.why).toContain(why)
  })

  it('is named as refresh_token: one of another client', async () => {
    const { refreshToken } = await logIn(emulator)
    await exchange({ grant_type: 'refresh_token', client_id: 'other', refresh_token: refreshToken })
    expect(await lastRefusal()).toEqual({
      group: 'Login 1',
      reason: 'Refresh token not found or invalid',
      why: 'The refresh token belongs to a different client.',
      values: ['other', CLIENT_ID],
    })
  })

  it('is named as the code: a refresh token', async () => {
    const { refreshToken } = await logIn(emulator)
    await exchange({ ...(await approve()).body, code: refreshToken })
    expect((await lastRefusal()).why).toContain(`This is a refresh token of login 1. ${REFRESH_USE}`)
  })
})

describe('a wrong code verifier', () => {
  const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

  it.each<[string, string, string, string]>([
    [
      'too short',
      'abc',
      deriveCodeChallenge(VERIFIER),
      'A code verifier has 43 to 128 characters. This one has 3.',
    ],
    ['too short, with its hash', 'abc', 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0', 'This one has 3.'],
    ['too long', 'a'.repeat(129), deriveCodeChallenge(VERIFIER), 'This one has 129.'],
    [
      'with other characters',
      `${'a'.repeat(43)}+/=`,
      deriveCodeChallenge(VERIFIER),
      'A code verifier has the characters A-Z a-z 0-9 - . _ ~ only. This one has +, / and =.',
    ],
    [
      'with spaces',
      ` ${VERIFIER}\n`,
      deriveCodeChallenge(VERIFIER),
      'It has spaces or line breaks in it: remove them.',
    ],
    ['in quotes', `"${VERIFIER}"`, deriveCodeChallenge(VERIFIER), 'It has quotes around it: remove them.'],
    [
      'that is the challenge',
      deriveCodeChallenge(VERIFIER),
      deriveCodeChallenge(VERIFIER),
      'The verifier and the challenge are the same value. Either the challenge was not hashed: it is the SHA-256 of the verifier, in base64url. Or the program sent the challenge in place of the verifier.',
    ],
    [
      'whose challenge was hashed twice',
      VERIFIER,
      deriveCodeChallenge(deriveCodeChallenge(VERIFIER)),
      'The challenge was hashed twice. Hash the verifier once.',
    ],
    [
      'of another challenge',
      VERIFIER,
      deriveCodeChallenge('x'.repeat(43)),
      'The verifier belongs to a different challenge.',
    ],
  ])('is explained: %s', async (_, code_verifier, code_challenge, why) => {
    const login = startLogin(emulator, { code_challenge })
    const code = await emulator.approve(authorizationUrl(emulator, login.parameters))
    await exchange({ ...exchangeBody(login, code), code_verifier })
    const refusal = await lastRefusal()
    expect(refusal.reason).toBe("Invalid 'code_verifier' in request.")
    expect(refusal.why).toContain(why)
    expect(refusal.values.at(-1)).toBe(code_challenge)
  })

  it('is explained: the one of another login, and its state', async () => {
    const [first, second] = [await approve(), await approve()]
    await exchange({ ...second.body, code_verifier: first.login.verifier })
    expect((await lastRefusal()).why).toBe(
      'This is the verifier of login 1: the program has mixed up two logins.',
    )
    const third = await approve()
    await exchange({ ...third.body, state: first.state })
    expect((await lastRefusal()).why).toBe(
      'This is the state of login 1: the program has mixed up two logins.',
    )
  })
})

describe('a wrong authorization request', () => {
  const VERIFIER = generateCodeVerifier()
  const open = async (changes: Readonly<Record<string, string>>): Promise<Row> => {
    await fetch(authorizationUrl(emulator, startLogin(emulator, changes).parameters))
    return lastRefusal()
  }

  it.each<[string, string, string, string]>([
    [
      'base64',
      'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
      'This is base64: it has +, / and =. Use base64url without padding: - in place of +, _ in place of /, and no = at the end.',
      'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    ],
    [
      'base64 with a + that was not encoded',
      'n4bQgYhMfWWaL qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
      'This is base64: it has a space (a + arrives as a space',
      'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    ],
    [
      'hex',
      '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      'These are 64 hex digits. Encode the bytes of the SHA-256 in base64url, not their hex text.',
      'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    ],
    [
      'hex in base64url',
      'OWY4NmQwODE4ODRjN2Q2NTlhMmZlYWEwYzU1YWQwMTVhM2JmNGYxYjJiMGI4MjJjZDE1ZDZjMTViMGYwMGEwOA',
      'This is the base64url of 64 hex digits.',
      'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    ],
    [
      'a verifier',
      'a'.repeat(50),
      'This has the form of a code verifier that was not hashed.',
      deriveCodeChallenge('a'.repeat(50)),
    ],
  ])('is explained for a challenge that is %s', async (_, code_challenge, why, right) => {
    const refusal = await open({ code_challenge })
    expect(refusal.why).toContain(why)
    expect(refusal.values).toEqual([code_challenge, right])
  })

  it.each([
    ['abc', 'It has 3 characters. The SHA-256 of the verifier in base64url has 43 characters'],
    ['n4bQgYhMfWWaL*', 'It has *. The SHA-256'],
    ['undefined', 'The program sent the text undefined'],
    [
      'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg%3D',
      'It is URL-encoded: decode it first. This is base64: it has =.',
    ],
    ['"n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"', 'It has quotes around it: remove them.'],
  ])('is explained for the challenge %s', async (code_challenge, why) => {
    expect((await open({ code_challenge })).why).toContain(why)
  })

  it.each<[Readonly<Record<string, string>>, string]>([
    [{ scope: 'user:profile,user:inference' }, 'The scopes are separated by ,. Separate them by spaces.'],
    [{ scope: 'user:profile, user:inference' }, 'The scopes are separated by ,. Separate them by spaces.'],
    [{ scope: 'user:profile%20user:inference' }, 'The scopes are separated by %20. Separate them by spaces.'],
    [{ scope: 'user:profil' }, 'The nearest accepted value is user:profile.'],
    [{ scope: 'inference' }, 'The nearest accepted value is user:inference.'],
    [{ scope: 'openid' }, 'Send one of the accepted values.'],
    [{ code_challenge_method: 's256' }, 'Only upper and lower case differ.'],
    [{ code_challenge_method: 'plain' }, ''],
    [{ response_type: 'token' }, ''],
    [
      { redirect_uri: 'http://localhost:1/auth/callback' },
      'The path or the query differs. Redirect URIs are compared byte by byte.',
    ],
    [
      { redirect_uri: 'https://example.com/' },
      'Redirect URIs are compared byte by byte. Send one that the client has registered.',
    ],
    [
      { state: 'undefined' },
      'The program sent the text undefined: its variable holds no string, such as one that was not set or not awaited.',
    ],
    [{ state: 'short' }, 'This one has 5 characters.'],
    [{ state: `${VERIFIER} ` }, 'This one has a space.'],
    [
      { redirect_uri: 'https://localhost:5/cb', client_id: 'other' },
      'Only the scheme differs: http or https.',
    ],
  ])('is explained for %j', async (changes, why) => {
    expect((await open(changes)).why).toBe(why)
  })

  it('names the parameters that are missing, and those that have a similar name', async () => {
    const { parameters } = startLogin(emulator)
    const { client_id: clientId = '', redirect_uri: _, ...rest } = parameters
    await fetch(authorizationUrl(emulator, { ...rest, clientId }))
    expect((await lastRefusal()).why).toBe(
      'The request has no client_id and redirect_uri. It has clientId: the right name is client_id.',
    )
  })

  it('names the parameter that was sent twice', async () => {
    const { parameters } = startLogin(emulator)
    await fetch(`${authorizationUrl(emulator, parameters)}&scope=user:profile`)
    expect((await lastRefusal()).why).toBe('Send scope once.')
  })
})

describe('a token request with wrong parameters', () => {
  it('is told that this server wants the state, and stands with its login', async () => {
    const { body } = await approve()
    const { state: _, ...rest } = body
    await exchange(rest)
    expect(await lastRefusal()).toMatchObject({
      group: 'Login 1',
      reason: "Missing or malformed 'state' in request.",
      why: 'The request has no state. This server wants the state in the token request too, unlike RFC 6749.',
    })
  })

  it.each<[string, string, string]>([
    [
      'grant_type',
      'grant_typ',
      'The request has no grant_type. It has grant_typ: the right name is grant_type.',
    ],
    ['client_id', 'clientId', 'The request has no client_id. It has clientId: the right name is client_id.'],
    ['code', 'authorization_code', 'It has authorization_code: the right name is code.'],
    ['code_verifier', 'codeVerifier', 'It has codeVerifier: the right name is code_verifier.'],
    ['code_verifier', 'verifier', 'It has verifier: the right name is code_verifier.'],
    ['redirect_uri', 'redirect_url', 'It has redirect_url: the right name is redirect_uri.'],
  ])('lacks %s, and has %s', async (name, similar, why) => {
    const { body } = await approve()
    const { [name]: value, ...rest } = body
    await exchange({ ...rest, [similar]: value })
    const refusal = await lastRefusal()
    expect(refusal.group).toBe('Login 1')
    expect(refusal.why).toContain(why)
  })

  it('lists all that is missing, without a guess at names that mean something else', async () => {
    const { code } = await approve()
    await exchange({ code, scope: 'user:profile' })
    expect((await lastRefusal()).why).toBe(
      'The request has no grant_type, client_id, state, redirect_uri and code_verifier. This server wants the state in the token request too, unlike RFC 6749.',
    )
  })

  it('lacks the state, which stands in the code', async () => {
    const { body, code, state } = await approve()
    const { state: _, ...rest } = body
    await exchange({ ...rest, code: `${code}#${state}` })
    expect(await lastRefusal()).toMatchObject({
      group: 'Login 1',
      why: `The request has no state. This server wants the state in the token request too, unlike RFC 6749. ${HASH}`,
    })
  })

  it('has its parameters in another object', async () => {
    await exchange({ data: (await approve()).body })
    expect((await lastRefusal()).why).toContain('Send the members of data at the top level.')
  })

  it.each([
    ['soon', 'Send whole seconds from 1 to 31536000, or leave expires_in out.'],
    ['60', 'Leave expires_in out. Only a login whose one scope is user:inference may choose its lifetime.'],
  ])('has the expires_in %s', async (expires_in, why) => {
    await exchange({ ...(await approve()).body, expires_in })
    expect((await lastRefusal()).why).toBe(why)
  })

  it('has another redirect URI than the authorization request', async () => {
    await exchange({ ...(await approve()).body, redirect_uri: 'http://localhost:1/callback' })
    expect((await lastRefusal()).why).toBe(
      'Send the redirect URI of the authorization request again, byte by byte.',
    )
  })

  it('revokes a token under the name of another request', async () => {
    const { refreshToken } = await logIn(emulator)
    await postJson(emulator.endpoints.revoke, { refresh_token: refreshToken, client_id: CLIENT_ID })
    expect((await lastRefusal()).why).toBe(
      'The request has no token. It has refresh_token: the right name is token.',
    )
  })

  it('comes while the account is on hold', async () => {
    const { body } = await approve()
    emulator.setAccountOnHold(true)
    await exchange(body)
    expect((await lastRefusal()).why).toBe(
      'You have put the account on hold. Lift the hold on this page, or with setAccountOnHold(false).',
    )
  })

  it('lists what a refresh lacks', async () => {
    const { refreshToken } = await logIn(emulator)
    await exchange({ refreshToken })
    expect(await lastRefusal()).toMatchObject({
      group: 'Login 1',
      why: 'The request has no grant_type, client_id and refresh_token. It has refreshToken: the right name is refresh_token.',
    })
  })

  it.each<[unknown, string]>([
    ['', 'The code_verifier is empty.'],
    [null, 'The code_verifier is null: send a string.'],
    [['a'], 'The code_verifier is a JSON array: send a string.'],
    [{ a: 1 }, 'The code_verifier is a JSON object: send a string.'],
  ])('has the code_verifier %j', async (code_verifier, why) => {
    await exchange({ ...(await approve()).body, code_verifier })
    expect((await lastRefusal()).why).toBe(why)
  })

  it.each([
    ['authorization-code', 'The nearest accepted value is authorization_code.'],
    ['refresh', 'The nearest accepted value is refresh_token.'],
    ['password', 'Send one of the accepted values.'],
  ])('has the grant_type %s', async (grant_type, why) => {
    await exchange({ ...(await approve()).body, grant_type })
    expect(await lastRefusal()).toEqual({
      group: 'Login 1',
      reason: "The 'grant_type' is not supported.",
      why,
      values: [
        grant_type,
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ],
    })
  })

  const FORM = 'application/x-www-form-urlencoded'

  it.each<[string, string, string, string]>([
    [
      'a form as JSON',
      'application/json',
      'grant_type=authorization_code&code=a',
      'The body looks like a form, but',
    ],
    ['JSON as a form', FORM, '{"grant_type":"authorization_code"}', 'The body looks like JSON, but'],
    [
      'JSON as text',
      'text/plain',
      '{"grant_type":"a"}',
      'The Content-Type is text/plain. The body looks like JSON:',
    ],
    [
      'a form as text',
      'text/plain',
      'grant_type=a',
      'The Content-Type is text/plain. The body looks like a form:',
    ],
    [
      'a multipart form',
      'multipart/form-data; boundary=x',
      '--x--',
      'send a URLSearchParams in place of a FormData',
    ],
    ['nothing', 'application/json', '', 'The body is empty.'],
    ['an empty form', FORM, '', 'There are no parameters. The request needs grant_type and client_id.'],
    ['JSON in JSON', 'application/json', '"{}"', 'The body is a JSON string.'],
    ['an array', 'application/json', '[1]', 'The body is a JSON array. Send an object.'],
    ['single quotes', 'application/json', "{'grant_type':'a'}", 'JSON has double quotes, not single ones.'],
    [
      'the text of an object',
      'application/json',
      '[object Object]',
      'The program sent the text of an object.',
    ],
    ['a repeated parameter', FORM, 'code=a&code=b', 'Send code once.'],
  ])('has a body that is %s', async (_, type, body, why) => {
    await exchange(body === '' ? '' : body, { 'content-type': type })
    expect((await lastRefusal()).why).toContain(why)
  })

  it('stands with its login when its body can not be read', async () => {
    const { body } = await approve()
    await exchange(new URLSearchParams(body).toString())
    expect((await lastRefusal()).group).toBe('Login 1')
  })

  it('is explained at the messages too', async () => {
    const { accessToken } = await logIn(emulator)
    await postJson(`${emulator.apiUrl}/v1/messages`, 'model=a', {
      authorization: `Bearer ${accessToken}`,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'oauth-2025-04-20',
    })
    expect((await lastRefusal()).why).toContain('The body looks like a form, but')
  })

  it('asks to refresh a scope that was not granted', async () => {
    const { refreshToken } = await logIn(emulator)
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: refreshToken }
    await exchange({ ...refresh, scope: 'user:profile user:developer' })
    expect((await lastRefusal()).why).toBe(
      'Not granted: user:developer. Leave scope out to keep the granted scopes.',
    )
    await exchange({ ...refresh, scope: 'user:profile,user:inference' })
    expect((await lastRefusal()).why).toBe('The scopes are separated by ,. Separate them by spaces.')
  })

  it('says nothing about values that have nothing in common', async () => {
    const { body } = await approve()
    await exchange({ ...body, state: `!${generateState()}` })
    expect((await lastRefusal()).why).toBe('')
  })
})

describe('a wrong address', () => {
  it.each([
    ['/v1/token', 'The token endpoint is POST /v1/oauth/token.'],
    ['/oauth/token', 'The token endpoint is POST /v1/oauth/token.'],
    ['/v1/oauth/tokens', 'The token endpoint is POST /v1/oauth/token.'],
    ['/token', 'The token endpoint is POST /v1/oauth/token.'],
    ['/v1/oauth/revoke', 'The revocation endpoint is POST /v1/oauth/token/revoke.'],
    ['/v1/message', 'Messages are sent with POST /v1/messages.'],
    [
      '/authorize',
      'The login link of mode console begins with /oauth/authorize. The login link of mode max begins with /cai/oauth/authorize.',
    ],
    ['/.well-known/openid-configuration', 'This server has no discovery document.'],
    ['/favicon.ico', ''],
  ])('%s is answered with the right one', async (path, why) => {
    await fetch(emulator.url + path)
    expect((await lastRefusal()).why).toBe(why)
  })

  it('is explained when it is that of the other origin', async () => {
    await emulator.close()
    emulator = await startEmulator({ separateApiOrigin: true })
    await fetch(emulator.endpoints.token.replace(emulator.apiUrl, emulator.url))
    expect((await lastRefusal()).why).toBe(
      'The token endpoint is POST /v1/oauth/token. It is on the other origin of this emulator.',
    )
  })

  it('is explained when only the method is wrong', async () => {
    await fetch(emulator.endpoints.token)
    expect(await lastRefusal()).toMatchObject({
      reason: 'Method Not Allowed',
      why: 'Send POST, not GET.',
    })
  })
})
