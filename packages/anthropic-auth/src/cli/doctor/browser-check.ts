import { canOpenBrowser } from '@anthropic-auth/browser'
import { type Finding, ok, warning } from './finding.ts'

/** Checks whether a login could open the browser. */
export function checkBrowser(): Finding {
  const ability = canOpenBrowser()
  if (ability.ok) return ok('Can be opened')
  return warning(
    ability.reason.replace(/\.$/, ''),
    'Open the link on any machine, and paste the code: anthropic-auth login --no-browser',
  )
}
