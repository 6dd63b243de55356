import { isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import { corruptFile } from './files/own-file.ts'
import { isSameHostUrl } from './host-url.ts'
import { isJsonObject, type JsonObject } from '@anthropic-auth/core/internal'
import { isFederation, readFederationConfig } from './profile-config.ts'
import { foreignHostOf } from './own-keys.ts'
import { formatOf, type OpenProfile, ProfileFiles } from './profile-files.ts'
import type { ProfileChoice } from './profile-location.ts'

/** A profile by which a machine logs in. Official SDKs read missing settings from variables. */
export interface FederationProfile {
  readonly name: string
  /** The host of both tokens and API; `null`: the default host. */
  readonly baseUrl: string | null
  readonly federationRuleId: string | null
  readonly organizationId: string | null
  readonly serviceAccountId: string | null
  readonly workspaceId: string | null
  /** The file that the platform writes identity tokens to. */
  readonly identityTokenPath: string | null
  /** Reads the access token that an official SDK, or `save()`, has kept, unless it is known to come from another host. */
  load(host: string): Promise<TokenSet | null>
  /** Keeps an access token of a host where official SDKs look for it. */
  save(tokens: TokenSet, host: string): Promise<void>
}

/**
 * Opens the profile of a machine.
 *
 * @returns `null` when there is no such profile, or a user logs in to it
 * @throws AnthropicAuthError `store_failed` when its config can't be read, or names an unknown source of identity tokens
 */
export async function openFederationProfile(choice: ProfileChoice): Promise<FederationProfile | null> {
  const files = new ProfileFiles(choice)
  const profile = await open(files)
  if (profile === null) return null
  const { name, config, configPath } = profile
  const authentication = objectOf(config.json?.['authentication'])
  return {
    name,
    baseUrl: config.baseUrl,
    federationRuleId: textOf(authentication['federation_rule_id']),
    organizationId: config.organizationId,
    serviceAccountId: textOf(authentication['service_account_id']),
    workspaceId: config.workspaceId,
    identityTokenPath: identityTokenPath(authentication['identity_token'], configPath),
    load: async (host) => load(profile, host),
    save: async (tokens, host) => save(profile, tokens, host),
  }
}

async function load({ file, format }: OpenProfile, host: string): Promise<TokenSet | null> {
  const content = await file.load(format)
  if (content === null) return null
  const { json, tokens } = content
  const foreign = await foreignHostOf(json, tokens, (own) => isSameHostUrl(own, host))
  return foreign === null ? tokens : null
}

async function save(profile: OpenProfile, tokens: TokenSet, host: string): Promise<void> {
  const format = formatOf(profile, { baseUrl: host, consoleUrl: null, mode: null })
  await profile.file.lock(async () => profile.file.save(format, tokens))
}

async function open(files: ProfileFiles): Promise<OpenProfile | null> {
  try {
    const profile = await files.open(readFederationConfig)
    return isFederation(profile.config) ? profile : null
  } catch (error) {
    if (isAnthropicAuthError(error, 'store_failed') && error.reason === 'foreign_profile') return null
    throw error
  }
}

/** Reads `{ "source": "file", "path": … }`, the only source that official SDKs know. */
function identityTokenPath(value: unknown, configPath: string): string | null {
  if (value === undefined || value === null) return null
  const { source, path } = objectOf(value)
  if (source === 'file' && textOf(path) !== null) return textOf(path)
  throw corruptFile(configPath, 'has an identity_token that is not { "source": "file", "path": … }')
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
