import { generatePkce } from '@anthropic-auth/pkce'
import { callbackServerChecks, missingServerChecks } from './callback-server-checks.ts'
import { assertEqual, type CheckResult, type Checks, resultsOf } from './check.ts'
import type { CheckSetup } from './check-setup.ts'
import { flowChecks, pkceChecks, tokenChecks } from './client-checks.ts'

/** Runs every check that needs only web platform APIs. */
export async function runChecks({ userAgent, crypto, emulator }: CheckSetup): Promise<CheckResult[]> {
  const checks: Checks = {
    'is the runtime that is meant': () => assertEqual(navigator.userAgent.includes(userAgent), true),
    [`chooses the ${crypto} branch of #crypto`]: () => assertEqual(chosenBranch(), crypto),
    ...pkceChecks,
    ...flowChecks,
    ...(crypto === 'native' ? callbackServerChecks : missingServerChecks),
    ...(emulator && tokenChecks(emulator)),
  }
  return resultsOf(checks)
}

/** Only the portable branch calls `crypto.getRandomValues()`. */
function chosenBranch(): 'native' | 'portable' {
  let branch: 'native' | 'portable' = 'native'
  const getRandomValues = (bytes: Uint8Array<ArrayBuffer>): unknown => {
    branch = 'portable'
    return Crypto.prototype.getRandomValues.call(crypto, bytes)
  }
  Reflect.defineProperty(crypto, 'getRandomValues', { value: getRandomValues, configurable: true })
  generatePkce()
  Reflect.deleteProperty(crypto, 'getRandomValues')
  return branch
}
