import { OAuthClient, type StartFlowOptions, type TokenSet } from '@anthropic-auth/core'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type JsonResponse,
  authorizationUrl,
  exchangeBody,
  postJson,
  startLogin,
} from '../../test/raw-login.ts'
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

describe('the workspaces on the consent page', () => {
  const CONSENT = /name="consent" value="([\w-]+)"/

  const openPage = async (asked: Readonly<Record<string, string>> = {}) => {
    const login = startLogin(emulator, asked)
    const url = authorizationUrl(emulator, login.parameters)
    const text = await (await fetch(url)).text()
    const offered = [...text.matchAll(/<option value="([^"]+)"/g)].map(([, id]) => id)
    const choose = async (workspace: string): Promise<Response> => {
      const body = new URLSearchParams({
        consent: CONSENT.exec(text)?.[1] ?? '',
        decision: 'allow',
        workspace,
      })
      return fetch(url, { method: 'POST', body, redirect: 'manual' })
    }
    return { login, offered, choose }
  }

  it("are the account's own and others; the tokens are for the one that the user chooses", async () => {
    emulator = await startEmulator({ account: { workspace: 'wrkspc_1' } })
    const { login, offered, choose } = await openPage()
    expect(offered).toEqual(['wrkspc_1', 'default', 'wrkspc_example'])
    const redirect = new URL((await choose('wrkspc_example')).headers.get('location') ?? '')
    const { searchParams } = redirect
    const code = `${searchParams.get('code')}#${searchParams.get('state')}`
    const { body } = await postJson(emulator.endpoints.token, exchangeBody(login, code))
    expect(body['workspace']).toEqual({ id: 'wrkspc_example', name: 'Example Workspace' })
  })

  it('are not offered when the login requests one, or the account has none', async () => {
    emulator = await startEmulator()
    expect((await openPage({ workspace_id: 'wrkspc_9' })).offered).toEqual([])
    await emulator.close()
    emulator = await startEmulator({ account: { workspace: null } })
    expect((await openPage()).offered).toEqual([])
  })

  it('are the only ones to choose from', async () => {
    emulator = await startEmulator()
    const { choose } = await openPage()
    const response = await choose('wrkspc_other')
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
  })
})
