import { AnthropicAuthError } from '@anthropic-auth/core'
import { isBlank } from './files/blank-file.ts'
import { errorCode, fileError } from './files/file-error.ts'
import { fileNameOf } from './files/leftover.ts'
import { nodeBuiltin } from './files/node-builtin.ts'
import { isProfileName } from './profile-name.ts'

/** The name of a profile, and the folder of all profiles. */
export interface ProfileChoice {
  /** @default `$ANTHROPIC_PROFILE`, else the profile that the file `active_config` names, else `default` */
  readonly profile?: string | undefined
  /**
   * The folder of all profiles.
   *
   * @default `$ANTHROPIC_CONFIG_DIR`, else `%APPDATA%\Anthropic` on Windows, else `$XDG_CONFIG_HOME/anthropic`, else
   *   `~/.config/anthropic`
   */
  readonly configDir?: string | undefined
}

/** The files of a profile. */
export interface ProfileLocation {
  readonly name: string
  /** The folder of all profiles. */
  readonly root: string
  /** Whether the root is the system's default folder, which nothing else uses. */
  readonly isDefaultRoot: boolean
  readonly configPath: string
  readonly credentialsPath: string
}

/** The names that the profile format uses, and the locks and temporary files next to them. */
const OWN_NAMES = /^(configs|credentials|active_config)(\..*)?$/

/** Finds the files of a profile, as the official SDKs do. */
export async function locateProfile({ profile, configDir }: ProfileChoice): Promise<ProfileLocation> {
  const path = nodeBuiltin('node:path')
  const root = rootOf(configDir)
  const name = profile ?? (await activeProfile(root))
  return {
    name,
    root,
    isDefaultRoot: root === path.resolve(systemRoot() ?? ''),
    configPath: path.join(root, 'configs', `${name}.json`),
    credentialsPath: path.join(root, 'credentials', `${name}.json`),
  }
}

/**
 * The names of all profiles that have a file, in order.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'read_failed'`
 */
export async function listProfileNames(configDir: string | undefined): Promise<readonly string[]> {
  const path = nodeBuiltin('node:path')
  const root = rootOf(configDir)
  const folders = ['configs', 'credentials'].map(async (folder) => jsonFilesIn(path.join(root, folder)))
  const names = new Set((await Promise.all(folders)).flat().filter(isProfileName))
  return [...names].toSorted()
}

async function jsonFilesIn(folder: string): Promise<readonly string[]> {
  try {
    const files = await nodeBuiltin('node:fs/promises').readdir(folder)
    // A first login that was killed may have left its tokens next to a file that does not exist yet. A damaged file that
    // the user has moved away may hold tokens that still work.
    return files
      .map((file) => fileNameOf(file) ?? file.replace(/(?<=\.json)\.damaged$/, ''))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw fileError('read_failed', `${folder} can't be read`, error)
  }
}

/** Returns the path of the file that names the active profile. */
export function activeConfigPath(configDir: string | undefined): string {
  return nodeBuiltin('node:path').join(rootOf(configDir), 'active_config')
}

/** @throws AnthropicAuthError `invalid_config` when it is not the path of a folder */
export function assertConfigDir(configDir: string | undefined): void {
  if (configDir === undefined || (typeof configDir === 'string' && configDir !== '')) return
  throw new AnthropicAuthError('invalid_config', 'configDir must be the path of a folder', {
    reason: 'configDir',
  })
}

/** Refuses a name that could lead out of the folder of profiles. */
export function assertProfileName(name: string, source: string): void {
  if (isProfileName(name)) return
  throw new AnthropicAuthError('invalid_config', `${source} is not a valid profile name`, {
    reason: 'profile',
    hint: 'Use only letters, digits, ".", "_" and "-". The names "." and ".." are not allowed.',
  })
}

async function activeProfile(root: string): Promise<string> {
  const named = environment('ANTHROPIC_PROFILE')
  if (named !== undefined) return checked(named, 'ANTHROPIC_PROFILE')
  const path = nodeBuiltin('node:path').join(root, 'active_config')
  const bytes = await readRegularFile(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null
    throw fileError('read_failed', `${path} can't be read`, error)
  })
  if (bytes === null || isBlank(bytes)) return 'default'
  const name = new TextDecoder().decode(bytes).trim()
  if (!isProfileName(name)) throw invalidActiveConfig(path)
  return name
}

/** Reading a named pipe or a device could wait forever. */
async function readRegularFile(path: string): Promise<Uint8Array> {
  const { readFile, stat } = nodeBuiltin('node:fs/promises')
  const stats = await stat(path)
  if (stats.isFile() || stats.isDirectory()) return readFile(path)
  throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' })
}

/** No user has typed this name, so the rules for names would not help. */
function invalidActiveConfig(path: string): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', `${path} does not contain the name of a profile`, {
    reason: 'active_config',
    hint: 'Choose the active profile again with activateProfile().',
  })
}

function checked(name: string, source: string): string {
  assertProfileName(name, source)
  return name
}

/** Whether a folder contains only profile files, so that other users have no use for it. */
export async function holdsOnlyProfiles(root: string): Promise<boolean> {
  try {
    const names = await nodeBuiltin('node:fs/promises').readdir(root)
    return names.every((name) => OWN_NAMES.test(name))
  } catch {
    return false
  }
}

function rootOf(configDir: string | undefined): string {
  const variable = environment('ANTHROPIC_CONFIG_DIR')
  const root = configDir ?? variable ?? systemRoot()
  if (root === null) throw noRoot()
  assertAbsolute(root, configDir === undefined ? 'ANTHROPIC_CONFIG_DIR' : 'configDir')
  return nodeBuiltin('node:path').resolve(root)
}

/** Refuses `~/x` and `./x`: the tokens would end up in the working directory, such as a project under version control. */
function assertAbsolute(folder: string, source: string): void {
  if (nodeBuiltin('node:path').isAbsolute(folder)) return
  const problem = `${source} is not an absolute path: ${JSON.stringify(folder)}`
  throw new AnthropicAuthError('invalid_config', problem, {
    reason: 'configDir',
    hint: `Use the full path of the folder, such as ${exampleOf(folder)}. A ~ in quotes is not expanded by the shell.`,
  })
}

function exampleOf(folder: string): string {
  const path = nodeBuiltin('node:path')
  const home = absoluteFolder('HOME') ?? absoluteFolder('USERPROFILE')
  if (folder.startsWith('~/') && home !== undefined) return path.join(home, folder.slice(2))
  return /^[~a-z]+:|^~/.test(folder) ? path.resolve('/path/to/profiles') : path.resolve(folder)
}

function noRoot(): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', 'No home folder was found for the profiles', {
    reason: 'configDir',
    hint: 'Set ANTHROPIC_CONFIG_DIR to the absolute path of a folder.',
  })
}

/** The system's default folder for the profiles of this user; `null` when there is no home folder. */
function systemRoot(): string | null {
  const [home, ...below] = process.platform === 'win32' ? windowsRoot() : posixRoot()
  return home === undefined ? null : nodeBuiltin('node:path').join(home, ...below)
}

type Root = readonly [home: string | undefined, ...below: string[]]

function windowsRoot(): Root {
  const appData = absoluteFolder('APPDATA')
  if (appData !== undefined) return [appData, 'Anthropic']
  return [absoluteFolder('USERPROFILE'), 'AppData', 'Roaming', 'Anthropic']
}

function posixRoot(): Root {
  const configHome = absoluteFolder('XDG_CONFIG_HOME')
  return configHome === undefined
    ? [absoluteFolder('HOME'), '.config', 'anthropic']
    : [configHome, 'anthropic']
}

/**
 * Reads a variable of the system that names a folder. A relative path counts as not set.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/#variables
 */
function absoluteFolder(name: string): string | undefined {
  const folder = environment(name)
  return folder !== undefined && nodeBuiltin('node:path').isAbsolute(folder) ? folder : undefined
}

/** A variable that is empty counts as not set, as in the official SDKs. */
function environment(name: string): string | undefined {
  const value = process.env[name]?.trim()
  return value === '' ? undefined : value
}
