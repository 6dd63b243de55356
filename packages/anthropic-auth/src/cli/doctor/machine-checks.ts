import { readIdentityToken } from '@anthropic-auth/core/internal'
import { instantText } from '../output.ts'
import type { ExaminedMachine } from './examined-machine.ts'
import { type Finding, ok, problem, problemOf } from './finding.ts'

/** Checks that the settings of a machine are complete. */
export function checkMachine({ profile, problem: incomplete }: ExaminedMachine): readonly Finding[] {
  if (incomplete !== null) return [problemOf(incomplete, profile ?? undefined)]
  return [
    ok(profile === null ? 'None: the federation variables log a machine in' : `'${profile}', for a machine`),
  ]
}

/** Reads the identity token of a machine, which is sent nowhere. Only the server can check its signature. */
export async function checkIdentityToken(
  { login }: ExaminedMachine,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (login === null) return []
  if (!login.isSourceOfSdks) return [ok(`Requested from ${login.identitySource} for each exchange`)]
  try {
    const token = await readIdentityToken(login.grant.identityToken, signal)
    return [identityTokenFinding(token, login.identitySource)]
  } catch (error) {
    return [problemOf(error)]
  }
}

function identityTokenFinding(token: string, source: string): Finding {
  const claims = claimsOf(token)
  if (claims === null) {
    return problem(`${source} does not contain a JWT`, 'Use the OIDC token that your platform issues.')
  }
  const expiresAt = typeof claims['exp'] === 'number' ? claims['exp'] : null
  if (expiresAt === null) return ok(source)
  const when = instantText(expiresAt)
  if (expiresAt > Date.now() / 1000) return ok(`${source}, expires ${when}`)
  return problem(
    `The identity token from ${source} expired ${when}`,
    'Check that your platform still replaces it, and that the clock of this machine is right.',
  )
}

/** Returns the claims of a JWT, without a check of its signature; `null` if it is none. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | null {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? { ...claims } : null
  } catch {
    return null
  }
}
