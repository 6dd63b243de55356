import { AnthropicAuthError, OAuthClient, type OAuthMode } from '@anthropic-auth/core'
import { blankFile, isBlank } from './files/blank-file.ts'
import { parseJsonFile } from './files/json-file.ts'
import { isJsonObject, type JsonObject } from '@anthropic-auth/core/internal'
import { TRUSTED, corruptFile, isCorruptFile, readOwnFile } from './files/own-file.ts'

/** The login settings in the config file of a profile. */
export interface ProfileConfig {
  /** The content of the file; `null` when there is no file or it is blank. */
  readonly json: JsonObject | null
  /** Whether there is a file that is blank, as after a power loss. Its settings are lost. */
  readonly isBlank: boolean
  readonly clientId: string | null
  /** The credentials file, if it is not in its usual place. */
  readonly credentialsPath: string | null
  /** The host of both tokens and API; `null`: the default host. */
  readonly baseUrl: string | null
  /** The host of the consent page and the code page; `null`: the default hosts. */
  readonly consoleUrl: string | null
  /** How the user last logged in; `null` when it is not known. Only this package uses its key. */
  readonly mode: OAuthMode | null
  /** The scopes that a login asks for; `null`: the default ones. */
  readonly scopes: readonly string[] | null
  readonly organizationId: string | null
  readonly workspaceId: string | null
}

const TYPE = 'user_oauth'
const MODE = 'login_mode'
const FEDERATION = 'oidc_federation'

/** Reads `configs/<profile>.json`. It decides where tokens are sent, so other users must not be able to change it. */
export async function readProfileConfig(path: string): Promise<ProfileConfig> {
  return readConfigOf(TYPE, path)
}

/** Reads the config file of a profile by which a machine logs in. A file without a login type is accepted, too. */
export async function readFederationConfig(path: string): Promise<ProfileConfig> {
  return readConfigOf(FEDERATION, path)
}

/** Whether a machine logs in by this profile. */
export function isFederation({ json }: ProfileConfig): boolean {
  return authenticationOf(json)['type'] === FEDERATION
}

async function readConfigOf(expected: string, path: string): Promise<ProfileConfig> {
  const bytes = await readOwnFile(path, TRUSTED)
  const isBlankFile = bytes !== null && isBlank(bytes)
  const json = bytes === null || isBlankFile ? null : parseJsonFile(path, bytes)
  const authentication = authenticationOf(json)
  const { type, client_id: clientId, credentials_path: credentialsPath } = authentication
  if (type !== undefined && type !== expected) throw foreignProfile(path, type)
  assertTexts(path, { base_url: json?.['base_url'], client_id: clientId, credentials_path: credentialsPath })
  return {
    json,
    isBlank: isBlankFile,
    clientId: textOrNull(clientId),
    credentialsPath: textOrNull(credentialsPath),
    baseUrl: textOrNull(json?.['base_url']),
    consoleUrl: textOrNull(authentication['console_url']),
    mode: modeOf(authentication[MODE]),
    scopes: scopesOf(authentication['scope']),
    organizationId: textOrNull(json?.['organization_id']),
    workspaceId: textOrNull(json?.['workspace_id']),
  }
}

/**
 * Reads a config file for a logout, which works without its settings: a damaged file counts as blank, but may still say
 * where the tokens are.
 */
export async function readConfigIfWhole(path: string): Promise<ProfileConfig> {
  return readProfileConfig(path).catch(async (error: unknown) => {
    if (!isCorruptFile(error)) throw error
    const authentication = await readAuthentication(path)
    const none = {
      clientId: null,
      credentialsPath: textOrNull(authentication?.['credentials_path']),
      baseUrl: null,
      consoleUrl: null,
      mode: null,
      scopes: null,
      organizationId: null,
      workspaceId: null,
    }
    return { json: null, isBlank: true, ...none }
  })
}

/** Returns the reason why a config file can't say where the tokens are, or `null` if it can. */
export async function credentialsPathProblem(path: string): Promise<AnthropicAuthError | null> {
  try {
    return (await readProfileConfig(path)).isBlank ? blankFile(path) : null
  } catch (error) {
    if (!isCorruptFile(error)) throw error
    const authentication = await readAuthentication(path)
    if (authentication === null) return error
    const { credentials_path: credentialsPath = null } = authentication
    return credentialsPath === null || typeof credentialsPath === 'string' ? null : error
  }
}

/** Reads the settings of the login without checking them. Returns `null` if the file is not JSON. */
async function readAuthentication(path: string): Promise<JsonObject | null> {
  try {
    const bytes = await readOwnFile(path, TRUSTED)
    return bytes === null ? null : authenticationOf(parseJsonFile(path, bytes))
  } catch {
    return null
  }
}

/** The settings that a save changes in a config file. `undefined` leaves one as it is, `null` removes it. */
export interface ConfigChange {
  readonly clientId?: string | undefined
  readonly baseUrl?: string | null | undefined
  readonly consoleUrl?: string | null | undefined
  readonly mode?: OAuthMode | undefined
  readonly scopes?: readonly string[] | undefined
  readonly organizationId?: string | null | undefined
  readonly workspaceId?: string | null | undefined
}

/** Returns the changed config file; `null` when nothing has to change. */
export function updatedConfig(config: ProfileConfig, change: ConfigChange): JsonObject | null {
  const authentication = updated(authenticationOf(config.json), {
    type: TYPE,
    client_id: change.clientId,
    scope: change.scopes?.join(' '),
    console_url: change.consoleUrl,
    [MODE]: change.mode,
  })
  const json = updated(config.json ?? {}, {
    base_url: change.baseUrl,
    organization_id: change.organizationId,
    workspace_id: change.workspaceId,
  })
  if (authentication === null && json === null) return null
  return {
    version: '1.0',
    ...(json ?? config.json),
    authentication: authentication ?? authenticationOf(config.json),
  }
}

/** Returns the changed object; `null` when nothing has to change. */
function updated(
  object: JsonObject,
  change: Readonly<Record<string, string | null | undefined>>,
): JsonObject | null {
  const changed = Object.entries(change).filter(
    ([key, value]) => value !== undefined && value !== (object[key] ?? null),
  )
  if (changed.length === 0) return null
  const removed = new Set(changed.filter(([, value]) => value === null).map(([key]) => key))
  const kept = Object.entries(object).filter(([key]) => !removed.has(key))
  return Object.fromEntries([...kept, ...changed.filter(([, value]) => value !== null)])
}

/** Returns the settings that tokens belong to: their client and their server. Empty for the default ones. */
export function bindingOf(config: Pick<ProfileConfig, 'clientId' | 'baseUrl'>): string {
  const { clientId: defaultClientId } = new OAuthClient().config
  const { clientId, baseUrl } = config
  const isDefault = (clientId === null || clientId === defaultClientId) && baseUrl === null
  return isDefault ? '' : `${clientId ?? defaultClientId} ${baseUrl ?? ''}`
}

function authenticationOf(json: JsonObject | null): JsonObject {
  const authentication = json?.['authentication']
  return isJsonObject(authentication) ? authentication : {}
}

/** These decide where tokens are sent. A damaged one must not count as missing: a default would take its place. */
function assertTexts(path: string, settings: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(settings)) {
    if (value === undefined || value === null || typeof value === 'string') continue
    throw corruptFile(path, `has a ${key} that is not a text`)
  }
}

function scopesOf(value: unknown): readonly string[] | null {
  const scopes = typeof value === 'string' ? value.split(/\s+/).filter((scope) => scope !== '') : []
  return scopes.length === 0 ? null : scopes
}

function modeOf(value: unknown): OAuthMode | null {
  return value === 'max' || value === 'console' ? value : null
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function foreignProfile(path: string, type: unknown): AnthropicAuthError {
  const [message, hint] =
    type === FEDERATION
      ? [
          `${path} is for a machine, not for the login of a user`,
          'Use another profile. The official SDKs log in with this one by themselves, without a user.',
        ]
      : [`${path} is for another kind of login`, 'Use another profile.']
  return new AnthropicAuthError('store_failed', message, { reason: 'foreign_profile', hint })
}
