import { AnthropicAuthError, type OAuthConfig, type OAuthMode, type TokenSet } from '@anthropic-auth/core'
import { replaceJsonFile, proveJsonFile } from './files/json-file.ts'
import { findTemporaryFiles } from './files/leftover.ts'
import { missingFoldersOf } from './files/new-folder.ts'
import { nodeBuiltin } from './files/node-builtin.ts'
import { tightenFoldersOf } from './files/own-folder.ts'
import { removeFile, removeQuietly } from './files/remove-file.ts'
import { DEFAULT_HOST, hostEndpoints, isDefaultHost, isOnLoopback } from './host-endpoints.ts'
import { checkedHostUrl } from './host-url.ts'
import { assertSameOrigin, type TokenTarget } from './login-origin.ts'
import { withLoginRemedy } from './login-remedy.ts'
import type { FileLockCallOptions } from './lock/file-lock.ts'
import {
  bindingOf,
  type ConfigChange,
  type ProfileConfig,
  readConfigIfWhole,
  updatedConfig,
} from './profile-config.ts'
import { endedMarkPath, type MarkedLogin, readEndedMark, writeEndedMark } from './ended-mark.ts'
import { endingAt, loginHostOf, namedModeOf } from './own-keys.ts'
import type { Credentials } from './profile-credentials.ts'
import { formatOf, type OpenProfile, ProfileFiles } from './profile-files.ts'
import { holdsOnlyProfiles, type ProfileChoice } from './profile-location.ts'

/** The content of a profile's files, apart from its tokens. */
export interface ProfileDescription {
  readonly name: string
  /** The host of both tokens and API; `null`: the default host. */
  readonly baseUrl: string | null
  readonly clientId: string | null
  /** The host of the consent page and the code page; `null`: the default hosts. */
  readonly consoleUrl: string | null
  /** How the user last logged in; `null` when it is not known. */
  readonly mode: OAuthMode | null
  /** The scopes that a login asks for; `null`: the default ones. */
  readonly scopes: readonly string[] | null
  readonly organizationId: string | null
  readonly workspaceId: string | null
  /** `null` also when the credentials file can't be read. */
  readonly accountEmail: string | null
}

/** A profile in its files, with the settings to save in it. */
export class StoredProfile {
  readonly #files: ProfileFiles
  readonly #settings: ConfigChange
  /**
   * The host and client of the tokens that this object has made a client for. Tokens of another login must not be sent
   * to that host.
   */
  #pinned: string | null = null
  #target: TokenTarget | null = null

  constructor(choice: ProfileChoice, settings: ConfigChange) {
    this.#files = new ProfileFiles(choice)
    this.#settings = settings
  }

  /** Sets a host that the profile doesn't name. Tokens that are saved from now on belong to it. */
  sendTo(target: TokenTarget): void {
    this.#target = target
  }

  /** Returns the host that issued the tokens, or `null` if it is not known. */
  async loginHost(): Promise<string | null> {
    const { file, format } = await this.#openIfWhole()
    const content = await file.load(format).catch(() => null)
    return content && loginHostOf(content.json, content.tokens)
  }

  async load(): Promise<TokenSet | null> {
    const profile = await this.#files.openToLoad()
    const { file, format } = profile
    const content = await withRemedy(profile, async () => file.load(format))
    if (content !== null) await this.#assertSameOrigin(content, profile)
    // Read again: a login may have changed both files in between.
    if (this.#pinned !== null) this.#assertSameBinding(await this.#files.open())
    return content === null ? null : withEnd(profile, content.tokens)
  }

  async save(tokens: TokenSet): Promise<void> {
    const profile = await this.#files.openToSave()
    await this.#save(profile, tokens)
    // The mark doesn't belong to these tokens.
    await removeQuietly(endedMarkPath(profile.credentialsPath))
  }

  async #save(profile: OpenProfile, tokens: TokenSet): Promise<void> {
    this.#assertSameBinding(profile)
    const { file, config } = profile
    const change = { ...changeFor(tokens, this.#settings), ...this.#lostHost(config) }
    const format = formatOf(profile, {
      baseUrl: this.#issuerOf(change, config),
      consoleUrl: this.#consoleOf(change, config),
      mode: change.mode ?? config.mode,
    })
    const binding = bindingAfter(config, change)
    if (binding !== bindingOf(config)) {
      // Neither login may ever be sent to the server of the other one.
      await file.save(format, tokens, { binding, commit: async () => this.#writeConfig(change) })
      if (this.#pinned !== null) this.#pinned = binding
      return
    }
    // Tokens first: a rotated refresh token must not be lost because the other file can't be written.
    await file.save(format, tokens)
    if (updatedConfig(config, change) !== null) await this.#writeConfig(change)
  }

  /** Returns the host that has issued the tokens to save, or `null` if nothing says so. */
  #issuerOf({ baseUrl }: ConfigChange, config: ProfileConfig): string | null {
    if (baseUrl !== undefined) return baseUrl ?? DEFAULT_HOST
    // A client for a profile that names no host is one for the default host.
    return this.#target?.host ?? config.baseUrl ?? (this.#pinned === null ? null : DEFAULT_HOST)
  }

  /** A config that is written anew names the host: without it, other programs would send the tokens to the default one. */
  #lostHost({ json }: ProfileConfig): ConfigChange {
    if (json !== null || this.#target === null || isDefaultHost(this.#target.host)) return {}
    return { baseUrl: this.#target.host }
  }

  /** Returns the host of the consent page of the tokens to save, or `null` if nothing says so. */
  #consoleOf({ consoleUrl }: ConfigChange, config: ProfileConfig): string | null {
    if (consoleUrl !== undefined) return consoleUrl
    const isOfConfig = this.#target === null || this.#target.host === config.baseUrl
    return isOfConfig ? config.consoleUrl : null
  }

  async prepareSave(): Promise<void> {
    const profile = await this.#files.open()
    const { file, format, configPath, config } = profile
    await withRemedy(profile, async () => file.prepareSave(format))
    const isComplete = config.clientId !== null && updatedConfig(config, this.#settings) === null
    if (!isComplete) await proveJsonFile(configPath)
  }

  async markEnded(tokens: TokenSet): Promise<void> {
    const profile = await this.#files.openToLoad()
    this.#assertSameBinding(profile)
    const held = await profile.file.load(profile.format)
    if (held?.tokens.refreshToken !== tokens.refreshToken || tokens.refreshToken === null) return
    await writeEndedMark(markedLogin(profile, held.tokens))
  }

  async hasEnded(tokens: TokenSet): Promise<boolean> {
    if (tokens.refreshToken === null) return false
    return (await readEndedMark(markedLogin(await this.#files.openToLoad(), tokens))) !== null
  }

  async lock<T>(critical: () => Promise<T>, options?: FileLockCallOptions): Promise<T> {
    const { file } = await this.#openIfWhole()
    return file.lock(critical, options)
  }

  async describe(): Promise<ProfileDescription> {
    const { name, file, format, config } = await this.#openIfWhole()
    const json = (await file.load(format).catch(() => null))?.json ?? {}
    const email = json['account_email']
    const accountEmail = typeof email === 'string' && email !== '' ? email : null
    const { baseUrl, clientId, consoleUrl, scopes, organizationId, workspaceId } = config
    const mode = config.mode ?? namedModeOf(json)
    return { name, baseUrl, clientId, consoleUrl, mode, scopes, organizationId, workspaceId, accountEmail }
  }

  async clientConfig(): Promise<OAuthConfig> {
    const { name, config } = await this.#files.open()
    const { clientId, scopes, ...hosts } = this.#settings
    const hostOf = (value: string | null, key: string): string | null =>
      value && checkedHostUrl(value, `${key} of profile '${name}'`)
    const own = hostOf(config.baseUrl, 'base_url')
    this.#pinned = bindingOf(config)
    const baseUrl = hosts.baseUrl === undefined ? own : hosts.baseUrl
    const ownConsole = baseUrl === own ? hostOf(config.consoleUrl, 'console_url') : null
    const consoleUrl = hosts.consoleUrl ?? ownConsole ?? (isOnLoopback(baseUrl) ? baseUrl : null)
    return {
      clientId: clientId ?? config.clientId ?? undefined,
      scopes: scopes ?? config.scopes ?? undefined,
      endpoints: hostEndpoints({ baseUrl, consoleUrl }),
    }
  }

  async isBlank(): Promise<boolean> {
    return (await this.#openIfWhole()).file.isBlank()
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#openIfWhole()).file.isEmpty()
  }

  async leftovers(): Promise<readonly TokenSet[]> {
    const profile = await this.#files.openToLoad()
    const tokens: TokenSet[] = []
    for (const content of await profile.file.leftovers(profile.format)) {
      if (await this.#isOfSameOrigin(content, profile)) tokens.push(content.tokens)
    }
    return tokens
  }

  async remove(): Promise<void> {
    const { file, format, config, configPath, credentialsPath } = await this.#openIfWhole()
    if (config.credentialsPath !== null) await file.assertRemovable(format)
    for (const path of await findTemporaryFiles(configPath)) await removeFile(path)
    await file.remove()
    await removeQuietly(endedMarkPath(credentialsPath))
  }

  async tightenFolders(): Promise<readonly string[]> {
    // Don't read the config file: it would be refused until the folders are tightened.
    const { root, isDefaultRoot, configPath, credentialsPath } = await this.#files.locate()
    const files = [configPath, credentialsPath]
    const folders = files.map((path) => nodeBuiltin('node:path').dirname(path))
    if (isDefaultRoot || (await holdsOnlyProfiles(root))) folders.push(root)
    return tightenFoldersOf({ files, folders })
  }

  /** Returns the folders that the first save makes, the deepest first. */
  async missingFolders(): Promise<readonly string[]> {
    const { configPath, credentialsPath } = await this.#openIfWhole()
    return missingFoldersOf([configPath, credentialsPath])
  }

  async #openIfWhole(): Promise<OpenProfile> {
    return this.#files.open(readConfigIfWhole)
  }

  async #writeConfig(change: ConfigChange): Promise<void> {
    const { config, configPath } = await this.#files.open()
    const json = updatedConfig(config, change)
    if (json !== null) await replaceJsonFile(configPath, json)
  }

  /** Tokens must not be sent to a host that did not issue them, unless the user names it. */
  async #assertSameOrigin(content: Credentials, { name, config }: OpenProfile): Promise<void> {
    const target = this.#target
    const { baseUrl = config.baseUrl } = this.#settings
    const host = target === null ? baseUrl : target.host
    await assertSameOrigin(content, { name, clientId: config.clientId, host, target })
  }

  async #isOfSameOrigin(content: Credentials, profile: OpenProfile): Promise<boolean> {
    return this.#assertSameOrigin(content, profile).then(
      () => true,
      () => false,
    )
  }

  #assertSameBinding({ name, config }: OpenProfile): void {
    if (this.#pinned !== null && bindingOf(config) !== this.#pinned) throw profileChanged(name)
  }
}

/** Returns the tokens, with an end in the past if the login is marked as ended. */
async function withEnd(profile: OpenProfile, tokens: TokenSet): Promise<TokenSet> {
  if (tokens.refreshToken === null) return tokens
  const endedAt = await readEndedMark(markedLogin(profile, tokens))
  return endedAt === null ? tokens : endingAt(endedAt, tokens)
}

function markedLogin({ credentialsPath, config }: OpenProfile, tokens: TokenSet): MarkedLogin {
  return { credentialsPath, tokens, binding: bindingOf(config) }
}

/** Adds the login command to the error of a damaged credentials file. */
async function withRemedy<T>({ name, config }: OpenProfile, run: () => Promise<T>): Promise<T> {
  return run().catch((error: unknown) => {
    throw withLoginRemedy(error, { name, clientId: config.clientId })
  })
}

/** Returns the settings to write into the config together with these tokens. */
function changeFor({ clientId, workspace }: TokenSet, settings: ConfigChange): ConfigChange {
  const { workspaceId } = settings
  return {
    ...settings,
    clientId: clientId ?? undefined,
    workspaceId: typeof workspaceId === 'string' ? (workspace?.id ?? workspaceId) : workspaceId,
  }
}

function bindingAfter(config: ProfileConfig, { clientId, baseUrl }: ConfigChange): string {
  return bindingOf({
    clientId: clientId ?? config.clientId,
    baseUrl: baseUrl === undefined ? config.baseUrl : baseUrl,
  })
}

function profileChanged(name: string): AnthropicAuthError {
  const message = `Profile '${name}' now belongs to another server or client: someone has logged in again`
  return new AnthropicAuthError('store_failed', message, {
    reason: 'profile_changed',
    hint: 'Start again, with a new client from clientConfig().',
  })
}
