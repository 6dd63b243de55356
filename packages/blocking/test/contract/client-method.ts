import type { RequestOptions } from '@anthropic-auth/core'
import type { FaultEndpoint } from '@anthropic-auth/testing'
import type { EitherClient, Setting } from './contract-case.ts'

type Options = Pick<RequestOptions, 'timeoutMs'>

/** A method that sends a request: its endpoint, and a call with valid arguments. */
export interface ClientMethod {
  readonly endpoint: FaultEndpoint
  readonly call: (client: EitherClient, setting: Setting, options?: Options) => unknown
}

export const METHODS: Readonly<Record<string, ClientMethod>> = {
  exchangeCode: {
    endpoint: 'token',
    call: async (client, { approved }, options) => {
      const { pasted, flow } = await approved(client)
      return client.exchangeCode(pasted, flow, options)
    },
  },
  refreshToken: {
    endpoint: 'token',
    call: async (client, { tokens }, options) => client.refreshToken(await tokens(), options),
  },
  createApiKey: {
    endpoint: 'apiKey',
    call: async (client, { tokens }, options) => client.createApiKey(await tokens(), options),
  },
  getProfile: {
    endpoint: 'profile',
    call: async (client, { tokens }, options) => client.getProfile(await tokens(), options),
  },
  revokeToken: {
    endpoint: 'revoke',
    call: async (client, { tokens }, options) => client.revokeToken(await tokens(), options),
  },
}
