import { defaultEndpoints, platformApiEndpoints } from '../config/endpoints.ts'
import type { ResolvedConfig } from '../config/oauth-config.ts'
import { type AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import { restateError } from '../error/restated-error.ts'
import { MAX_TIMER_MS, withDeadline } from '../http/deadline.ts'
import { type HttpRequest, send } from '../http/http-client.ts'
import { readJsonResponse, wordsOf } from '../http/http-response.ts'
import type { RequestOptions } from '../http/request-options.ts'
import { MAX_RETRIES } from '../http/retry.ts'
import { type IdentityTokenGrant, readIdentityToken } from './identity-token-grant.ts'
import { tokenRequest } from './token-endpoint.ts'
import { invalidTokenResponse, readTokenResponse } from './token-response.ts'
import type { TokenSet } from './token-set.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const BETAS = 'oauth-2025-04-20,oidc-federation-2026-04-01'

/**
 * Exchanges an identity token for an access token (RFC 7523, section 2.1). The deadline also covers reading the identity
 * token. An exchange uses nothing up, so it may be sent again.
 *
 * @param grant - as `readIdentityTokenGrant()` returns it
 */
export async function exchangeIdentityToken(
  config: ResolvedConfig,
  grant: IdentityTokenGrant,
  { timeoutMs = config.timeoutMs, signal }: RequestOptions,
): Promise<TokenSet> {
  return withDeadline({ timeoutMs, signal, retryable: true }, async (deadline) => {
    const assertion = await readIdentityToken(grant.identityToken, deadline.signal)
    const request = exchangeRequest(config, grant, assertion)
    const sentAt = Date.now()
    // Our own deadline passes first: its error names the caller's limit.
    const limits = { timeoutMs: Math.min(timeoutMs, MAX_TIMER_MS), newAttemptsMs: deadline.remainingMs() }
    const response = await send(request, config, { ...limits, signal: deadline.signal })
    return readExchange(grant, sentAt, () => readJsonResponse(response, request))
  })
}

function exchangeRequest(config: ResolvedConfig, grant: IdentityTokenGrant, assertion: string): HttpRequest {
  const { federationRuleId, organizationId, serviceAccountId, workspaceId } = grant
  const request = tokenRequest(config, [assertion], {
    grant_type: JWT_BEARER,
    assertion,
    federation_rule_id: federationRuleId,
    organization_id: organizationId,
    ...(serviceAccountId !== undefined && { service_account_id: serviceAccountId }),
    ...(workspaceId !== undefined && { workspace_id: workspaceId }),
  })
  return {
    ...request,
    url: exchangeUrl(config),
    headers: { ...request.headers, 'anthropic-beta': BETAS },
    repeatable: true,
    retries: MAX_RETRIES,
  }
}

/** The default token endpoint is for the default client. The official SDKs exchange identity tokens at the API's host. */
function exchangeUrl({ endpoints: { token } }: ResolvedConfig): string {
  return token === defaultEndpoints.token ? platformApiEndpoints.token : token
}

function readExchange(
  grant: IdentityTokenGrant,
  sentAt: number,
  read: () => ReturnType<typeof readJsonResponse>,
): TokenSet {
  try {
    const organization = { id: grant.organizationId, name: null }
    // There is nothing to refresh: on expiry, the next identity token is exchanged.
    const body = { ...read(), refresh_token: null }
    const tokens = readTokenResponse(body, { sentAt, clientId: null, known: { organization } })
    if (tokens.expiresAt === null) throw invalidTokenResponse('expires_in')
    return tokens
  } catch (error) {
    throw isRefusal(error) ? refused(error, grant) : error
  }
}

function isRefusal(error: unknown): error is AnthropicAuthError {
  if (isAnthropicAuthError(error, 'http_error')) return error.status === 401 && error.reason !== 'html'
  return (
    isAnthropicAuthError(error, 'oauth_error') && (error.status === 401 || error.error === 'invalid_grant')
  )
}

/** The usual hints of these errors are about codes and client ids. */
function refused(error: AnthropicAuthError, { workspaceId }: IdentityTokenGrant): AnthropicAuthError {
  const said = wordsOf(error)
  const message = `The token endpoint refused the identity token${said && `: ${said}`} (HTTP ${error.status})`
  return restateError(error, {
    message,
    reason: 'identity_token_refused',
    hint: [
      'Check that the federation rule matches the issuer, the audience and the subject of your identity token.',
      ...(workspaceId === undefined
        ? ['If the rule covers several workspaces, name one: workspaceId, or ANTHROPIC_WORKSPACE_ID.']
        : []),
      'The Workload identity page of the Claude Console lists each attempt with its reason.',
    ].join(' '),
  })
}
