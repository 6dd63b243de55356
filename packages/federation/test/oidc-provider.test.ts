import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { assertions, providerAt, startFederationEmulator } from './emulated-federation.ts'
import { startIdentityIssuer } from './identity-issuer.ts'

// oidc-provider warns of its development keys, which this test wants.
beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
  vi.spyOn(console, 'info').mockReturnValue()
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('an identity token of oidc-provider', () => {
  it('logs a workload in by a rule for its issuer and subject, with a new token each time', async () => {
    const { url, identityToken } = await startIdentityIssuer()
    const rule = { id: 'fdrl_ci', issuer: url, subject: 'build-job' }
    const emulator = await startFederationEmulator({ federationRules: [rule], tokenLifetimeSeconds: 0 })
    const provider = providerAt(emulator, { identityToken })
    expect((await provider()).token).toMatch(/^sk-ant-oat01-/)
    await provider()
    expect(new Set(assertions(emulator)).size).toBe(2)
  })

  it('is refused by a rule for another subject', async () => {
    const { url, identityToken } = await startIdentityIssuer()
    const rule = { id: 'fdrl_ci', issuer: url, subject: 'deploy-job' }
    const emulator = await startFederationEmulator({ federationRules: [rule] })
    await expect(providerAt(emulator, { identityToken })()).rejects.toMatchObject({
      code: 'oauth_error',
      reason: 'identity_token_refused',
      status: 401,
    })
  })
})
