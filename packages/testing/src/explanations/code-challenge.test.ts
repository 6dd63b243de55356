import { deriveCodeChallenge, generateCodeVerifier } from '@anthropic-auth/pkce'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { authorizationUrl, exchangeBody, postJson, startLogin } from '../../test/raw-login.ts'
import { approve, lastRefusal, type Refusal } from '../../test/refusal-on-page.ts'
import { startEmulator, type Emulator } from '../index.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await startEmulator({ clients: [{ id: 'other', redirectUris: ['http://localhost:5/cb'] }] })
})
afterEach(async () => emulator.close())

const exchange = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> =>
  postJson(emulator.endpoints.token, body, headers)

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
    const refusal = await lastRefusal(emulator)
    expect(refusal.reason).toBe("Invalid 'code_verifier' in request.")
    expect(refusal.why).toContain(why)
    expect(refusal.values.at(-1)).toBe(code_challenge)
  })

  it('is explained: the verifier of another login, and its state', async () => {
    const [first, second] = [await approve(emulator), await approve(emulator)]
    await exchange({ ...second.body, code_verifier: first.login.verifier })
    expect((await lastRefusal(emulator)).why).toBe(
      'This is the verifier of login 1: the program has mixed up two logins.',
    )
    const third = await approve(emulator)
    await exchange({ ...third.body, state: first.state })
    expect((await lastRefusal(emulator)).why).toBe(
      'This is the state of login 1: the program has mixed up two logins.',
    )
  })
})

describe('a wrong authorization request', () => {
  const VERIFIER = generateCodeVerifier()
  const open = async (changes: Readonly<Record<string, string>>): Promise<Refusal> => {
    await fetch(authorizationUrl(emulator, startLogin(emulator, changes).parameters))
    return lastRefusal(emulator)
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
    expect((await lastRefusal(emulator)).why).toBe(
      'The request has no client_id and redirect_uri. It has clientId: the right name is client_id.',
    )
  })

  it('names the parameter that was sent twice', async () => {
    const { parameters } = startLogin(emulator)
    await fetch(`${authorizationUrl(emulator, parameters)}&scope=user:profile`)
    expect((await lastRefusal(emulator)).why).toBe('Send scope once.')
  })
})
