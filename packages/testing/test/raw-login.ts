import { deriveCodeChallenge, generateCodeVerifier, generateState } from '@anthropic-auth/pkce'
import type { Emulator } from '../src/index.ts'

export const CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e'

/** The parameters of a valid authorization request, with the values for the exchange of its code. */
export interface Login {
  readonly verifier: string
  readonly parameters: Readonly<Record<string, string>>
}

export function startLogin(emulator: Emulator, changes: Readonly<Record<string, string>> = {}): Login {
  const verifier = generateCodeVerifier()
  const parameters = {
    code: 'true',
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: emulator.endpoints.codePage,
    scope: 'org:create_api_key user:profile user:inference',
    code_challenge: deriveCodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: generateState(),
    ...changes,
  }
  return { verifier, parameters }
}

export function authorizationUrl(emulator: Emulator, parameters: Readonly<Record<string, string>>): string {
  return `${emulator.endpoints.authorize.console}?${new URLSearchParams(parameters).toString()}`
}

/** A response of the server with its JSON body. */
export interface JsonResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export async function postJson(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return responseOf(response)
}

export async function responseOf(response: Response): Promise<JsonResponse> {
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as JsonResponse['body'],
  }
}

/** The token request for a code, valid unless it is changed. */
export function exchangeBody(login: Login, codeAndState: string): Record<string, string> {
  const [code = '', state = ''] = codeAndState.split('#')
  return {
    grant_type: 'authorization_code',
    code,
    state,
    client_id: CLIENT_ID,
    redirect_uri: login.parameters['redirect_uri'] ?? '',
    code_verifier: login.verifier,
  }
}

/** The tokens of a whole login. */
export async function logIn(
  emulator: Emulator,
  changes: Readonly<Record<string, string>> = {},
): Promise<{ readonly accessToken: string; readonly refreshToken: string }> {
  const login = startLogin(emulator, changes)
  const code = await emulator.approve(authorizationUrl(emulator, login.parameters))
  const { body } = await postJson(emulator.endpoints.token, exchangeBody(login, code))
  return { accessToken: String(body['access_token']), refreshToken: String(body['refresh_token']) }
}

export async function refresh(
  emulator: Emulator,
  refreshToken: string,
  more: Readonly<Record<string, string>> = {},
): Promise<JsonResponse> {
  return postJson(emulator.endpoints.token, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: CLIENT_ID,
    ...more,
  })
}

export async function getProfile(emulator: Emulator, accessToken: string): Promise<JsonResponse> {
  return responseOf(
    await fetch(emulator.endpoints.profile, { headers: { authorization: `Bearer ${accessToken}` } }),
  )
}
