import { shellQuoted, findRemains, findTemporaryFiles } from '@anthropic-auth/profile-store/internal'
import type { ExaminedProfile } from './examined-profile.ts'
import { type Finding, ok, warning } from './finding.ts'
import { isHeld } from './lock-check.ts'

/** Checks for files that interrupted saves have left beside the files of a profile. */
export async function checkTemporaryFiles(profile: ExaminedProfile): Promise<readonly Finding[]> {
  const { location } = profile
  if (location.value === null) return []
  const { configPath, credentialsPath } = location.value
  if (await isHeld(credentialsPath)) return [ok('Not checked while another process saves')]
  const paths = [...(await findTemporaryFiles(credentialsPath)), ...(await findTemporaryFiles(configPath))]
  const remains = [await findRemains(credentialsPath), await findRemains(configPath)]
  const own = new Set(
    remains.flatMap(({ leftovers, probes }) => [...leftovers.map(({ path }) => path), ...probes]),
  )
  const findings = paths.map((path) => (own.has(path) ? interruptedSave(path, profile) : foreignFile(path)))
  return findings.length > 0 ? findings : [ok('None')]
}

/** Only our own programs find the newest tokens there. An official SDK would use the older ones in the file. */
function interruptedSave(path: string, { location, state }: ExaminedProfile): Finding {
  const name = location.value?.name ?? ''
  const isNewest = state.value?.leftover?.path === path
  if (isNewest) {
    return warning(
      `${path} holds the newest tokens: an interrupted save could not put them in place`,
      `To put them in place, run: anthropic-auth refresh --profile ${name}`,
    )
  }
  const isLoggedIn = (state.value?.content ?? null) !== null
  return warning(
    `${path} was left by an interrupted save, and is not used`,
    `The next refresh or login removes it. To remove it now, run: anthropic-auth ${isLoggedIn ? 'refresh' : 'logout'} --profile ${name}`,
  )
}

function foreignFile(path: string): Finding {
  const command = process.platform === 'win32' ? `Remove-Item '${path}'` : `rm ${shellQuoted(path)}`
  return warning(
    `${path} was left by another program or an older version, and may hold tokens`,
    `Commands don't use it, and only logout removes it. If no program is saving there now, run: ${command}`,
  )
}
