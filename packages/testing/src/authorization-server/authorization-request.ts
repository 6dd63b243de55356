import type { Endpoints } from '@anthropic-auth/core'
import { verifyCodeChallenge } from '@anthropic-auth/pkce'
import { explainChallenge } from '../explanations/code-challenge.ts'
import { explainMissing } from '../explanations/missing-parameters.ts'
import { explainSeparator } from '../explanations/scope-list.ts'
import { explainPlaceholder } from '../explanations/slip.ts'
import { strangeCharacters } from '../explanations/strange-characters.ts'
import { PageError } from '../pages/error-page.ts'
import { isOrganizationId, isWorkspaceId } from './account.ts'
import type { ClientRegistry } from './client-registry.ts'
import { isKnownScope, parseScope, SCOPE_DESCRIPTIONS } from './scope.ts'

/** The kind of account: a Claude subscription, or the Claude Console. */
export type ConsentMode = keyof Endpoints['authorize']

/** A valid authorization request, to which the user is asked to consent. */
export interface AuthorizationRequest {
  readonly mode: ConsentMode
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly codeChallenge: string
  readonly state: string
  readonly loginHint: string | null
  readonly organizationId: string | null
  readonly workspaceId: string | null
}

const REQUIRED = [
  'client_id',
  'redirect_uri',
  'response_type',
  'code_challenge',
  'code_challenge_method',
  'state',
  'scope',
]
const KNOWN = [...REQUIRED, 'code', 'login_hint', 'orgUUID', 'workspace_id']
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/
const STATE = /^[\x21-\x7e]{22,512}$/

/**
 * Parses the query of an authorization request.
 *
 * @throws PageError when the request is invalid. It is never a redirect, since a wrong redirect URI must not be followed
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
 */
export function parseAuthorizationRequest(
  parameters: URLSearchParams,
  mode: ConsentMode,
  clients: ClientRegistry,
): AuthorizationRequest {
  assertNoneRepeated(parameters)
  const clientId = readClientId(parameters, clients)
  const redirectUri = readRedirectUri(parameters, clientId, clients)
  assertResponseType(parameters)
  const codeChallenge = readCodeChallenge(parameters)
  return {
    mode,
    clientId,
    redirectUri,
    codeChallenge,
    state: readState(parameters, codeChallenge),
    scopes: readScopes(parameters),
    loginHint: parameters.get('login_hint'),
    organizationId: readId(parameters, 'orgUUID', isOrganizationId),
    workspaceId: readId(parameters, 'workspace_id', isWorkspaceId),
  }
}

function assertNoneRepeated(parameters: URLSearchParams): void {
  for (const name of parameters.keys()) {
    if (parameters.getAll(name).length > 1) {
      const explanation = `Send \`${name}\` once.`
      throw new PageError('A parameter was sent more than once.', { detail: name, explanation })
    }
  }
}

function missing(reason: string, parameters: URLSearchParams): PageError {
  return new PageError(reason, { explanation: explainMissing(new Map(parameters), REQUIRED, KNOWN) })
}

function readClientId(parameters: URLSearchParams, clients: ClientRegistry): string {
  const clientId = parameters.get('client_id')
  if (clientId === null) throw missing('The parameter client_id is missing.', parameters)
  if (!clients.has(clientId)) {
    throw new PageError('The client id is not known.', {
      name: 'client_id',
      detail: clientId,
      expected: clients.ids,
    })
  }
  return clientId
}

function readRedirectUri(parameters: URLSearchParams, clientId: string, clients: ClientRegistry): string {
  const redirectUri = parameters.get('redirect_uri')
  if (redirectUri === null) throw missing('The parameter redirect_uri is missing.', parameters)
  if (!clients.allowsRedirect(clientId, redirectUri)) {
    throw new PageError('redirect_uri not supported by client', {
      name: 'redirect_uri',
      detail: redirectUri,
      expected: clients.redirectUris(clientId),
    })
  }
  return redirectUri
}

function assertResponseType(parameters: URLSearchParams): void {
  const responseType = parameters.get('response_type')
  if (responseType === null) throw missing('The parameter response_type is missing.', parameters)
  if (responseType !== 'code') {
    throw new PageError('The response_type must be code.', {
      name: 'response_type',
      detail: responseType,
      expected: ['code'],
    })
  }
}

function readCodeChallenge(parameters: URLSearchParams): string {
  const method = parameters.get('code_challenge_method')
  const challenge = parameters.get('code_challenge')
  if (challenge === null) {
    throw missing('The parameter code_challenge is missing: PKCE is required.', parameters)
  }
  if (method === null) {
    throw missing('The parameter code_challenge_method is missing: it must be S256.', parameters)
  }
  if (method !== 'S256') {
    throw new PageError('The code_challenge_method must be S256.', {
      name: 'code_challenge_method',
      detail: method,
      expected: ['S256'],
    })
  }
  if (!S256_CHALLENGE.test(challenge)) {
    const { text, expected } = explainChallenge(challenge)
    throw new PageError('The code_challenge must have the 43 base64url characters of a SHA-256.', {
      name: 'code_challenge',
      detail: challenge,
      expected,
      explanation: text,
    })
  }
  return challenge
}

function readState(parameters: URLSearchParams, codeChallenge: string): string {
  const state = parameters.get('state')
  if (state === null) throw missing('The parameter state is missing.', parameters)
  if (!STATE.test(state)) {
    // 22 characters of base64url are the 128 bits of RFC 6749, section 10.10, for values that can't be guessed.
    throw new PageError('The state must have 22 to 512 visible ASCII characters.', {
      explanation: explainState(state),
    })
  }
  if (verifyCodeChallenge(state, codeChallenge)) {
    throw new PageError(
      'The state equals the code verifier. Use a separate random value, otherwise PKCE protects nothing.',
    )
  }
  return state
}

function explainState(state: string): string {
  const placeholder = explainPlaceholder(state)
  if (placeholder !== null) return placeholder
  const strange = strangeCharacters(state, /[\x21-\x7e]/)
  return strange === null ? `This one has ${state.length} characters.` : `This one has ${strange}.`
}

function readScopes(parameters: URLSearchParams): readonly string[] {
  const scope = parameters.get('scope') ?? ''
  const scopes = parseScope(scope)
  if (scopes.length === 0) throw missing('The parameter scope is missing.', parameters)
  const unknown = scopes.find((name) => !isKnownScope(name))
  if (unknown !== undefined) {
    throw new PageError('A scope is not known.', {
      name: 'scope',
      detail: unknown,
      expected: Object.keys(SCOPE_DESCRIPTIONS),
      explanation: explainSeparator(scope, isKnownScope) ?? undefined,
    })
  }
  return scopes
}

function readId(parameters: URLSearchParams, name: string, isValid: (id: string) => boolean): string | null {
  const id = parameters.get(name)
  if (id !== null && !isValid(id)) {
    throw new PageError(`The parameter ${name} is malformed.`, { name, detail: id })
  }
  return id
}
