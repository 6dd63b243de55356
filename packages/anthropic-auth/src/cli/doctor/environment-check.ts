import { findOverridingVariables } from '../overriding-variables.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Looks for variables that keep the official SDKs from using a profile or its host. */
export function checkEnvironment(baseUrl: string | null): readonly Finding[] {
  const found = findOverridingVariables(baseUrl)
  if (found.length === 0) return [ok('No key or token that the official SDKs would use instead')]
  return found.map(({ problem, remedy }) => warning(problem, remedy))
}
