import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import { type AuthorizationResponse, parseAuthorizationResponse } from './authorization-response.ts'

const STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW6'
const CODE = 'h8Wm2QzR-7tYp_0LkXc5'
const OTHER_STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW7'
const RESPONSE = { code: CODE, state: STATE }
const QUERY = `code=${CODE}&state=${STATE}`
const LOGIN_LINK =
  `https://claude.ai/oauth/authorize?code=true&client_id=an-id&response_type=code&code_challenge=abc` +
  `&code_challenge_method=S256&state=${STATE}`

type Input = Parameters<typeof parseAuthorizationResponse>[0]

function parse(input: Input, requireState?: boolean) {
  return parseAuthorizationResponse(input, { state: STATE }, { requireState })
}

function failure(input: unknown, requireState?: boolean): AnthropicAuthError {
  try {
    parse(input as Input, requireState)
  } catch (error) {
    if (isAnthropicAuthError(error)) return error
    throw error
  }
  throw new Error('The input was accepted')
}

/** The reason of a response that can't be read, or else the code of the error. */
function refusalOf(input: unknown, requireState?: boolean): string {
  const { code, reason } = failure(input, requireState)
  return code === 'invalid_authorization_response' ? String(reason) : code
}

describe('parseAuthorizationResponse()', () => {
  describe('accepts', () => {
    it.each([
      ['code#state', `${CODE}#${STATE}`],
      ['a loopback URL', `http://localhost:54545/callback?${QUERY}`],
      ['an https URL of any host, as behind a TLS proxy', `https://dev.example.com/callback?${QUERY}`],
      ['a URL whose scheme is in capitals', `HTTPS://LOCALHOST/callback?${QUERY}`],
      ['a URL that an address bar shows without its scheme', `localhost:54545/callback?${QUERY}`],
      ['a URL with an address and no scheme', `127.0.0.1:54545/callback?${QUERY}`],
      ['a URL with a fragment', `http://localhost/callback?${QUERY}#_=_`],
      ['a URL whose fragment looks like a response', `http://localhost/callback?${QUERY}#code=x&state=y`],
      ['a path with a query', `/callback?${QUERY}`],
      ['a path with an equals sign', `/a=b/callback?${QUERY}`],
      ['a query with a question mark', `?${QUERY}`],
      ['a query without one', QUERY],
      ['a query with its members the other way round', `state=${STATE}&code=${CODE}`],
      ['unknown parameters', `?iss=https%3A%2F%2Fclaude.ai&${QUERY}&scope=a%20b&scope=c&x=%00`],
      ['a query that begins with an unknown parameter', `scope=a?b&${QUERY}`],
      ['percent-encoded members', `?code=h8Wm2QzR%2D7tYp%5F0LkXc5&state=${STATE}`],
      ['an empty error', `?${QUERY}&error=`],
      ['%23 in place of #', `${CODE}%23${STATE}`],
    ])('%s', (_shape, text) => {
      expect(parse(text)).toEqual(RESPONSE)
    })

    it('a URL, URLSearchParams and { code, state }', () => {
      expect(parse(new URL(`http://localhost:54545/callback?${QUERY}#code=x`))).toEqual(RESPONSE)
      expect(parse(new URL(`https://dev.example.com/?${QUERY}`))).toEqual(RESPONSE)
      expect(parse(new URLSearchParams(QUERY))).toEqual(RESPONSE)
      expect(parse({ code: CODE, state: STATE })).toEqual(RESPONSE)
      expect(parse({ ...RESPONSE, iss: 'x' } as Input)).toEqual(RESPONSE)
    })

    it('all of visible ASCII in a code, except quotes, backtick, < and >', () => {
      const code = '!$%()*+,-./0:;=?@AZ[\\]^_az{|}~&'
      expect(parse({ code, state: STATE })).toEqual({ code, state: STATE })
      expect(parse(`?code=${encodeURIComponent(code)}&state=${STATE}`)).toEqual({ code, state: STATE })
    })

    it('8,192 characters', () => {
      const code = 'c'.repeat(8192 - 1 - STATE.length)
      expect(parse(`${code}#${STATE}`)).toEqual({ code, state: STATE })
      expect(parse(`${CODE}#${STATE}`.padEnd(8192))).toEqual(RESPONSE)
    })

    it('keeps a %23 that stands beside a #, and what was encoded twice', () => {
      expect(parse(`a%23b#${STATE}`).code).toBe('a%23b')
      expect(parse(`?code=a%2523b&state=${STATE}`).code).toBe('a%23b')
      expect(refusalOf(`${CODE}%2523${STATE}`)).toBe('missing_state')
    })
  })

  describe('trims', () => {
    it.each([
      ['whitespace', ` \t\r\n\u00A0\u3000\u2028${CODE}#${STATE}\v\f \n`],
      ['zero-width characters', `\u200B\u200C\u200D\u2060${CODE}#${STATE}\u2064\u180E`],
      ['a BOM', `\uFEFF${CODE}#${STATE}\uFEFF`],
      ['marks of writing direction', `\u200E\u202A\u2066\u061C${CODE}#${STATE}\u2069\u202C\u200F`],
      ['bracketed-paste markers', `\u001B[200~${CODE}#${STATE}\u001B[201~`],
      ['all of them by turns', ` \u001B[200~\u200B \uFEFF${CODE}#${STATE} \u200B\u001B[201~\n\u001B[201~ `],
      ['"…"', `"${CODE}#${STATE}"`],
      ["'…'", `'${CODE}#${STATE}'`],
      ['`…`', `\`${CODE}#${STATE}\``],
      ['<…>', `<http://localhost/callback?${QUERY}>`],
      ['“…”', `“${CODE}#${STATE}”`],
      ['‘…’', `‘${CODE}#${STATE}’`],
      ['what stands around and inside quotes', ` \u001B[200~" \u200B${CODE}#${STATE}\n "\u001B[201~\n`],
    ])('%s', (_what, text) => {
      expect(parse(text)).toEqual(RESPONSE)
    })

    it.each([
      ['a second pair of quotes', `""${CODE}#${STATE}""`],
      ['a pair of quotes inside another', `"'${CODE}#${STATE}'"`],
      ['quotes that do not match', `"${CODE}#${STATE}'`],
      ['curly quotes the wrong way round', `”${CODE}#${STATE}“`],
      ['an opening quote alone', `"${CODE}#${STATE}`],
      ['a quote and nothing else', '"'],
      ['a closing quote alone', `${CODE}#${STATE}"`],
      ['a NUL at the end', `${CODE}#${STATE}\0`],
    ])('no more: %s', (_what, text) => {
      expect(refusalOf(text)).toBe('characters')
    })
  })

  describe('refuses', () => {
    it.each(['', ' ', '\n\t\r', '\u200B\uFEFF\u2060', '""', '“ \u200B ”', '\u001B[200~\u001B[201~'])(
      'an empty text: %j',
      (text) => {
        expect(refusalOf(text)).toBe('empty')
        expect(refusalOf(text, false)).toBe('empty')
      },
    )

    it('more than 8,192 characters, before all else', () => {
      expect(refusalOf(`${CODE}#${STATE}`.padEnd(8193))).toBe('too_long')
      expect(refusalOf(' '.repeat(8193))).toBe('too_long')
      expect(refusalOf('{'.repeat(8193))).toBe('too_long')
      expect(refusalOf('\0'.repeat(8193))).toBe('too_long')
      expect(refusalOf(new URLSearchParams(`${QUERY}&x=${'\0'.repeat(8192)}`))).toBe('too_long')
      expect(refusalOf(new URL(`ftp://localhost/?${QUERY}&x=${'x'.repeat(8192)}`))).toBe('too_long')
      expect(refusalOf({ code: '\0'.repeat(8192), state: STATE })).toBe('too_long')
    })

    it.each([
      ['a space', 'ab cd'],
      ['a tab', 'ab\tcd'],
      ['a NUL', 'ab\0cd'],
      ['a DEL', 'ab\u007Fcd'],
      ['a no-break space', 'ab\u00A0cd'],
      ['a zero-width space', 'ab\u200Bcd'],
      ['a Cyrillic look-alike', 'ab\u0441d'],
      ['an accent', 'abéd'],
      ['U+FFFD', 'ab\uFFFDcd'],
      ['half a surrogate pair', 'ab\uD800cd'],
      ['an emoji', 'ab🔑cd'],
      ['a double quote', 'ab"cd'],
      ['a single quote', "ab'cd"],
      ['a backtick', 'ab`cd'],
      ['a less-than sign', 'ab<cd'],
      ['a greater-than sign', 'ab>cd'],
    ])('%s in a code or a state, in every shape', (_what, odd) => {
      const encoded = encodeURIComponent(odd.replace('\uD800', '\uFFFD'))
      expect(refusalOf(`${odd}#${STATE}`)).toBe('characters')
      expect(refusalOf(`${CODE}#${odd}`)).toBe('characters')
      expect(refusalOf(odd, false)).toBe('characters')
      expect(refusalOf(`?code=${odd}&state=${STATE}`)).toBe('characters')
      expect(refusalOf(`http://localhost/?code=${encoded}&state=${STATE}`)).toBe('characters')
      expect(refusalOf(`http://localhost/?code=${CODE}&state=${encoded}`)).toBe('characters')
      expect(refusalOf(new URL(`http://localhost/?code=${encoded}&state=${STATE}`))).toBe('characters')
      expect(refusalOf(new URLSearchParams({ code: odd, state: STATE }))).toBe('characters')
      expect(refusalOf(new URLSearchParams({ code: CODE, state: odd }))).toBe('characters')
      expect(refusalOf({ code: odd, state: STATE })).toBe('characters')
      expect(refusalOf({ code: CODE, state: odd })).toBe('characters')
    })

    it('bytes that are no UTF-8 and a plus sign that means a space', () => {
      expect(refusalOf(`?code=ab%FFcd&state=${STATE}`)).toBe('characters')
      expect(refusalOf(`?code=ab+cd&state=${STATE}`)).toBe('characters')
    })

    it.each([
      ['two # signs', `a#b#${STATE}`],
      ['two # signs at the end', `${CODE}#${STATE}##`],
      ['two %23', `a%23b%23${STATE}`],
      ['two lines', `${CODE}#${STATE}\nother#${STATE}`],
      ['two equal lines', `${CODE}#${STATE}\r\n${CODE}#${STATE}`],
      ['two lines, one indented', `${CODE}#${STATE} \n\n   other#${OTHER_STATE}`],
      ['two lines with %23', `${CODE}%23${STATE}\nother%23${STATE}`],
      ['two URLs', `http://localhost/?${QUERY}\nhttp://localhost/?code=other&state=${STATE}`],
      ['two queries', `${QUERY}\n${QUERY}`],
      ['a pasted code and a URL', `${CODE}#${STATE}\nhttp://localhost/?${QUERY}`],
      ['a response and an error', `http://localhost/?${QUERY}\n?error=access_denied&state=${STATE}`],
    ])('two responses: %s', (_what, text) => {
      expect(refusalOf(text)).toBe('two_answers')
      expect(refusalOf(text, false)).toBe('two_answers')
    })

    it.each([
      ['the code twice', `code=other&${QUERY}`],
      ['the same code twice', `code=${CODE}&${QUERY}`],
      ['the state twice', `${QUERY}&state=${OTHER_STATE}`],
      ['the same state twice', `${QUERY}&state=${STATE}`],
      ['an empty one beside', `${QUERY}&state=`],
      ['the state twice beside an error', `error=access_denied&state=${STATE}&state=${STATE}`],
    ])('%s', (_what, query) => {
      expect(refusalOf(query)).toBe('repeated_parameter')
      expect(refusalOf(`http://localhost/callback?${query}`)).toBe('repeated_parameter')
      expect(refusalOf(new URL(`http://localhost/callback?${query}`))).toBe('repeated_parameter')
      expect(refusalOf(new URLSearchParams(query))).toBe('repeated_parameter')
    })

    it.each([
      ['a # before nothing but the state', `#${STATE}`],
      ['%23 before nothing but the state', `%23${STATE}`],
      ['the state alone', STATE],
      ['a URL without a query', 'http://localhost:54545/callback'],
      ['a URL with a response in its fragment', `https://localhost/callback#${QUERY}`],
      ['a fragment alone', `#${QUERY}`],
      [
        'the URL of the code page with its fragment',
        `https://platform.claude.com/oauth/code/callback#${STATE}`,
      ],
      ['a URL with neither code nor state nor error', 'http://localhost/callback?iss=x'],
      ['a URL whose question mark is lost', `http://localhost/callback&${QUERY}`],
      ['a URL that can not be parsed', 'http://'],
      ['a host and a port', 'localhost:54545/callback'],
      ['a path', '/callback'],
      ['a question mark', '?'],
      ['a query with an empty code', `?code=&state=${STATE}`],
      ['a query with a state alone', `state=${STATE}`],
      ['an empty error', `?error=&state=${STATE}`],
      ['empty URLSearchParams', new URLSearchParams()],
      ['a URL object without a query', new URL('http://localhost/callback')],
      ['an empty code member', { code: '', state: STATE }],
    ])('a missing code: %s', (_what, input) => {
      expect(refusalOf(input)).toBe('missing_code')
      expect(refusalOf(input, false)).toBe('missing_code')
    })

    it.each([
      ['a # after the code', `${CODE}#`],
      ['%23 after the code', `${CODE}%23`],
      ['a # alone', '#'],
      ['a query with a code alone', `code=${CODE}`],
      ['a query with code#state as its code', `code=${CODE}#${STATE}`],
      ['a URL with a code alone', `https://localhost/callback?code=${CODE}`],
      ['a URL with an empty state', `https://localhost/callback?code=${CODE}&state=`],
      ['a path with a code alone', `/callback?code=${CODE}`],
      ['an error without a state', '?error=access_denied'],
      ['an error alone', 'error=access_denied'],
      ['a URL object with a code alone', new URL(`https://localhost/callback?code=${CODE}`)],
      ['URLSearchParams with a code alone', new URLSearchParams({ code: CODE })],
      ['URLSearchParams with an error alone', new URLSearchParams({ error: 'server_error' })],
      ['an empty state member', { code: CODE, state: '' }],
    ])('a missing state, whatever requireState says: %s', (_what, input) => {
      expect(refusalOf(input)).toBe('missing_state')
      expect(refusalOf(input, false)).toBe('missing_state')
    })

    it.each([
      ['whole', LOGIN_LINK],
      ['as a URL', new URL(LOGIN_LINK)],
      ['as a query', new URL(LOGIN_LINK).search],
      ['as URLSearchParams', new URL(LOGIN_LINK).searchParams],
      ['of another login', LOGIN_LINK.replace(STATE, OTHER_STATE)],
      ['without code=true', LOGIN_LINK.replace('code=true&', '')],
      ['without PKCE', 'https://claude.ai/oauth/authorize?response_type=code'],
      ['that lost its response type', 'https://claude.ai/oauth/authorize?code=true&code_challenge=abc'],
      ['wrapped by a terminal', LOGIN_LINK.replace('&client_id', '\n&client_id')],
    ])('the login link itself, before its state is looked at: %s', (_what, input) => {
      expect(refusalOf(input)).toBe('authorization_url')
      expect(refusalOf(input, false)).toBe('authorization_url')
    })

    it.each([
      ['api_key', 'sk-ant-api03-c2VjcmV0LWNhbmFyeQ'],
      ['api_key', '"SK-ANT-oat01-c2VjcmV0LWNhbmFyeQ"'],
      ['api_key', `sk-ant-oat01-c2VjcmV0#${STATE}`],
      ['json', '{"code":"abc","state":"def"}'],
      ['json', `{\n  "code": "a#b",\n  "state": "c#d"\n}`],
      ['json', '["abc"]'],
      ['scheme', `ftp://localhost/callback?${QUERY}`],
      ['scheme', `com.example.app:/callback?${QUERY}`],
      ['scheme', `vscode://an.extension/callback?${QUERY}`],
      ['scheme', 'file:///etc/passwd'],
      ['scheme', `javascript:alert(1)//?${QUERY}`],
      ['scheme', `JavaScript:"?${QUERY}"`],
      ['scheme', `data:text/html,?${QUERY}`],
      ['scheme', 'mailto:someone@example.com'],
      ['scheme', `Code: ${CODE}#${STATE}`],
      ['scheme', new URL(`ftp://localhost/callback?${QUERY}`)],
      ['scheme', new URL(`localhost:54545/callback?${QUERY}`)],
      ['scheme', new URL(`javascript:alert(1)?${QUERY}`)],
      ['userinfo', `https://claude.ai@evil.example/callback?${QUERY}`],
      ['userinfo', `http://user:password@localhost/callback?${QUERY}`],
      ['userinfo', `http:\\\\user@localhost/callback?${QUERY}`],
      ['userinfo', `https:user@localhost/callback?${QUERY}`],
      ['userinfo', new URL(`https://user@localhost/callback?${QUERY}`)],
      ['userinfo', new URL(`https://:password@localhost/callback?${QUERY}`)],
      ['email_code', '123456'],
      ['email_code', ' "000000"\n'],
    ])('%s: %s', (reason, input) => {
      expect(refusalOf(input)).toBe(reason)
      expect(refusalOf(input, false)).toBe(reason)
    })

    it("an @ after the host doesn't mark a user name", () => {
      expect(parse(`http://localhost/@me?${QUERY}`)).toEqual(RESPONSE)
      expect(parse(`http://localhost/?login_hint=me@example.com&${QUERY}`)).toEqual(RESPONSE)
    })

    it('five and seven digits are not the code of an e-mail', () => {
      expect(parse('12345', false).code).toBe('12345')
      expect(parse('1234567', false).code).toBe('1234567')
    })
  })

  describe('with only the code', () => {
    it('refuses it by default', () => {
      expect(refusalOf(CODE)).toBe('missing_state')
      expect(refusalOf(CODE, true)).toBe('missing_state')
      expect(() => parseAuthorizationResponse(CODE, { state: STATE })).toThrow('has no state')
    })

    it('returns the state of the flow when requireState is false', () => {
      expect(parse(CODE, false)).toEqual(RESPONSE)
      expect(parse(` "${CODE}" `, false)).toEqual(RESPONSE)
    })

    it('still compares a state that was given', () => {
      expect(refusalOf(`${CODE}#${OTHER_STATE}`, false)).toBe('state_mismatch')
      expect(refusalOf(`${CODE}%23${OTHER_STATE}`, false)).toBe('state_mismatch')
      expect(refusalOf({ code: CODE, state: OTHER_STATE }, false)).toBe('state_mismatch')
    })
  })

  describe('with line breaks inside', () => {
    it.each([
      ['in the code', `h8Wm2QzR\n-7tYp_0LkXc5#${STATE}`],
      ['in the state', `${CODE}#${STATE.slice(0, 9)}\n${STATE.slice(9)}`],
      ['beside the #', `${CODE}\r\n#\r${STATE}`],
      ['many', `${CODE}#${STATE}`.split('').join('\n')],
      ['in quotes', `"${CODE}#\n${STATE}"`],
      ['in a %23', `${CODE}%2\n3${STATE}`],
      ['with indentation', `h8Wm2QzR\n  -7tYp_0LkXc5#${STATE.slice(0, 9)}\n\t${STATE.slice(9)}`],
      ['with trailing spaces', `h8Wm2QzR  \n-7tYp_0LkXc5#${STATE.slice(0, 9)} \n${STATE.slice(9)}`],
      ['with zero-width characters', `h8Wm2QzR\u200B\n\u2060-7tYp_0LkXc5\uFEFF\r\n\u200D#${STATE}`],
      ['with soft hyphens', `h8Wm2QzR\u00AD\n-7tYp_0LkXc5#${STATE}`],
      ['with blank lines', `h8Wm2QzR\r\n \r\n-7tYp_0LkXc5#${STATE}`],
      ['of other kinds', `h8Wm2QzR\u2028-7tYp\u2029_0Lk\u0085Xc5\v#\f${STATE}`],
      ['with paste markers', `\u001B[200~h8Wm2QzR\u001B[201~\n\u001B[200~-7tYp_0LkXc5#${STATE}\u001B[201~`],
      ['in a URL', `http://localhost/call\n  back?${QUERY}`],
      ['in a URL without its scheme', `localhost:54545/call\nback?${QUERY}`],
      ['in a path', `/callback?code=${CODE}\n&state=${STATE}`],
      ['in a query', `?code=${CODE}&\nstate=${STATE}`],
      ['in the code of a query', `?code=h8Wm2QzR \n  -7tYp_0LkXc5&state=${STATE}`],
      ['in a percent-encoded character', `?code=h8Wm2QzR%2\nD7tYp_0LkXc5&state=${STATE}`],
      ['in a parameter that is unknown', `?${QUERY}&iss=a\nb`],
    ])('removes them when the state is right: %s', (_where, text) => {
      expect(parse(text)).toEqual(RESPONSE)
      expect(parse(text, false)).toEqual(RESPONSE)
    })

    it.each([
      ['when the state is another', `h8Wm2QzR\n-7tYp_0LkXc5#${OTHER_STATE}`],
      ['when the state is followed by more', `${CODE}#${STATE}\nDone.`],
      ['when the state is missing', 'h8Wm2QzR\n-7tYp_0LkXc5#'],
      ['in a code alone', 'h8Wm2QzR\n-7tYp_0LkXc5'],
      ['in a line with a space', `h8Wm 2QzR\n-7tYp_0LkXc5#${STATE}`],
      ['after a zero-width space within a line', `h8Wm\u200B2QzR\n-7tYp_0LkXc5#${STATE}`],
      ['after other words', `Here it is:\n${CODE}#${STATE}`],
      ['in the URL of another login', `http://localhost/call\nback?code=${CODE}&state=${OTHER_STATE}`],
      ['in a URL that is followed by more', `http://localhost/callback?${QUERY}\nDone.`],
      ['in a URL without a state', `http://localhost/callback?code=h8Wm2QzR\n-7tYp_0LkXc5`],
    ])('refuses them %s', (_where, text) => {
      expect(refusalOf(text)).toBe('characters')
      expect(refusalOf(text, false)).toBe('characters')
    })
  })

  describe('with the redirect URI of a flow', () => {
    const read = (input: Input, redirectUri: string): AuthorizationResponse =>
      parseAuthorizationResponse(input, { state: STATE, redirectUri })

    it.each([
      ['com.example.app:/callback', 'com.example.app:/callback'],
      ['com.example.app:callback', 'com.example.app:callback'],
      ['com.example.app:///callback', 'com.example.app:///callback'],
      ['vscode://publisher.extension/callback', 'vscode://publisher.extension/callback'],
      ['vscode://publisher.extension', 'vscode://publisher.extension'],
      ['myapp://', 'myapp://'],
      ['myapp:a=b/c', 'myapp:a=b/c'],
      ['x+y-z.1:/callback', 'x+y-z.1:/callback'],
      // The case of the scheme and the host doesn't matter, and operating systems add a slash.
      ['Com.Example.App:/callback', 'com.example.app:/callback'],
      ['vscode://Publisher.Extension/callback', 'VSCODE://publisher.extension/callback'],
      ['vscode://publisher.extension', 'vscode://publisher.extension/'],
      ['myapp://host:8080/callback', 'myapp://host:8080/callback'],
    ])('%s: takes a response that comes back at %s', (redirectUri, base) => {
      const url = `${base}?${QUERY}`
      for (const input of [
        url,
        `"${url}"\n`,
        `${url}#`,
        `${url}#_=_`,
        url.replace('&', '\n  &'),
        new URL(url),
      ]) {
        expect(read(input, redirectUri)).toEqual(RESPONSE)
      }
      for (const input of [`?${QUERY}`, QUERY, `${CODE}#${STATE}`, new URL(url).searchParams, RESPONSE]) {
        expect(read(input, redirectUri)).toEqual(RESPONSE)
      }
      expect(() => read(`${base}?error=access_denied&state=${STATE}`, redirectUri)).toThrow(
        expect.objectContaining({ code: 'authorization_denied' }),
      )
      expect(() => read(`${base}?code=${CODE}`, redirectUri)).toThrow(
        expect.objectContaining({ reason: 'missing_state' }),
      )
      expect(() => read(base, redirectUri)).toThrow(expect.objectContaining({ reason: 'missing_code' }))
      expect(() => read(`${base}?code=${CODE}&state=${OTHER_STATE}`, redirectUri)).toThrow(
        expect.objectContaining({ code: 'state_mismatch' }),
      )
    })

    it('takes a redirect URI with a query of its own', () => {
      const redirectUri = 'com.example.app:/callback?tenant=1'
      expect(read(`${redirectUri}&${QUERY}`, redirectUri)).toEqual(RESPONSE)
      expect(read(new URL(`${redirectUri}&${QUERY}`), redirectUri)).toEqual(RESPONSE)
    })

    it.each([
      ['com.example.app:/callback', 'com.example.other:/callback'],
      ['com.example.app:/callback', 'com.example.app:/Callback'],
      ['com.example.app:/callback', 'com.example.app:/callback2'],
      ['com.example.app:/callback', 'com.example.app:/callback/more'],
      ['com.example.app:/callback', 'com.example.app:callback'],
      ['com.example.app:/callback', 'com.example.app://callback'],
      ['com.example.app:/callback', 'com.example.app:'],
      ['vscode://publisher.extension/callback', 'vscode://publisher.other/callback'],
      ['vscode://publisher.extension/callback', 'vscode://user@publisher.extension/callback'],
      ['myapp://host:8080/callback', 'myapp://host/callback'],
      ['http://localhost/callback', 'localhost:/callback'],
      ['https://app.example/callback', 'javascript:/callback'],
    ])('%s: refuses a response at %s', (redirectUri, base) => {
      for (const input of [`${base}?${QUERY}`, new URL(`${base}?${QUERY}`)]) {
        expect(() => read(input, redirectUri)).toThrow(expect.objectContaining({ reason: 'scheme' }))
      }
    })

    it('takes a response at another host if its scheme is http or https, as before', () => {
      const redirectUri = 'http://localhost:54545/callback'
      expect(read(`https://dev.example.com/callback?${QUERY}`, redirectUri)).toEqual(RESPONSE)
    })
  })

  describe('compares the state', () => {
    it.each([
      ['of the same length', OTHER_STATE],
      ['that is a part', STATE.slice(0, -1)],
      ['that is longer', `${STATE}x`],
      ['in another case', STATE.toLowerCase()],
      ['of one character', 'x'],
    ])('and refuses a state %s, in every shape', (_what, state) => {
      expect(refusalOf(`${CODE}#${state}`)).toBe('state_mismatch')
      expect(refusalOf(`${CODE}%23${state}`)).toBe('state_mismatch')
      expect(refusalOf(`?code=${CODE}&state=${state}`)).toBe('state_mismatch')
      expect(refusalOf(`http://localhost/callback?code=${CODE}&state=${state}`)).toBe('state_mismatch')
      expect(refusalOf(new URL(`http://localhost/callback?code=${CODE}&state=${state}`))).toBe(
        'state_mismatch',
      )
      expect(refusalOf(new URLSearchParams({ code: CODE, state }))).toBe('state_mismatch')
      expect(refusalOf({ code: CODE, state })).toBe('state_mismatch')
    })

    it('before an error is believed', () => {
      expect(refusalOf(`error=access_denied&state=wrong`)).toBe('state_mismatch')
      expect(refusalOf(`error=server_error&state=${OTHER_STATE}`)).toBe('state_mismatch')
    })

    it('before the code is looked for', () => {
      expect(refusalOf(`#${OTHER_STATE}`)).toBe('state_mismatch')
      expect(refusalOf(`?code=&state=${OTHER_STATE}`)).toBe('state_mismatch')
      expect(refusalOf(`?state=${OTHER_STATE}`)).toBe('state_mismatch')
      expect(refusalOf({ code: '', state: OTHER_STATE })).toBe('state_mismatch')
    })
  })

  it('checks characters before duplicates, and duplicates before the state', () => {
    expect(refusalOf(`?code=a%00&code=b&state=${STATE}`)).toBe('characters')
    expect(refusalOf(`?code=a&code=b&state=${OTHER_STATE}`)).toBe('repeated_parameter')
    expect(refusalOf(`?code=a&code=b`)).toBe('repeated_parameter')
    expect(refusalOf(`?error=access_denied&state=%00`)).toBe('characters')
    expect(refusalOf(`a\0#b#${STATE}`)).toBe('characters')
  })

  describe('with an error response', () => {
    it('distinguishes a denial from other errors', () => {
      expect(failure(`?error=access_denied&error_description=Not%20today&state=${STATE}`)).toMatchObject({
        code: 'authorization_denied',
        error: 'access_denied',
        errorDescription: 'Not today',
        message: 'The authorization server denied access',
      })
      expect(failure(`?error=server_error&error_description=Out+of+order&state=${STATE}`)).toMatchObject({
        code: 'oauth_error',
        error: 'server_error',
        errorDescription: 'Out of order',
        message: 'The authorization server responded with an error',
      })
    })

    it.each([
      ['a URL text', `http://localhost/callback?error=access_denied&state=${STATE}`],
      ['a URL', new URL(`http://localhost/callback?error=access_denied&state=${STATE}`)],
      ['URLSearchParams', new URLSearchParams({ error: 'access_denied', state: STATE })],
      ['one that has a code as well', `?${QUERY}&error=access_denied`],
    ])('reads %s', (_shape, input) => {
      expect(refusalOf(input)).toBe('authorization_denied')
    })

    it('has no description when the server sends none', () => {
      expect(Object.keys(failure(`?error=server_error&state=${STATE}`))).not.toContain('errorDescription')
    })

    const HOLD = { error: 'access_denied', error_description: 'account_on_hold', state: STATE }
    const HOLD_URI = 'https://claude.ai/restricted?reason=hold'

    it.each([
      ['a query', `?${new URLSearchParams({ ...HOLD, error_uri: HOLD_URI })}`],
      ['a URL text', `http://localhost/callback?${new URLSearchParams({ ...HOLD, error_uri: HOLD_URI })}`],
      ['URLSearchParams', new URLSearchParams({ ...HOLD, error_uri: HOLD_URI })],
      [
        'another error with the description',
        new URLSearchParams({ ...HOLD, error: 'invalid_grant', error_uri: HOLD_URI }),
      ],
      [
        'the error itself',
        new URLSearchParams({ error: 'account_on_hold', error_uri: HOLD_URI, state: STATE }),
      ],
      ['an error with a code as well', new URLSearchParams({ ...HOLD, error_uri: HOLD_URI, code: CODE })],
    ])('distinguishes an account on hold from a denial: %s', (_shape, input) => {
      expect(failure(input)).toMatchObject({
        code: 'account_on_hold',
        errorUri: 'https://claude.ai/restricted?reason=hold',
        message: 'This account is on hold',
        retryable: true,
      })
    })

    it('recognizes an account on hold without a link', () => {
      const error = failure(new URLSearchParams(HOLD))
      expect(error).toMatchObject({ code: 'account_on_hold', error: 'access_denied' })
      expect(error).not.toHaveProperty('errorUri')
    })

    it('ignores an account on hold when the state is missing or wrong', () => {
      for (const state of [OTHER_STATE, '']) {
        const input = new URLSearchParams({ ...HOLD, error_uri: HOLD_URI, state })
        expect(refusalOf(input)).toBe(state === '' ? 'missing_state' : 'state_mismatch')
      }
    })

    it('keeps the link of any error if it is https and contains neither the state nor the code', () => {
      const uri = 'https://docs.example/errors#server_error'
      for (const error of ['server_error', 'access_denied']) {
        expect(failure(new URLSearchParams({ error, error_uri: uri, state: STATE })).errorUri).toBe(uri)
      }
      const hidden = Array.from(STATE, (character) => `%${character.charCodeAt(0).toString(16)}`).join('')
      for (const other of [
        'http://docs.example/',
        'docs.example',
        'https://docs.example/\u202E',
        `https://evil.example/?${STATE}`,
        `https://evil.example/?${STATE.slice(-8)}`,
        `https://evil.example/?${CODE}`,
        `https://evil.example/?${hidden}`,
      ]) {
        const input = new URLSearchParams({ ...RESPONSE, error: 'server_error', error_uri: other })
        expect(failure(input)).not.toHaveProperty('errorUri')
      }
    })

    it('strips control and bidi characters and keeps 500 characters', () => {
      const error = failure(
        new URLSearchParams({
          error: 'bad\u0000\u001B_thing',
          error_description: `a\u202Eb\u2066c${'d'.repeat(900)}`,
          state: STATE,
        }),
      )
      expect(error.error).toBe('bad_thing')
      expect(error.errorDescription).toBe(`abc${'d'.repeat(497)}`)
    })

    it('redacts state, code and keys out of it', () => {
      const said = `no ${STATE} no ${CODE} no sk-ant-api03-c2VjcmV0LWNhbmFyeQ no`
      const error = failure(`?${new URLSearchParams({ ...RESPONSE, error: said, error_description: said })}`)
      for (const text of [error.error, error.errorDescription]) {
        expect(text).not.toContain(STATE.slice(0, 8))
        expect(text).not.toContain(CODE.slice(-8))
        expect(text).not.toContain('c2VjcmV0')
        expect(text).toMatch(/^no .* no .* no .* no$/)
      }
    })
  })

  describe('throws a TypeError', () => {
    it.each([
      undefined,
      null,
      0,
      true,
      Symbol('response'),
      () => CODE,
      {},
      [],
      [CODE, STATE],
      new String(`${CODE}#${STATE}`),
      { code: CODE },
      { state: STATE },
      { code: [CODE], state: STATE },
      { code: CODE, state: [STATE, STATE] },
      { code: CODE, state: null },
      { code: new String(CODE), state: STATE },
    ])('for an input of no accepted type: %o', (input) => {
      expect(() => parse(input as never)).toThrow(TypeError)
      expect(() => parse(input as never)).toThrow(/^The authorization response must be a string, a URL, /)
    })

    it.each([undefined, null, '', 0, [], {}])('for an expected state that is %j', (state) => {
      for (const input of [`${CODE}#${STATE}`, `${CODE}#`, { code: CODE, state: '' }]) {
        expect(() =>
          parseAuthorizationResponse(input, { state: state as string }, { requireState: false }),
        ).toThrow(new TypeError('expected.state must be a non-empty string'))
      }
    })
  })
})

const TEXTS: Readonly<Record<string, string>> = {
  empty: 'The authorization response is empty',
  too_long: 'The authorization response is longer than 8,192 characters',
  characters:
    "The authorization response contains a space, a line break or another character that can't be part of a code or state",
  two_answers: 'There is more than one authorization response',
  repeated_parameter: 'The authorization response contains the code or the state twice',
  missing_code: 'The authorization response has no code',
  missing_state: 'The authorization response has no state',
  authorization_url: 'This is the link that starts the login, not the authorization response',
  api_key: 'This is an API key or a token, not the authorization response',
  json: 'This is JSON, not the authorization response',
  scheme: 'The authorization response is a link with the wrong scheme',
  userinfo: 'The authorization response is a link that contains a user name or password',
  email_code: 'These six digits are the code from a login e-mail, not the authorization response',
  state_mismatch: "The state in the authorization response doesn't match this login",
  authorization_denied: 'The authorization server denied access',
  account_on_hold: 'This account is on hold',
  oauth_error: 'The authorization server responded with an error',
}

describe('the errors of parseAuthorizationResponse()', () => {
  // These texts are unique, and no fixed text contains them.
  const canary = 'Xq9_wJ2kVz8'

  const inputs: Readonly<Record<string, unknown>> = {
    empty: ' ',
    too_long: canary.repeat(800),
    characters: `${canary} ${canary}#${STATE}`,
    two_answers: `${canary}#${canary}#${STATE}`,
    repeated_parameter: `code=${canary}&code=${canary}&state=${STATE}`,
    missing_code: `http://${canary}/${canary}?${canary}=${canary}`,
    missing_state: `code=${canary}`,
    authorization_url: `https://claude.ai/?code_challenge=${canary}&state=${STATE}`,
    api_key: `sk-ant-api03-${canary}`,
    json: `{"code":"${canary}","state":"${STATE}"}`,
    scheme: `${canary.replace('_', '.')}://x?code=${canary}`,
    userinfo: `https://${canary}:${canary}@localhost/?code=${canary}`,
    email_code: '938271',
    state_mismatch: `${canary}#${canary}${canary}`,
    authorization_denied: `?error=access_denied&error_description=${canary}&code=${canary}&state=${STATE}`,
    account_on_hold: `?error=${canary}&error_description=account_on_hold ${STATE}&error_uri=https://e.example/${canary}&code=${canary}&state=${STATE}`,
    oauth_error: `?error=${canary}&error_description=${STATE}&error_uri=https://e.example/?${STATE}&code=${canary}&state=${STATE}`,
  }

  const everyCase = Object.entries(inputs)

  afterEach(() => vi.restoreAllMocks())

  it.each(everyCase)('%s has a fixed message and a hint of its own words', (reason, input) => {
    const error = failure(input)
    expect(error.message).toBe(TEXTS[reason])
    expect(error.hint).toMatch(/^[A-Z].{10,}\.$/)
    expect(error.retryable).toBe(reason === 'account_on_hold')
    expect(error.cause).toBeUndefined()
  })

  it.each(everyCase)('%s shows no secret in any form', (_reason, input) => {
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => undefined),
    )
    const error = failure(input)
    const shown = `${error}\n${error.stack}\n${inspect(error, { depth: 20, showHidden: true })}\n${JSON.stringify(error)}`
    for (const secret of [canary, canary.replace('_', '.'), STATE, '938271']) {
      const shortest = Math.min(8, secret.length)
      for (const window of windowsOf(secret, shortest)) expect(shown).not.toContain(window)
    }
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })

  it('a TypeError shows no secret either', () => {
    let shown = ''
    try {
      parse({ code: canary, state: [STATE] } as never)
    } catch (error) {
      shown = inspect(error, { depth: 20, showHidden: true })
    }
    expect(shown).toContain('TypeError')
    expect(shown).not.toContain(canary)
    expect(shown).not.toContain(STATE)
  })
})

function windowsOf(text: string, length: number): string[] {
  return Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => text.slice(at, at + length))
}

const FRAGMENTS = [
  ['#', '%23', 'code=', '&code=', '&state=', '?', '&', '=', '/', 'error=', 'access_denied', '\n', '\r\n'],
  ['"', "'", '`', '<', '>', '“', '”', '\u200B', '\uFEFF', '\u001B[200~', '\u001B[201~', ' ', '\0', '\uD800'],
  ['http://', 'https://', 'localhost:1234/', 'mailto:', '@', '{', 'sk-ant-', '123456', '%00', '%FF'],
  [STATE, OTHER_STATE, CODE, `${CODE}#${STATE}`, QUERY, 'response_type=code', 'error_description='],
].flat()

/** Strings of all kinds, most of them similar to a response. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ unit: 'binary', maxLength: 12 })), {
      maxLength: 14,
    })
    .map((parts) => parts.join('')),
)

function outcomeOf(text: string, requireState: boolean): AuthorizationResponse | AnthropicAuthError {
  try {
    return parse(text, requireState)
  } catch (error) {
    if (isAnthropicAuthError(error)) return error
    throw error
  }
}

function isSound(outcome: AuthorizationResponse | AnthropicAuthError): boolean {
  if (isAnthropicAuthError(outcome)) return outcome.message === TEXTS[outcome.reason ?? outcome.code]
  return /^[\x21-\x7E]+$/.test(outcome.code) && !/["'`<>]/.test(outcome.code) && outcome.state === STATE
}

/** Everything that an error shows, except the server's own texts: the tests of redaction cover those. */
function shownBy(outcome: AuthorizationResponse | AnthropicAuthError): string {
  if (!isAnthropicAuthError(outcome)) return ''
  const { error: _error, errorDescription: _description, ...fields } = outcome
  const [stackHead] = String(outcome.stack).split('\n    at ')
  return `${outcome.message}\n${outcome.hint}\n${stackHead}\n${JSON.stringify(fields)}`
}

describe('any text given to parseAuthorizationResponse()', () => {
  it('gives a code of visible ASCII with the right state, or an AnthropicAuthError with a fixed text', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, requireState) => {
        expect(outcomeOf(text, requireState)).toSatisfy(isSound)
      }),
      { numRuns: 5000 },
    )
  })

  it('leaves no 8 consecutive characters of itself or of the state in an error', () => {
    const ownTexts = Object.keys(TEXTS)
      .map((reason) => shownBy(failureOf(reason)))
      .join('\n')
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, requireState) => {
        const shown = shownBy(outcomeOf(text, requireState))
        const windows = [...windowsOf(text, 8), ...windowsOf(STATE, 8)]
        expect(windows.filter((window) => shown.includes(window) && !ownTexts.includes(window))).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it.each(adversarialTexts())('of 8,192 characters takes no more than linear time: %s', (_what, text) => {
    expect(text.length).toBe(8192)
    const start = performance.now()
    outcomeOf(text, true)
    outcomeOf(text, false)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

/** The error of each reason, for a text that has nothing in common with the ones under test. */
function failureOf(reason: string): AnthropicAuthError {
  const texts: Readonly<Record<string, string>> = {
    empty: '',
    too_long: ' '.repeat(9000),
    characters: '~ ~',
    two_answers: '~#~#~',
    repeated_parameter: '?code=~&code=~',
    missing_code: '/',
    missing_state: '~',
    authorization_url: '?response_type=~',
    api_key: 'sk-ant-',
    json: '{',
    scheme: 'x:',
    userinfo: 'http:@',
    email_code: '000000',
    state_mismatch: '~#~',
    authorization_denied: `?error=access_denied&state=${STATE}`,
    account_on_hold: `?error=~&error_description=account_on_hold&state=${STATE}`,
    oauth_error: `?error=~&state=${STATE}`,
  }
  return failure(texts[reason])
}

function adversarialTexts(): [string, string][] {
  const fill = (unit: string, before = '', after = '') =>
    before + unit.repeat(8192).slice(0, 8192 - before.length - after.length) + after
  return [
    ['spaces before a last character', fill(' ', 'x', 'x')],
    ['spaces', fill(' ')],
    ['zero-width characters', fill('\u200B\uFEFF')],
    ['paste markers', fill('\u001B[200~')],
    ['halves of paste markers', fill('\u001B[200', 'x')],
    ['quotes', fill('"')],
    ['pairs of quotes', fill('<', '', '>'.repeat(4096))],
    ['# signs', fill('#')],
    ['%23', fill('%23')],
    ['percent signs', fill('%', '?code=')],
    ['letters', fill('a')],
    ['letters of a scheme', fill('a.', '', '@')],
    ['slashes of a URL', fill('/', 'http:')],
    ['backslashes of a URL', fill('\\/', 'https:')],
    ['a user name without its end', fill('a', 'http://')],
    ['line breaks', fill('\n', 'a', 'b')],
    ['lines', fill('a\n')],
    ['carriage returns', fill('\r\n', 'a', `#${STATE}`)],
    ['parameters', fill('&code=a&state=b')],
    ['nearly parameters', fill('&cod&stat&erro')],
    ['question marks', fill('?')],
    ['equals signs', fill('=')],
    ['encoded bytes', fill('%F0%9F', '?code=')],
    ['surrogates', fill('\uD800')],
    ['a long state', fill('a', 'x#')],
    ['a long link', fill('a', `?error=x&state=${STATE}&error_uri=https://e.example/`)],
    [
      'a link that is encoded again and again',
      fill('a', `?error=x&state=${STATE}&error_uri=https://e.example/${'%252525'.repeat(280)}&code=`),
    ],
    [
      'a link and a long code',
      fill('ab', `?error=x&state=${STATE}&error_uri=https://e.example/${'ba'.repeat(900)}&code=`),
    ],
    ['a long description', fill('%00', `?error=x&state=${STATE}&error_description=`)],
    [
      'a description that nearly repeats the code',
      fill('a', `?error=x&state=${STATE}&error_description=${'baaaaaaa'.repeat(256)}&code=`),
    ],
    [
      'a description that repeats the code',
      fill('ab', `?error=x&state=${STATE}&error_description=${'ab'.repeat(1024)}&code=`),
    ],
  ]
}
