import { findOverridingVariables } from '../overriding-variables.ts'
import { isInCi, keyAdvice } from '../ci-advice.ts'
import { type Finding, ok, warning } from './finding.ts'

/**
 * Looks for variables that keep the official SDKs from using a login or its host. In CI, they are the usual way to
 * authenticate, and there may be no login.
 */
export function checkEnvironment(baseUrl: string | null, hasLogin: boolean): readonly Finding[] {
  const advice = isInCi() && !hasLogin ? keyAdvice() : null
  if (advice !== null) return [ok(advice.replace(/\.$/, ''))]
  const found = findOverridingVariables(baseUrl)
  if (found.length === 0) return [ok('No key or token that the official SDKs would use instead')]
  return found.map(({ problem, remedy }) => warning(problem, remedy))
}
