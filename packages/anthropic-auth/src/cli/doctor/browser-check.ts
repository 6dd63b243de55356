import { canOpenBrowser } from '@anthropic-auth/browser'
import { isInCi } from '../ci-advice.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Checks whether a login could open the browser. */
export function checkBrowser(): Finding {
  const ability = canOpenBrowser()
  if (ability.ok) return ok('Can be opened')
  if (isInCi()) return ok('Not needed: in CI, nobody can log in')
  return warning(
    ability.reason.replace(/\.$/, ''),
    'Open the link on any machine, and paste the code: anthropic-auth login --no-browser',
  )
}
