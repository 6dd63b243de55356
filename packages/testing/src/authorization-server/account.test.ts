import { OAuthClient, type StartFlowOptions, type TokenSet } from '@anthropic-auth/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type JsonResponse, authorizationUrl, exchangeBody, postJson, startLogin } from '../../test/login.ts'
import { type Emulator, type EmulatorAccount, startEmulator } from '../index.ts'

let emulator: Emulator

afterEach(async () => emulator.close())

const logIn = async (account?: EmulatorAccount, asked: StartFlowOptions = {}): Promise<TokenSet> => {
  emulator = await startEmulator({ account })
  const client = new OAuthClient({ endpoints: emulator.endpoints })
  const flow = client.startFlow('console', asked)
  return client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
}

/** The raw token response to a login. */
const exchange = async (asked: Readonly<Record<string, string>>): Promise<JsonResponse['body']> => {
  const login = startLogin(emulator, asked)
  const pasted = await emulator.approve(authorizationUrl(emulator, login.parameters))
  return (await postJson(emulator.endpoints.token, exchangeBody(login, pasted))).body
}

const ASKED = '0b5a7c1e-98d4-4f3e-a6c2-d17f20e4b9a3'

describe('the account of an emulator', () => {
  it('is an example by default', async () => {
    const tokens = await logIn()
    expect(tokens.account?.email).toBe('person@example.com')
    expect(tokens.organization).toEqual({
      id: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
      name: 'Example Organization',
    })
    expect(tokens.workspace).toEqual({ id: 'default', name: 'Default' })
  })

  it('can be chosen', async () => {
    const tokens = await logIn({ email: 'ada@example.org', organization: 'Acme', workspace: 'wrkspc_1' })
    expect(tokens.account?.email).toBe('ada@example.org')
    expect(tokens.organization).toEqual({ id: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624', name: 'Acme' })
    expect(tokens.workspace).toEqual({ id: 'wrkspc_1', name: 'Example Workspace' })
  })

  it('appears on the consent page and in the profile', async () => {
    const tokens = await logIn({ email: 'ada@example.org', organization: 'Acme' })
    const client = new OAuthClient({ endpoints: emulator.endpoints })
    expect(await client.getProfile(tokens)).toMatchObject({
      account: { email: 'ada@example.org' },
      organization: { name: 'Acme' },
    })
    const page = await (await fetch(client.startFlow('max').authorizationUrl)).text()
    expect(page).toContain('ada@example.org')
    expect(page).toContain('Acme')
  })

  it('accepts the UUID of an organization, and no workspace', async () => {
    const tokens = await logIn({ organization: ASKED, workspace: null })
    expect(tokens.organization).toEqual({ id: ASKED, name: 'Example Organization' })
    expect(tokens.workspace).toBeNull()
  })

  it('logs in to the organization and the workspace that are requested', async () => {
    const asked = { organizationId: ASKED, workspaceId: 'wrkspc_9' }
    const tokens = await logIn({ organization: 'Acme', workspace: null }, asked)
    expect(tokens.organization?.id).toBe(ASKED)
    expect(tokens.workspace?.id).toBe('wrkspc_9')
  })

  it('keeps the name of its organization when that one is requested', async () => {
    const asked = { organizationId: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624' }
    expect((await logIn({ organization: 'Acme' }, asked)).organization?.name).toBe('Acme')
  })
})

describe('the fault other_organization', () => {
  it('grants a different organization than requested, also in the profile', async () => {
    emulator = await startEmulator()
    emulator.faults.next('token', { type: 'other_organization', name: 'Wrong' })
    const response = await exchange({ orgUUID: ASKED })
    expect(response['organization']).toEqual({
      uuid: 'f3a9c1d7-5e20-4b68-9d34-0c7e81b2a6f5',
      name: 'Wrong',
    })
    const headers = { authorization: `Bearer ${String(response['access_token'])}` }
    const profile = await fetch(emulator.endpoints.profile, { headers })
    expect(await profile.json()).toMatchObject({
      organization: { uuid: 'f3a9c1d7-5e20-4b68-9d34-0c7e81b2a6f5', name: 'Wrong' },
    })
  })

  it('has a counterpart for the workspace', async () => {
    emulator = await startEmulator()
    emulator.faults.next('token', { type: 'other_workspace' })
    const response = await exchange({ workspace_id: 'wrkspc_9' })
    expect(response['workspace']).toEqual({ id: 'wrkspc_other', name: 'Other Workspace' })
    expect((await exchange({ workspace_id: 'wrkspc_9' }))['workspace']).toMatchObject({
      id: 'wrkspc_9',
    })
  })
})
