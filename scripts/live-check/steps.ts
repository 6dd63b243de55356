import {
  createAuthFetch,
  createTokenProvider,
  isAnthropicAuthError,
  OAuthClient,
  type EndpointOverrides,
  type Fetch,
  type OAuthMode,
  type Profile,
  type TokenSet,
} from '@anthropic-auth/core'
import { recordingFetch, type WireRecord } from './wire-recorder.ts'

export interface LiveCheckOptions {
  readonly modes: readonly OAuthMode[]
  /** Logs in while the user clicks through the consent page. */
  readonly logIn: (mode: OAuthMode, client: OAuthClient) => Promise<TokenSet>
  /** The endpoints; default: the real service. */
  readonly endpoints?: EndpointOverrides | undefined
  /** The URL of the API; default: the real one. */
  readonly apiUrl?: string | undefined
}

/** A step of the check and its result. */
export interface CheckedStep {
  readonly mode: OAuthMode
  readonly name: string
  readonly isOk: boolean
  /** The observations. They contain no secret. */
  readonly notes: readonly string[]
  readonly wire: readonly WireRecord[]
}

type Work = () => Promise<readonly string[]>

/** Logs in once for each mode, uses the login, and revokes it. A step that fails ends its mode. */
export async function runLiveCheck(options: LiveCheckOptions): Promise<CheckedStep[]> {
  const steps: CheckedStep[] = []
  for (const mode of options.modes) steps.push(...(await checkMode(mode, options)))
  return steps
}

async function checkMode(mode: OAuthMode, options: LiveCheckOptions): Promise<CheckedStep[]> {
  const wire: WireRecord[] = []
  const fetch = recordingFetch(wire)
  const client = new OAuthClient({ endpoints: options.endpoints, fetch, scopes: SCOPES[mode] })
  const steps: CheckedStep[] = []
  for (const [name, work] of worksOf(mode, { ...options, client, fetch })) {
    const start = wire.length
    const result = await tried(work)
    steps.push({ mode, name, ...result, wire: wire.slice(start) })
    if (!result.isOk) break
  }
  return steps
}

const API_URL = 'https://api.anthropic.com'

/** The smallest set of scopes for each mode. */
const SCOPES = {
  console: ['org:create_api_key', 'user:profile', 'user:inference'],
  max: ['user:profile', 'user:inference'],
} as const

interface Equipment extends LiveCheckOptions {
  readonly client: OAuthClient
  readonly fetch: Fetch
}

/** The steps of a mode, in order. Each uses the tokens of the previous one. */
function worksOf(mode: OAuthMode, { client, fetch, logIn, apiUrl }: Equipment): [string, Work][] {
  let tokens: TokenSet
  const logInOnce: Work = async () => {
    tokens = await logIn(mode, client)
    return describeTokens(tokens)
  }
  const refresh: Work = async () => {
    const before = tokens
    tokens = await client.refreshToken(before)
    const rotates = tokens.refreshToken !== before.refreshToken
    return [...describeTokens(tokens), `the refresh token ${rotates ? 'is a new one' : 'stays the same'}`]
  }
  const revoke: Work = async () => {
    await client.revokeToken(tokens)
    return []
  }
  const createKey: Work = async () => describeKey(await client.createApiKey(tokens))
  return [
    ['log in', logInOnce],
    ['refresh', refresh],
    ['ask for the profile', async () => describeProfile(await client.getProfile(tokens))],
    ['call the API', async () => [`status ${await modelsStatus({ client, tokens, fetch, apiUrl })}`]],
    ...(mode === 'console' ? [['create an API key', createKey] satisfies [string, Work]] : []),
    ['revoke', revoke],
  ]
}

function describeProfile({ account, organization }: Profile): string[] {
  return Object.entries({ account, organization }).map(
    ([name, value]) => `${name}: ${value === null ? 'unknown' : 'known'}`,
  )
}

interface ApiCall {
  readonly client: OAuthClient
  readonly tokens: TokenSet
  readonly fetch: Fetch
  readonly apiUrl: string | undefined
}

async function modelsStatus({ client, tokens, fetch, apiUrl = API_URL }: ApiCall): Promise<number> {
  const provider = createTokenProvider(client, { tokens })
  const authFetch = createAuthFetch(provider, { origins: [new URL(apiUrl).origin], fetch })
  const response = await authFetch(`${apiUrl}/v1/models`, { headers: { 'anthropic-version': '2023-06-01' } })
  if (!response.ok) throw new Error(`the API responded with status ${response.status}`)
  return response.status
}

function describeTokens(tokens: TokenSet): string[] {
  const { scopes, refreshToken, refreshTokenExpiresAt } = tokens
  return [
    `scopes: ${scopes?.join(' ') ?? 'unknown'}`,
    `the access token expires in ${tokens.expiresIn() ?? 'unknown'} s`,
    `refresh token: ${refreshToken === null ? 'none' : 'there'}`,
    `the login ends: ${refreshTokenExpiresAt === null ? 'unknown' : new Date(refreshTokenExpiresAt * 1000).toISOString()}`,
  ]
}

/** Shows a key like the Console: enough to find it, too little to use it. */
function describeKey(key: string): string[] {
  return [`DELETE THIS KEY in the Console: \`${key.slice(0, 16)}…${key.slice(-4)}\``]
}

async function tried(work: Work): Promise<{ readonly isOk: boolean; readonly notes: readonly string[] }> {
  try {
    return { isOk: true, notes: await work() }
  } catch (error) {
    if (!isAnthropicAuthError(error)) return { isOk: false, notes: [String(error)] }
    const { code, reason, status, requestId, message } = error
    const details = { code, reason, status, requestId }
    return { isOk: false, notes: [message, JSON.stringify(details)] }
  }
}
