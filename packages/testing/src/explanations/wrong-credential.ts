/** A value that the emulator knows, or recognises by its prefix. */
export interface KnownValue {
  readonly kind: 'access token' | 'refresh token' | 'API key' | 'authorization code' | 'state'
  /** The number of the login that the value belongs to; `null` when this emulator has not issued it. */
  readonly login: number | null
}

/** The parameter or header that a credential is sent in. */
export type CredentialPlace =
  | 'authorization'
  | 'x-api-key'
  | 'refresh_token'
  | 'code'
  | 'state'
  | 'code_verifier'

const NAMES: Readonly<Record<KnownValue['kind'], string>> = {
  'access token': 'an access token',
  'refresh token': 'a refresh token',
  'API key': 'an API key',
  'authorization code': 'an authorization code',
  state: 'the state',
}

/** The place of each kind of value. */
const USES: Readonly<Record<KnownValue['kind'], string>> = {
  'access token':
    'Send it to the API, as `Authorization: Bearer …` with the header `anthropic-beta: oauth-2025-04-20`, without `x-api-key`.',
  'refresh token':
    'Send it to the token endpoint alone, as `refresh_token` with the grant_type `refresh_token`: the response has an access token.',
  'API key': 'Send it as `x-api-key`, to the models and messages alone.',
  'authorization code':
    'Exchange it at the token endpoint, as `code` with the grant_type `authorization_code`: the response has the tokens.',
  state: 'Send it as `state`, in the authorization request and in the code exchange.',
}

interface Place {
  readonly takes: KnownValue['kind'] | null
  /** The place where a program finds the right value. */
  readonly source: string
}

const PLACES: Readonly<Record<CredentialPlace, Place>> = {
  authorization: { takes: 'access token', source: '' },
  'x-api-key': { takes: 'API key', source: '' },
  refresh_token: {
    takes: 'refresh token',
    source: 'The refresh token is the member `refresh_token` of the token response.',
  },
  code: { takes: 'authorization code', source: 'The code is the parameter `code` of the redirect.' },
  state: { takes: 'state', source: 'Send the state of the authorization request.' },
  code_verifier: { takes: null, source: 'The verifier is the value that the code challenge was made from.' },
}

/** Explains a value that is of another kind than its place takes; `null` for a value of the right kind. */
export function explainWrongCredential({ kind, login }: KnownValue, place: CredentialPlace): string | null {
  const { takes, source } = PLACES[place]
  const owner = login === null ? '' : ` of login ${login}`
  return kind === takes ? null : `This is ${NAMES[kind]}${owner}. ${USES[kind]} ${source}`.trim()
}
