import { OAuthClient, type OAuthConfig, type ResolvedConfig } from '@anthropic-auth/core'
import { type Outcome, packError } from './call-result.ts'
import { unpackResponse } from './call-arguments.ts'
import type { WorkerCall } from './worker-call.ts'

/** Runs a call with core's own client; never rejects. */
export async function runCall(call: WorkerCall): Promise<Outcome> {
  try {
    return await send(new OAuthClient(configOf(call.config)), call)
  } catch (error) {
    return packError(error)
  }
}

async function send(client: OAuthClient, call: WorkerCall): Promise<Outcome> {
  const { method, options } = call
  if (method === 'exchangeCode') {
    const tokens = await client.exchangeCode(unpackResponse(call.response), call.flow, options)
    return { type: 'tokens', tokens: tokens.toJSON() }
  }
  const { tokens } = call
  if (method === 'refreshToken') {
    return { type: 'tokens', tokens: (await client.refreshToken(tokens, options)).toJSON() }
  }
  if (method === 'createApiKey') {
    return { type: 'api_key', apiKey: await client.createApiKey(tokens, options) }
  }
  if (method === 'getProfile') return { type: 'profile', profile: await client.getProfile(tokens, options) }
  await client.revokeToken(tokens, options)
  return { type: 'done' }
}

/** The configuration that resolves to `resolved`. */
function configOf(resolved: ResolvedConfig): OAuthConfig {
  const { apiKey, profile, revoke, ...others } = resolved.endpoints
  return {
    ...resolved,
    requireState: resolved.requireState ?? undefined,
    endpoints: {
      ...others,
      apiKey: apiKey ?? undefined,
      profile: profile ?? undefined,
      revoke: revoke ?? undefined,
    },
    fetch: undefined,
  }
}
