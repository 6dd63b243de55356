import { type AnthropicAuthError, isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import {
  type FileState,
  readFileState,
  readConfigIfWhole,
  readProfileConfig,
  type Credentials,
  type OpenProfile,
  openStoredProfile,
  ProfileFiles,
  type ProfileLocation,
  rememberedSettings,
  type NamedSettings,
  NOTHING_NAMED,
  storeOf,
} from '@anthropic-auth/profile-store/internal'
import { listProfiles, type ProfileDescription } from '@anthropic-auth/profile-store'
import { sourceOf, type UnknownProfile } from '../unknown-profile.ts'

/** A profile as far as it can be read. Each part is a value or an error. */
export interface ExaminedProfile {
  /** The paths of the files. The config may name a credentials file elsewhere. */
  readonly location: Outcome<ProfileLocation>
  /** The profile, opened as for a logout: a damaged config does not prevent that. */
  readonly opened: Outcome<OpenProfile>
  readonly config: Outcome<OpenProfile['config']>
  readonly description: Outcome<ProfileDescription>
  /** The credentials file, and the files that interrupted saves have left next to it. */
  readonly state: Outcome<FileState<Credentials>>
  /** The value is `null` if the profile has no login. */
  readonly tokens: Outcome<TokenSet | null>
  /** The host that issued the tokens; `null`: not known. */
  readonly loginHost: string | null
  readonly isEmpty: boolean
  /** The settings that only the credentials remember, because the config file is lost or damaged. */
  readonly lost: NamedSettings
  /** The names of all profiles, and where the name of this one comes from. */
  readonly existing: readonly string[]
  readonly source: UnknownProfile['source']
}

/** A value, or the error that there is instead. */
type Outcome<T> =
  | { readonly value: T; readonly problem: null }
  | { readonly value: null; readonly problem: AnthropicAuthError }

/** Reads the files of a profile. Changes nothing. */
export async function examineProfile(profile: string | undefined): Promise<ExaminedProfile> {
  const files = new ProfileFiles({ profile })
  const stored = openStoredProfile({ profile })
  const store = storeOf(stored)
  const opened = await outcomeOf(async () => files.open(readConfigIfWhole))
  const location = opened.value === null ? await outcomeOf(async () => files.locate()) : opened
  const config = await outcomeOf(async () => readProfileConfig((await files.locate()).configPath))
  const tokens = await outcomeOf(async () => store.load())
  return {
    location,
    opened,
    config,
    description: await outcomeOf(async () => store.describe()),
    state: await outcomeOf(async () => stateOf(files)),
    tokens,
    loginHost: (await outcomeOf(async () => stored.loginHost())).value,
    lost:
      isConfigLost({ config, tokens }) && location.value
        ? await rememberedSettings(location.value)
        : NOTHING_NAMED,
    isEmpty: (await outcomeOf(async () => store.isEmpty())).value === true,
    existing: (await outcomeOf(async () => listProfiles())).value ?? [],
    source: sourceOf(profile),
  }
}

function isConfigLost({ config, tokens }: Pick<ExaminedProfile, 'config' | 'tokens'>): boolean {
  if (config.value === null) return config.problem.reason === 'corrupt_file'
  return config.value.isBlank || (config.value.baseUrl === null && tokens.problem?.reason === 'other_host')
}

async function stateOf(files: ProfileFiles): Promise<FileState<Credentials>> {
  const { credentialsPath, format } = await files.open(readConfigIfWhole)
  return readFileState(credentialsPath, format)
}

/** @throws what is not an `AnthropicAuthError` */
export async function outcomeOf<T>(read: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await read(), problem: null }
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    return { value: null, problem: error }
  }
}
