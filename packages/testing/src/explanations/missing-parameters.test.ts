import { generateState } from '@anthropic-auth/pkce'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLIENT_ID, logIn, postJson } from '../../test/raw-login.ts'
import { approve, lastRefusal } from '../../test/refusal-on-page.ts'
import { startEmulator, type Emulator } from '../index.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await startEmulator({ clients: [{ id: 'other', redirectUris: ['http://localhost:5/cb'] }] })
})
afterEach(async () => emulator.close())

const exchange = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> =>
  postJson(emulator.endpoints.token, body, headers)

const HASH = 'Send the part before # as code, and the part after it as state.'

describe('a token request with wrong parameters', () => {
  it('learns that this server requires the state, and is shown with its login', async () => {
    const { body } = await approve(emulator)
    const { state: _, ...rest } = body
    await exchange(rest)
    expect(await lastRefusal(emulator)).toMatchObject({
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
    const { body } = await approve(emulator)
    const { [name]: value, ...rest } = body
    await exchange({ ...rest, [similar]: value })
    const refusal = await lastRefusal(emulator)
    expect(refusal.group).toBe('Login 1')
    expect(refusal.why).toContain(why)
  })

  it('lists all missing parameters, and suggests no names with another meaning', async () => {
    const { code } = await approve(emulator)
    await exchange({ code, scope: 'user:profile' })
    expect((await lastRefusal(emulator)).why).toBe(
      'The request has no grant_type, client_id, state, redirect_uri and code_verifier. This server wants the state in the token request too, unlike RFC 6749.',
    )
  })

  it('lacks the state, which is part of the code', async () => {
    const { body, code, state } = await approve(emulator)
    const { state: _, ...rest } = body
    await exchange({ ...rest, code: `${code}#${state}` })
    expect(await lastRefusal(emulator)).toMatchObject({
      group: 'Login 1',
      why: `The request has no state. This server wants the state in the token request too, unlike RFC 6749. ${HASH}`,
    })
  })

  it('has its parameters in another object', async () => {
    await exchange({ data: (await approve(emulator)).body })
    expect((await lastRefusal(emulator)).why).toContain('Send the members of data at the top level.')
  })

  it.each([
    ['soon', 'Send whole seconds from 1 to 31536000, or leave expires_in out.'],
    ['60', 'Leave expires_in out. Only a login whose one scope is user:inference may choose its lifetime.'],
  ])('has the expires_in %s', async (expires_in, why) => {
    await exchange({ ...(await approve(emulator)).body, expires_in })
    expect((await lastRefusal(emulator)).why).toBe(why)
  })

  it('has another redirect URI than the authorization request', async () => {
    await exchange({ ...(await approve(emulator)).body, redirect_uri: 'http://localhost:1/callback' })
    expect((await lastRefusal(emulator)).why).toBe(
      'Send the redirect URI of the authorization request again, byte by byte.',
    )
  })

  it('revokes a token under the name of another request', async () => {
    const { refreshToken } = await logIn(emulator)
    await postJson(emulator.endpoints.revoke, { refresh_token: refreshToken, client_id: CLIENT_ID })
    expect((await lastRefusal(emulator)).why).toBe(
      'The request has no token. It has refresh_token: the right name is token.',
    )
  })

  it('comes while the account is on hold', async () => {
    const { body } = await approve(emulator)
    emulator.setAccountOnHold(true)
    await exchange(body)
    expect((await lastRefusal(emulator)).why).toBe(
      'You have put the account on hold. Lift the hold on this page, or with setAccountOnHold(false).',
    )
  })

  it('lists the parameters that a refresh lacks', async () => {
    const { refreshToken } = await logIn(emulator)
    await exchange({ refreshToken })
    expect(await lastRefusal(emulator)).toMatchObject({
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
    await exchange({ ...(await approve(emulator)).body, code_verifier })
    expect((await lastRefusal(emulator)).why).toBe(why)
  })

  it.each([
    ['authorization-code', 'The nearest accepted value is authorization_code.'],
    ['refresh', 'The nearest accepted value is refresh_token.'],
    ['password', 'Send one of the accepted values.'],
  ])('has the grant_type %s', async (grant_type, why) => {
    await exchange({ ...(await approve(emulator)).body, grant_type })
    expect(await lastRefusal(emulator)).toEqual({
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
    expect((await lastRefusal(emulator)).why).toContain(why)
  })

  it("is shown with its login when its body can't be read", async () => {
    const { body } = await approve(emulator)
    await exchange(new URLSearchParams(body).toString())
    expect((await lastRefusal(emulator)).group).toBe('Login 1')
  })

  it('is explained at the messages too', async () => {
    const { accessToken } = await logIn(emulator)
    await postJson(`${emulator.apiUrl}/v1/messages`, 'model=a', {
      authorization: `Bearer ${accessToken}`,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'oauth-2025-04-20',
    })
    expect((await lastRefusal(emulator)).why).toContain('The body looks like a form, but')
  })

  it('asks to refresh a scope that was not granted', async () => {
    const { refreshToken } = await logIn(emulator)
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: refreshToken }
    await exchange({ ...refresh, scope: 'user:profile user:developer' })
    expect((await lastRefusal(emulator)).why).toBe(
      'Not granted: user:developer. Leave scope out to keep the granted scopes.',
    )
    await exchange({ ...refresh, scope: 'user:profile,user:inference' })
    expect((await lastRefusal(emulator)).why).toBe('The scopes are separated by ,. Separate them by spaces.')
  })

  it('says nothing about values that have nothing in common', async () => {
    const { body } = await approve(emulator)
    await exchange({ ...body, state: `!${generateState()}` })
    expect((await lastRefusal(emulator)).why).toBe('')
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
  ])('%s gets a response with the right address', async (path, why) => {
    await fetch(emulator.url + path)
    expect((await lastRefusal(emulator)).why).toBe(why)
  })

  it('is explained when it belongs to the other origin', async () => {
    await emulator.close()
    emulator = await startEmulator({ separateApiOrigin: true })
    await fetch(emulator.endpoints.token.replace(emulator.apiUrl, emulator.url))
    expect((await lastRefusal(emulator)).why).toBe(
      'The token endpoint is POST /v1/oauth/token. It is on the other origin of this emulator.',
    )
  })

  it('is explained when only the method is wrong', async () => {
    await fetch(emulator.endpoints.token)
    expect(await lastRefusal(emulator)).toMatchObject({
      reason: 'Method Not Allowed',
      why: 'Send POST, not GET.',
    })
  })
})
