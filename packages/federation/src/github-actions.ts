import {
  AnthropicAuthError,
  type Fetch,
  type IdentityTokenSource,
  isAnthropicAuthError,
} from '@anthropic-auth/core'
import {
  assertFunction,
  endpointProblem,
  type HttpRequest,
  MAX_RETRIES,
  readJsonResponse,
  readOptions,
  resolveConfig,
  restateError,
  send,
} from '@anthropic-auth/core/internal'
import { type Environment, processEnvironment, variable } from './environment.ts'

/** The options of `githubActionsIdentityToken()`. */
export interface GithubActionsOptions {
  /**
   * The audience that the federation rule expects.
   *
   * @default 'https://api.anthropic.com'
   */
  readonly audience?: string | undefined
  /** @default globalThis.fetch, looked up at each call */
  readonly fetch?: Fetch | undefined
}

const REQUEST_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
const REQUEST_TOKEN = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'
const DEFAULT_AUDIENCE = 'https://api.anthropic.com'

const PERMISSION_HINT =
  'Give the job the permission `id-token: write`, under `permissions`. Pull requests from forks never get it. Outside GitHub Actions, use another source of identity tokens.'
const REFUSED_HINT =
  'Check that the job has the permission `id-token: write`, and that it is still running: its request token works no longer than the job.'

/**
 * Gets the identity token of a GitHub Actions job. The job needs the permission `id-token: write`.
 *
 * The source rejects with an `AnthropicAuthError`: `invalid_config` when the job lacks the permission, `http_error`,
 * `network_error`, `timeout`, `aborted` or `invalid_token_response`.
 *
 * @throws TypeError when an option has the wrong type
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export function githubActionsIdentityToken(options: GithubActionsOptions = {}): IdentityTokenSource {
  return githubActionsSource(processEnvironment, options)
}

/** @param environment - read at each call */
export function githubActionsSource(
  environment: () => Environment,
  options: GithubActionsOptions = {},
): IdentityTokenSource {
  const { audience = DEFAULT_AUDIENCE, fetch } = readOptions(options)
  if (typeof audience !== 'string' || audience === '') {
    throw new TypeError('audience must be a non-empty string')
  }
  assertFunction(fetch, 'fetch')
  const config = resolveConfig({ fetch })
  return async ({ signal } = {}) => {
    const request = identityTokenRequest(environment(), audience)
    const { value } = await send(request, config, { signal })
      .then((response) => readJsonResponse(response, request))
      .catch((error: unknown) => rethrowAsRefused(error))
    if (typeof value === 'string' && value !== '') return value
    throw new AnthropicAuthError(
      'invalid_token_response',
      `The response of the ${request.name} has no valid value`,
      {
        reason: 'value',
      },
    )
  }
}

/** Whether this is a job of GitHub Actions that may have an identity token. */
export function isInGithubActions(environment: Environment): boolean {
  return variable(environment, REQUEST_URL) !== null
}

function identityTokenRequest(environment: Environment, audience: string): HttpRequest {
  const requestToken = requiredVariable(environment, REQUEST_TOKEN)
  const url = new URL(requestUrl(environment))
  url.searchParams.set('audience', audience)
  return {
    name: 'identity token endpoint of GitHub Actions',
    method: 'GET',
    url: url.href,
    headers: { authorization: `Bearer ${requestToken}` },
    secrets: [requestToken],
    repeatable: true,
    retries: MAX_RETRIES,
  }
}

function requestUrl(environment: Environment): string {
  const url = requiredVariable(environment, REQUEST_URL)
  const problem = endpointProblem(url)
  if (problem === null) return url
  throw new AnthropicAuthError('invalid_config', `${REQUEST_URL} ${problem}`, { reason: REQUEST_URL })
}

function requiredVariable(environment: Environment, name: string): string {
  const value = variable(environment, name)
  if (value !== null) return value
  const message = `${name} is not set, so this program can't get an identity token of GitHub Actions`
  throw new AnthropicAuthError('invalid_config', message, { reason: name, hint: PERMISSION_HINT })
}

/** A refusal is about the request token, and the usual hints have no remedy for that. */
function rethrowAsRefused(error: unknown): never {
  const isRefused =
    isAnthropicAuthError(error, 'http_error') && (error.status === 401 || error.status === 403)
  throw isRefused ? restateError(error, { hint: REFUSED_HINT }) : error
}
