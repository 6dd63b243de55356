import { OAuthClient, TokenSet, isAnthropicAuthError, parseAuthorizationResponse } from '@anthropic-auth/core'
import { deriveCodeChallenge, generatePkce, generateState, verifyCodeChallenge } from '@anthropic-auth/pkce'
import { assertEqual, type Checks } from './check.ts'
import type { ReachableEmulator } from './check-setup.ts'

export const pkceChecks: Checks = {
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

export const flowChecks: Checks = {
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

export function tokenChecks({ endpoints, approveUrl }: ReachableEmulator): Checks {
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

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (isAnthropicAuthError(error)) return error.code
    throw error
  }
  return 'no error'
}
