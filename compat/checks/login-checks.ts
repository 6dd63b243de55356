import {
  OAuthClient,
  TokenSet,
  isAnthropicAuthError,
  parseAuthorizationResponse,
  type Endpoints,
} from '@anthropic-auth/core'
import { deriveCodeChallenge, generatePkce, generateState, verifyCodeChallenge } from '@anthropic-auth/pkce'
import { callbackServerChecks, missingServerChecks } from './callback-server-checks.ts'

/** What a runtime is told; plain data, since it crosses into other processes and pages. */
export interface CheckSetup {
  /** What `navigator.userAgent` contains in the runtime that is meant. */
  readonly userAgent: string
  /** The branch of pkce's `#crypto` that the runtime has to choose. */
  readonly crypto: 'native' | 'portable'
  /** `null` where the runtime can't reach the emulator. */
  readonly emulator: ReachableEmulator | null
}

export interface ReachableEmulator {
  readonly endpoints: Endpoints
  /** POST an authorization URL here and get the `code#state` that the user would paste. */
  readonly approveUrl: string
}

export interface CheckResult {
  readonly name: string
  /** What is wrong; `null` when nothing is. */
  readonly problem: string | null
}

type Checks = Readonly<Record<string, () => void | Promise<void>>>

/** Runs every check, one after the other; needs nothing but web platform APIs. */
export async function runChecks({ userAgent, crypto, emulator }: CheckSetup): Promise<CheckResult[]> {
  const checks: Checks = {
    'is the runtime that is meant': () => assertEqual(navigator.userAgent.includes(userAgent), true),
    [`chooses the ${crypto} branch of #crypto`]: () => assertEqual(chosenBranch(), crypto),
    ...pkceChecks,
    ...flowChecks,
    ...(crypto === 'native' ? callbackServerChecks : missingServerChecks),
    ...(emulator && tokenChecks(emulator)),
  }
  const results: CheckResult[] = []
  for (const [name, check] of Object.entries(checks)) results.push({ name, problem: await problemOf(check) })
  return results
}

const pkceChecks: Checks = {
  'derives the challenge of RFC 7636, appendix B': () => {
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    assertEqual(deriveCodeChallenge(verifier), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  },
  'generatePkce()': () => {
    const { verifier, challenge, method } = generatePkce()
    assertEqual(/^[A-Za-z0-9_-]{43}$/.test(verifier), true)
    assertEqual(verifyCodeChallenge(verifier, challenge), true)
    assertEqual(method, 'S256')
    assertEqual(generatePkce().verifier === verifier, false)
  },
  'generateState()': () => {
    assertEqual(/^[A-Za-z0-9_-]{43}$/.test(generateState()), true)
    assertEqual(generateState(96).length, 128)
  },
}

const flowChecks: Checks = {
  'startFlow()': () => {
    const flow = new OAuthClient().startFlow('console')
    const { searchParams } = new URL(flow.authorizationUrl)
    assertEqual(searchParams.get('code_challenge'), deriveCodeChallenge(flow.verifier))
    assertEqual(searchParams.get('state'), flow.state)
  },
  'parseAuthorizationResponse()': () => {
    const { state } = new OAuthClient().startFlow('max')
    assertEqual(parseAuthorizationResponse(` "the-code#${state}"\n`, { state }).code, 'the-code')
    const url = new URL(`http://localhost:1/callback?code=the-code&state=${state}`)
    assertEqual(parseAuthorizationResponse(url, { state }).code, 'the-code')
  },
  'parseAuthorizationResponse() refuses another state': () => {
    const [state, other] = [generateState(), generateState()]
    assertEqual(
      codeOf(() => parseAuthorizationResponse(`the-code#${other}`, { state })),
      'state_mismatch',
    )
  },
}

function tokenChecks({ endpoints, approveUrl }: ReachableEmulator): Checks {
  const client = new OAuthClient({ endpoints })
  let tokens: TokenSet | undefined
  return {
    'exchangeCode()': async () => {
      const flow = client.startFlow('console')
      const approval = await fetch(approveUrl, { method: 'POST', body: flow.authorizationUrl })
      tokens = await client.exchangeCode(await approval.text(), flow)
      assertEqual(tokens.accessToken.startsWith('sk-ant-oat01-'), true)
      assertEqual(tokens.isExpired(), false)
    },
    'refreshToken()': async () => {
      const old = TokenSet.fromJSON(tokens?.toJSON())
      tokens = await client.refreshToken(old)
      assertEqual(tokens.accessToken === old.accessToken, false)
    },
    'createApiKey()': async () => {
      const key = await client.createApiKey(TokenSet.fromJSON(tokens?.toJSON()))
      assertEqual(key.startsWith('sk-ant-api03-'), true)
    },
  }
}

/** Only the portable branch calls `crypto.getRandomValues()`. */
function chosenBranch(): 'native' | 'portable' {
  let branch: 'native' | 'portable' = 'native'
  const getRandomValues = (bytes: Uint8Array<ArrayBuffer>): unknown => {
    branch = 'portable'
    return Crypto.prototype.getRandomValues.call(crypto, bytes)
  }
  Reflect.defineProperty(crypto, 'getRandomValues', { value: getRandomValues, configurable: true })
  generatePkce()
  Reflect.deleteProperty(crypto, 'getRandomValues')
  return branch
}

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (isAnthropicAuthError(error)) return error.code
    throw error
  }
  return 'no error'
}

async function problemOf(check: () => void | Promise<void>): Promise<string | null> {
  try {
    await check()
    return null
  } catch (error) {
    return String(error)
  }
}

function assertEqual<T>(actual: T, expected: T): void {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, got ${String(actual)}`)
}
