import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startJobTokenEndpoint } from '../test/job-token-endpoint.ts'
import { federationFromEnvironment } from './federation-environment.ts'

const VARIABLES = {
  ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_ci',
  ANTHROPIC_ORGANIZATION_ID: 'an-organization',
  ANTHROPIC_IDENTITY_TOKEN: 'an.identity.token',
}

afterEach(() => {
  vi.unstubAllEnvs()
})

async function tokenOf(grant: ReturnType<typeof federationFromEnvironment>): Promise<unknown> {
  const { identityToken } = grant ?? {}
  return typeof identityToken === 'function' ? identityToken() : identityToken
}

describe('federationFromEnvironment()', () => {
  it('reads the variables of the official SDKs', () => {
    const more = { ANTHROPIC_SERVICE_ACCOUNT_ID: 'svac_ci', ANTHROPIC_WORKSPACE_ID: 'wrkspc_1' }
    expect(federationFromEnvironment({ ...VARIABLES, ...more })).toEqual({
      federationRuleId: 'fdrl_ci',
      organizationId: 'an-organization',
      serviceAccountId: 'svac_ci',
      workspaceId: 'wrkspc_1',
      identityToken: 'an.identity.token',
    })
  })

  it('reads the variables of this process', () => {
    for (const [name, value] of Object.entries(VARIABLES)) vi.stubEnv(name, value)
    expect(federationFromEnvironment()).toMatchObject({ federationRuleId: 'fdrl_ci' })
  })

  it('treats blank variables as absent, and trims the others', () => {
    const blank = { ANTHROPIC_SERVICE_ACCOUNT_ID: '', ANTHROPIC_WORKSPACE_ID: ' ' }
    const grant = federationFromEnvironment({
      ...VARIABLES,
      ...blank,
      ANTHROPIC_FEDERATION_RULE_ID: ' fdrl_ci\n',
    })
    expect(grant).toMatchObject({
      federationRuleId: 'fdrl_ci',
      serviceAccountId: undefined,
      workspaceId: undefined,
    })
  })

  it.each([{}, { ANTHROPIC_ORGANIZATION_ID: 'an-organization' }, { ANTHROPIC_FEDERATION_RULE_ID: ' ' }])(
    'returns null without a rule: %j',
    (environment) => {
      expect(federationFromEnvironment(environment)).toBeNull()
    },
  )

  it('prefers the file, which is replaced when the token expires, to the variable', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'identity-token-'))
    const path = join(folder, 'token')
    const grant = federationFromEnvironment({ ...VARIABLES, ANTHROPIC_IDENTITY_TOKEN_FILE: path })
    await writeFile(path, 'from.the.file')
    expect(await tokenOf(grant)).toBe('from.the.file')
    await rm(folder, { recursive: true })
  })

  it('uses the identity token of a GitHub Actions job when no other is named', async () => {
    const { environment, requests } = await startJobTokenEndpoint()
    const { ANTHROPIC_IDENTITY_TOKEN: _, ...others } = VARIABLES
    expect(await tokenOf(federationFromEnvironment({ ...others, ...environment }))).toMatch(/^eyJ/)
    await tokenOf(federationFromEnvironment({ ...VARIABLES, ...environment }))
    expect(requests).toHaveLength(1)
  })

  it.each(['ANTHROPIC_ORGANIZATION_ID', 'ANTHROPIC_IDENTITY_TOKEN'])(
    'names %s when it is missing',
    (name) => {
      const named = name === 'ANTHROPIC_IDENTITY_TOKEN' ? 'ANTHROPIC_IDENTITY_TOKEN_FILE' : name
      expect(() => federationFromEnvironment({ ...VARIABLES, [name]: undefined })).toThrow(
        expect.objectContaining({
          code: 'invalid_config',
          reason: named,
          message: `ANTHROPIC_FEDERATION_RULE_ID is set, but ${named} is not`,
          hint: expect.stringContaining(name),
        }),
      )
    },
  )

  it('refuses anything but an object', () => {
    expect(() => federationFromEnvironment(null as never)).toThrow(TypeError)
  })
})
