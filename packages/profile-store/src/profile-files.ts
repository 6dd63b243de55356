import { AnthropicAuthError, type OAuthMode } from '@anthropic-auth/core'
import { blankFile } from './files/blank-file.ts'
import { isHostUrl } from './host-url.ts'
import { LoginFile } from './login-file.ts'
import { withConfigRemedy } from './login-remedy.ts'
import type { FileFormat } from './token-encoding.ts'
import { nodeBuiltin } from './files/node-builtin.ts'
import { bindingOf, type ProfileConfig, readProfileConfig } from './profile-config.ts'
import { type Credentials, credentialsFormat } from './profile-credentials.ts'
import { type ProfileChoice, type ProfileLocation, locateProfile } from './profile-location.ts'

/** A profile whose config has been read. The config may name another credentials file than the usual one. */
export interface OpenProfile extends ProfileLocation {
  readonly config: ProfileConfig
  readonly file: LoginFile<Credentials>
  readonly format: FileFormat<Credentials>
}

/** The settings that a credentials file remembers with its tokens; `null`: not known, or a default. */
interface RememberedSettings {
  /** The host that issued the tokens. */
  readonly baseUrl: string | null
  readonly consoleUrl: string | null
  readonly mode: OAuthMode | null
}

/** Returns the format of a profile's credentials file. */
export function formatOf(
  { credentialsPath, config }: Pick<OpenProfile, 'credentialsPath' | 'config'>,
  { baseUrl, consoleUrl, mode }: RememberedSettings,
): FileFormat<Credentials> {
  const [host, consoleHost] = [baseUrl, consoleUrl].map((url) => (isHostUrl(url) ? url : null))
  const settings = { clientId: config.clientId, host: host ?? null, consoleUrl: consoleHost ?? null, mode }
  return { ...credentialsFormat(credentialsPath, settings), binding: bindingOf(config) }
}

/** Opens the files of one profile. Reads them each time, since other programs write them, too. */
export class ProfileFiles {
  readonly #choice: ProfileChoice
  readonly #files = new Map<string, LoginFile<Credentials>>()
  #location: Promise<ProfileLocation> | null = null
  /** Kept, so that a login stays in one file when the working directory changes. */
  #workingFolder: string | null = null
  #last: OpenProfile | null = null

  constructor(choice: ProfileChoice) {
    this.#choice = choice
  }

  /** Chooses the profile once, so that a login is never saved to another one. */
  async locate(): Promise<ProfileLocation> {
    this.#location ??= locateProfile(this.#choice).catch((error: unknown) => {
      this.#location = null
      throw error
    })
    return this.#location
  }

  async open(readConfig: typeof readProfileConfig = readProfileConfig): Promise<OpenProfile> {
    const location = await this.locate()
    const config = await readConfig(location.configPath).catch(async (error: unknown) => {
      throw await withConfigRemedy(error, location)
    })
    const credentialsPath = this.#credentialsPath(location, config)
    const format = formatOf({ credentialsPath, config }, config)
    this.#last = { ...location, credentialsPath, config, file: this.#fileAt(credentialsPath), format }
    return this.#last
  }

  /** Refuses a blank config: tokens of a profile that has lost its base URL could be sent to another host. */
  async openToLoad(): Promise<OpenProfile> {
    const profile = await this.open()
    if (profile.config.isBlank) throw await withConfigRemedy(blankFile(profile.configPath), profile)
    return profile
  }

  /**
   * Returns the profile as `prepareSave()` has read it, if it has: saving new tokens must not depend on reading it
   * again.
   */
  async openToSave(): Promise<OpenProfile> {
    return this.#last?.file.isPrepared === true ? this.#last : this.open()
  }

  /** Resolves a relative path against the working directory, as the official SDK does. */
  #credentialsPath(location: ProfileLocation, { credentialsPath }: ProfileConfig): string {
    if (credentialsPath === null) return location.credentialsPath
    // The official SDK would look for a folder of that name in the working directory.
    if (credentialsPath.startsWith('~')) throw unexpandedPath(location.configPath, credentialsPath)
    const path = nodeBuiltin('node:path')
    this.#workingFolder ??= path.resolve()
    return path.resolve(this.#workingFolder, credentialsPath)
  }

  /** Keeps one object for each file, since it knows whether the file is locked. */
  #fileAt(path: string): LoginFile<Credentials> {
    const file = this.#files.get(path) ?? new LoginFile<Credentials>(path)
    this.#files.set(path, file)
    return file
  }
}

function unexpandedPath(configPath: string, credentialsPath: string): AnthropicAuthError {
  const isOwnHome = credentialsPath === '~' || /^~[/\\]/.test(credentialsPath)
  const home = nodeBuiltin('node:os').homedir()
  const example = isOwnHome ? `: ${nodeBuiltin('node:path').join(home, credentialsPath.slice(1))}` : '.'
  return new AnthropicAuthError(
    'invalid_config',
    `credentials_path in ${configPath} starts with "~", which only a shell expands`,
    { reason: 'credentialsPath', hint: `Replace it with the full path${example}` },
  )
}
