import type { RequestOptions } from '@anthropic-auth/core'
import type { FaultEndpoint } from '@anthropic-auth/testing'
import type { EitherClient, Setting } from './contract-case.ts'

type Options = Pick<RequestOptions, 'timeoutMs'>

/** A method that sends a request: its endpoint, and a call with valid arguments. */
export interface ClientMethod {
  readonly endpoint: FaultEndpoint
  readonly call: (client: EitherClient, setting: Setting, options?: Options) => unknown
}

/** For a rule that the emulator knows: it takes any, and any well-formed identity token. */
export const IDENTITY_TOKEN_GRANT = {
  federationRuleId: 'fdrl_ci',
  organizationId: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
  // {"alg":"RS256"}.{"sub":"repo:octo/app"}
  identityToken: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOm9jdG8vYXBwIn0.c2lnbmF0dXJl',
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
  exchangeIdentityToken: {
    endpoint: 'token',
    call: (client, _setting, options) => client.exchangeIdentityToken(IDENTITY_TOKEN_GRANT, options),
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
