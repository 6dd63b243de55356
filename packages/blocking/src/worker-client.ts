import { OAuthClient, type OAuthConfig, type ResolvedConfig } from '@anthropic-auth/core'
import { unpackResponse } from './call-arguments.ts'
import { type CallResult, packError } from './call-result.ts'
import type { WorkerCall } from './worker-call.ts'
import type { CallMessage } from './worker-protocol.ts'

/** Runs calls with core's client, and keeps the client for calls with the same configuration. */
export class WorkerClient {
  #config: ResolvedConfig | null = null
  #client: OAuthClient | null = null

  /** Never rejects. */
  async run({ config, call }: CallMessage): Promise<CallResult> {
    try {
      return await send(this.#clientFor(config), call)
    } catch (error) {
      return packError(error)
    }
  }

  #clientFor(config: ResolvedConfig | null): OAuthClient {
    if (config !== null) {
      this.#config = config
      this.#client = null
    }
    if (this.#config === null) throw new RangeError('The first call has no configuration')
    return (this.#client ??= new OAuthClient(configOf(this.#config)))
  }
}

async function send(client: OAuthClient, call: WorkerCall): Promise<CallResult> {
  const { method, options } = call
  if (method === 'exchangeCode') {
    const tokens = await client.exchangeCode(unpackResponse(call.response), call.flow, options)
    return { type: 'tokens', tokens: tokens.toJSON() }
  }
  if (method === 'exchangeIdentityToken') {
    return { type: 'tokens', tokens: (await client.exchangeIdentityToken(call.grant, options)).toJSON() }
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

/** Returns options that resolve to the given configuration. */
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
