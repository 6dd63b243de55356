import { AnthropicAuthError } from '@anthropic-auth/core'
import { TRUSTED, readJsonFile } from './json-file.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'

/** What a profile's config file says of its login. */
export interface ProfileConfig {
  /** The file's content; `null` when there is none. */
  readonly json: JsonObject | null
  readonly clientId: string | null
  /** Where the credentials file lies instead of its usual place. */
  readonly credentialsPath: string | null
  /** The host of both tokens and API; `null`: the default one. */
  readonly baseUrl: string | null
  readonly organizationId: string | null
  readonly workspaceId: string | null
}

const TYPE = 'user_oauth'

/** Reads `configs/<profile>.json`. What it says decides where tokens are sent: others may not write it. */
export async function readProfileConfig(path: string): Promise<ProfileConfig> {
  const json = await readJsonFile(path, TRUSTED)
  const authentication = authenticationOf(json)
  const { type, client_id: clientId, credentials_path: credentialsPath } = authentication
  if (type !== undefined && type !== TYPE) throw foreignProfile(path)
  return {
    json,
    clientId: textOrNull(clientId),
    credentialsPath: textOrNull(credentialsPath),
    baseUrl: textOrNull(json?.['base_url']),
    organizationId: textOrNull(json?.['organization_id']),
    workspaceId: textOrNull(json?.['workspace_id']),
  }
}

/** What a save may change in a config file; `null` leaves it as it is. */
export interface ConfigChange {
  readonly clientId: string | null
  readonly baseUrl: string | null
}

/** The config file with a change; `null` when the one that is there will do. */
export function updatedConfig(config: ProfileConfig, change: ConfigChange): JsonObject | null {
  const authentication = authenticationOf(config.json)
  const clientId = change.clientId ?? config.clientId
  const baseUrl = change.baseUrl ?? config.baseUrl
  const isSame = clientId === config.clientId && baseUrl === config.baseUrl
  if (authentication['type'] === TYPE && isSame) return null
  return {
    version: '1.0',
    ...config.json,
    authentication: { ...authentication, type: TYPE, ...(clientId === null ? {} : { client_id: clientId }) },
    ...(baseUrl === null ? {} : { base_url: baseUrl }),
  }
}

function authenticationOf(json: JsonObject | null): JsonObject {
  const authentication = json?.['authentication']
  return isJsonObject(authentication) ? authentication : {}
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function foreignProfile(path: string): AnthropicAuthError {
  return new AnthropicAuthError(
    'store_failed',
    `${path} is a profile of another kind than a person's login`,
    {
      reason: 'foreign_profile',
      hint: 'Choose another profile.',
    },
  )
}
