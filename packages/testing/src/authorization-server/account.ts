/** Describes the user who is signed in at the emulator. */
export interface EmulatorAccount {
  /** @default 'person@example.com' */
  readonly email?: string | undefined
  /**
   * The organization of logins that don't request one: its name or its UUID.
   *
   * @default 'Example Organization'
   */
  readonly organization?: string | undefined
  /**
   * The id of the workspace of logins that don't request one. `null` leaves the workspace out of token responses.
   *
   * @default 'default'
   */
  readonly workspace?: string | null | undefined
}

/** An organization as it is sent. */
export interface Organization {
  readonly uuid: string
  readonly name: string
}

/** A workspace of an organization as it is sent. */
export interface Workspace {
  readonly id: string
  readonly name: string
}

/** The user who is signed in at the emulator. */
export interface Account {
  readonly uuid: string
  readonly email: string
  readonly fullName: string
  readonly displayName: string
  readonly organization: Organization
  readonly workspace: Workspace | null
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const WORKSPACE_ID = /^[\w-]{1,128}$/
const EMAIL = /^[^\s@]+@[^\s@]+$/

const ORGANIZATION: Organization = {
  uuid: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
  name: 'Example Organization',
}

/** @throws TypeError when a member is malformed */
export function resolveAccount(options: EmulatorAccount = {}): Account {
  if (typeof options !== 'object' || options === null) throw new TypeError('account must be an object')
  const { email = 'person@example.com', organization = ORGANIZATION.name, workspace = 'default' } = options
  if (typeof email !== 'string' || !EMAIL.test(email)) {
    throw new TypeError('account.email must be an email address')
  }
  return {
    uuid: '3c7d0b52-6f0e-4d8a-9a41-5f2f1f7a9c10',
    email,
    fullName: 'Example Person',
    displayName: 'Person',
    organization: resolveOrganization(organization),
    workspace: workspace === null ? null : resolveWorkspace(workspace),
  }
}

function resolveOrganization(organization: string): Organization {
  if (typeof organization !== 'string' || organization.trim() === '') {
    throw new TypeError('account.organization must be the name or the UUID of an organization')
  }
  const changed = isOrganizationId(organization) ? { uuid: organization } : { name: organization }
  return { ...ORGANIZATION, ...changed }
}

function resolveWorkspace(workspace: string): Workspace {
  if (typeof workspace !== 'string' || !isWorkspaceId(workspace)) {
    throw new TypeError('account.workspace must be null or a workspace id, such as default or wrkspc_1')
  }
  return workspaceOf(workspace)
}

/** Returns the workspaces that the consent page offers; none if the account has none or the request names one. */
export function offeredWorkspaces({ workspace }: Account, asked: string | null): readonly Workspace[] {
  if (workspace === null || asked !== null) return []
  const others = ['default', 'wrkspc_example'].filter((id) => id !== workspace.id).map(workspaceOf)
  return [workspace, ...others]
}

function workspaceOf(id: string): Workspace {
  return { id, name: id === 'default' ? 'Default' : 'Example Workspace' }
}

/** Returns the requested organization, or the account's own when none is requested. */
export function grantedOrganization({ organization }: Account, asked: string | null): Organization {
  return asked === null || asked === organization.uuid ? organization : { ...ORGANIZATION, uuid: asked }
}

/** Returns the requested workspace, or the account's own when none is requested. */
export function grantedWorkspace({ workspace }: Account, asked: string | null): Workspace | null {
  return asked === null ? workspace : workspaceOf(asked)
}

/** Whether the id has the form of an organization's UUID. */
export function isOrganizationId(id: string): boolean {
  return UUID.test(id)
}

/** Whether the id has the form of a workspace's id. */
export function isWorkspaceId(id: string): boolean {
  return WORKSPACE_ID.test(id)
}
