import { type AccessTokenProvider, type IdentityTokenGrant, OAuthClient } from '@anthropic-auth/core'
import { createFederationProvider, type FederationProviderOptions } from '@anthropic-auth/federation'
import type { Emulator, EmulatorOptions } from '@anthropic-auth/testing'
import { identityToken } from '../../testing/test/identity-token.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

export const ORGANIZATION_ID = '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624'

/** The claims of a job of GitHub Actions. */
export const CI_CLAIMS = {
  iss: 'https://token.actions.githubusercontent.com',
  sub: 'repo:octo/app:ref:refs/heads/main',
  aud: 'https://api.anthropic.com',
}

export const GRANT: IdentityTokenGrant = {
  federationRuleId: 'fdrl_ci',
  organizationId: ORGANIZATION_ID,
  identityToken: identityToken(CI_CLAIMS),
}

/** Starts an emulator that is closed with the test. */
export async function startFederationEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  return startTestEmulator({ tokenLifetimeSeconds: 3600, ...options })
}

/** A provider that exchanges its identity tokens at an emulator. */
export function providerAt(
  { endpoints }: Emulator,
  grant: Partial<IdentityTokenGrant> = {},
  options: FederationProviderOptions = {},
): AccessTokenProvider {
  return createFederationProvider(new OAuthClient({ endpoints }), { ...GRANT, ...grant }, options)
}

/** The identity tokens that an emulator received, in order. */
export function assertions({ requests }: Emulator): readonly string[] {
  return requests
    .filter(({ path }) => path === '/v1/oauth/token')
    .map(({ body }) => (JSON.parse(body) as { readonly assertion: string }).assertion)
}
