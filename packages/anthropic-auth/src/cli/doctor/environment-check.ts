import { findOverridingCredentials } from '../overriding-credentials.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Checks for keys and tokens in the environment that the official SDKs use in place of a profile. */
export function checkEnvironment(): readonly Finding[] {
  const found = findOverridingCredentials()
  if (found.length === 0) return [ok('No key or token that the official SDKs would use instead')]
  return found.map(({ problem, remedy }) => warning(problem, remedy))
}
