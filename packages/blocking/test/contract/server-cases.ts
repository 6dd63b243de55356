import type { Fault } from '@anthropic-auth/testing'
import { type ClientMethod, METHODS } from './client-method.ts'
import type { ContractCase } from './contract-case.ts'

/** A fault of the server, and the outcome of each method. */
interface ServerBehaviour {
  readonly fault: Fault
  readonly ends: string
  readonly but?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

const body = (text: string, status = 200): Fault => ({ type: 'body', body: text, status })
const invalid = (fault: Fault): ServerBehaviour => ({
  fault,
  ends: 'invalid_token_response',
  // Only the status of its response counts.
  but: { revokeToken: 'ok' },
})

// A `Retry-After` beyond the deadline is reported, not waited for.
const LATER = 3_600

const BEHAVIOURS: Readonly<Record<string, ServerBehaviour>> = {
  'responds late': { fault: { type: 'delay', ms: 50 }, ends: 'ok' },
  'never responds': { fault: { type: 'no_answer' }, ends: 'timeout', timeoutMs: 300 },
  'drips its response': {
    fault: { type: 'drip', intervalMs: 50 },
    ends: 'timeout',
    timeoutMs: 300,
    but: { revokeToken: 'ok' },
  },
  'resets before it works': { fault: { type: 'reset_before' }, ends: 'network_error' },
  'resets after it worked': { fault: { type: 'reset_after' }, ends: 'network_error' },
  'redirects by 302': {
    fault: { type: 'redirect', status: 302, location: 'http://127.0.0.1:1/' },
    ends: 'http_error',
  },
  'redirects by 307': { fault: { type: 'redirect', location: 'http://127.0.0.1:1/' }, ends: 'http_error' },
  'asks to slow down': { fault: { type: 'rate_limit', retryAfter: LATER }, ends: 'rate_limited' },
  'asks to slow down, not how long': { fault: { type: 'rate_limit' }, ends: 'rate_limited' },
  'has a problem': { fault: { type: 'server_error' }, ends: 'http_error' },
  'is not there now': { fault: { type: 'server_error', status: 503, retryAfter: LATER }, ends: 'http_error' },
  'responds with 403 and a page': { fault: { type: 'html', status: 403 }, ends: 'http_error' },
  'responds with 502 and a page': { fault: { type: 'html', status: 502 }, ends: 'http_error' },
  'responds with 200 and a page': invalid({ type: 'html', status: 200 }),
  'sends too much': invalid({ type: 'oversize', bytes: 2_000_000 }),
  'sends a gzip bomb': invalid({ type: 'gzip_bomb', bytes: 2_000_000 }),
  'sends nothing': invalid(body('')),
  'sends null': invalid(body('null')),
  'sends a list': invalid(body('[]')),
  'sends an empty object': invalid(body('{}')),
  'sends half an object': invalid(body('{"access_token": "sk-')),
  'sends the wrong types': invalid(body('{"access_token": 7, "raw_key": [], "account": "a"}')),
  'responds with 200 and an error': {
    fault: body('{"error": "invalid_scope"}'),
    ends: 'oauth_error',
    but: { revokeToken: 'ok' },
  },
  'refuses with an OAuth error': {
    fault: body('{"error": "invalid_client", "error_description": "No such client"}', 400),
    ends: 'oauth_error',
  },
  'does not read the body': { fault: body('', 415), ends: 'http_error' },
  'does not read the body, and says so in an OAuth error': {
    fault: body('{"error": "invalid_request", "error_description": "grant_type is missing"}', 400),
    ends: 'oauth_error',
  },
  'is behind a proxy that asks for a password': { fault: body('', 407), ends: 'network_error' },
  'refuses the grant': {
    fault: body('{"error": "invalid_grant", "error_description": "It is used up"}', 400),
    ends: 'oauth_error',
    but: { refreshToken: 'reauthentication_required' },
  },
  'refuses the grant with 403': {
    fault: body('{"error": "invalid_grant"}', 403),
    ends: 'oauth_error',
    but: { refreshToken: 'reauthentication_required' },
  },
  "refuses the grant with Anthropic's error": {
    fault: body('{"type": "error", "error": {"type": "invalid_grant", "message": "It is used up"}}', 400),
    ends: 'http_error',
    but: { refreshToken: 'reauthentication_required', exchangeCode: 'oauth_error' },
  },
  'says with 401 that the token has expired': {
    fault: body('{"error": {"type": "authentication_error", "message": "Refresh token expired"}}', 401),
    ends: 'http_error',
    but: { refreshToken: 'reauthentication_required' },
  },
  'refuses with a link': {
    fault: body('{"error": "invalid_client", "error_uri": "https://docs.example/errors#client"}', 401),
    ends: 'oauth_error',
  },
  'has put the account on hold': {
    fault: body(
      '{"error": "invalid_grant", "error_description": "account_on_hold", "error_uri": "https://claude.ai/restricted"}',
      400,
    ),
    ends: 'account_on_hold',
  },
  "has put the account on hold, by Anthropic's error": {
    fault: body('{"error": {"type": "permission_error", "message": "account_on_hold"}}', 403),
    ends: 'account_on_hold',
  },
  "refuses with Anthropic's error": {
    fault: body(
      '{"type": "error", "error": {"type": "permission_error", "message": "Not you"}, "request_id": "req_1"}',
      403,
    ),
    ends: 'http_error',
  },
}

/** Runs every method with each of these faults. */
export const serverCases: readonly ContractCase[] = Object.entries(METHODS).flatMap(([name, method]) =>
  Object.entries(BEHAVIOURS).map(([does, behaviour]) => serverCase(name, method, does, behaviour)),
)

function serverCase(
  name: string,
  { call, endpoint }: ClientMethod,
  does: string,
  { fault, ends, but, timeoutMs }: ServerBehaviour,
): ContractCase {
  return {
    name: `${name}() at a server that ${does}`,
    ends: but?.[name] ?? ends,
    run: async (setting) => {
      const client = setting.createClient()
      // Made first, since getting them asks the same endpoint.
      const [tokens, approval] = [await setting.tokens(), await setting.approved(client)]
      await setting.emulator.always(endpoint, fault)
      const ready = { ...setting, tokens: async () => tokens, approved: async () => approval }
      return call(client, ready, { timeoutMs })
    },
  }
}
