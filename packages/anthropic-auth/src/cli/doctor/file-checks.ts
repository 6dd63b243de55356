import type { AnthropicAuthError } from '@anthropic-auth/core'
import {
  assertOwnFile,
  damagedPathOf,
  loginCommand,
  lostSettingsText,
  SECRET,
  shellQuoted,
  TRUSTED,
} from '@anthropic-auth/profile-store/internal'
import type { ExaminedProfile } from './examined-profile.ts'
import { failureOf, type Finding, ok, problem } from './finding.ts'

/** Checks the config file: who can change it, and whether it can be read. */
export async function checkConfigFile({
  location,
  config,
  lost,
}: ExaminedProfile): Promise<readonly Finding[]> {
  if (location.value === null) return []
  const { configPath, name } = location.value
  const unsafe = await failureOf(assertOwnFile(configPath, TRUSTED))
  if (unsafe !== null) return [unsafe]
  const isBlank = config.value?.isBlank === true
  if (isBlank || config.problem?.reason === 'corrupt_file') {
    const login = loginCommand({ name, clientId: null, named: lost })
    const damage =
      config.problem === null ? blankFile(configPath, login) : damagedFile(config.problem, configPath, login)
    return [{ ...damage, remedy: `${lostSettingsText(lost)} ${damage.remedy ?? ''}` }]
  }
  if (config.value === null) return []
  return [ok(config.value.json === null ? 'None yet' : configPath)]
}

/** Checks the credentials file: who can read and change it, and whether it holds tokens. */
export async function checkCredentialsFile({
  location,
  config,
  state,
}: ExaminedProfile): Promise<readonly Finding[]> {
  if (location.value === null) return []
  const { credentialsPath, name } = location.value
  const unsafe = await failureOf(assertOwnFile(credentialsPath, SECRET))
  if (unsafe !== null) return [unsafe]
  if (state.value === null) return []
  const login = loginCommand({ name, clientId: config.value?.clientId ?? null })
  if (state.value.isBlank) return [blankFile(credentialsPath, login)]
  if (state.value.problem !== null) return [damagedFile(state.value.problem, credentialsPath, login)]
  return [ok(state.value.bytes === null ? 'None yet' : credentialsPath)]
}

function blankFile(path: string, login: string): Finding {
  return problem(
    `${path} is empty or blank, perhaps after a power loss`,
    `Restore it from a backup, or run: ${login}`,
  )
}

/** The user has to move the file: a login never replaces one that it can't read, since it may belong to someone else. */
function damagedFile({ message }: AnthropicAuthError, path: string, login: string): Finding {
  const isWindows = process.platform === 'win32'
  const move = `mv ${shellQuoted(path)} ${shellQuoted(damagedPathOf(path))}`
  const remedy = isWindows ? `rename it and run: ${login}` : `run: ${move} && ${login}`
  return problem(message, `Repair it, or ${remedy}`)
}
