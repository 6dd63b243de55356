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
}

const TYPE = 'user_oauth'

/** Reads `configs/<profile>.json`. What it says decides where tokens are sent: others may not write it. */
export async function readProfileConfig(path: string): Promise<ProfileConfig> {
  const json = await readJsonFile(path, TRUSTED)
  const authentication = authenticationOf(json)
  const { type, client_id: clientId, credentials_path: credentialsPath } = authentication
  if (type !== undefined && type !== TYPE) throw foreignProfile(path)
  return { json, clientId: textOrNull(clientId), credentialsPath: textOrNull(credentialsPath) }
}

/** The config file for tokens of this client; `null` when the one that is there will do. */
export function updatedConfig({ json, clientId }: ProfileConfig, newId: string | null): JsonObject | null {
  const authentication = authenticationOf(json)
  if (authentication['type'] === TYPE && (newId === null || newId === clientId)) return null
  return {
    version: '1.0',
    ...json,
    authentication: { ...authentication, type: TYPE, ...(newId === null ? {} : { client_id: newId }) },
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
