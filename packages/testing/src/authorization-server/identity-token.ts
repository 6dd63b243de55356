import { OAuthError } from './oauth-error.ts'

/** The claims of an identity token that a federation rule checks. */
export interface IdentityClaims {
  readonly issuer: string | null
  readonly subject: string | null
}

type JsonObject = Readonly<Record<string, unknown>>

const MAX_LENGTH = 16 * 1024
const JWT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/**
 * Reads an identity token, a JSON Web Token. The emulator doesn't verify the signature, since it has the keys of no
 * platform.
 *
 * @param now - in milliseconds since 1970
 * @throws OAuthError `invalid_grant` when the token is too long, malformed, expired or not yet valid
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-3
 */
export function readIdentityToken(assertion: string, now: number): IdentityClaims {
  if (assertion.length > MAX_LENGTH) throw new OAuthError('invalid_grant', 'The assertion exceeds 16 KiB.')
  const [, header, payload] = JWT.exec(assertion) ?? []
  const claims = decodePart(payload)
  if (typeof decodePart(header)?.['alg'] !== 'string' || claims === null) {
    throw new OAuthError('invalid_grant', 'The assertion is not a JSON Web Token.')
  }
  assertCurrent(claims, now)
  return { issuer: stringOrNull(claims['iss']), subject: stringOrNull(claims['sub']) }
}

function decodePart(part: string | undefined): JsonObject | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

function assertCurrent({ exp, nbf }: JsonObject, now: number): void {
  if (typeof exp === 'number' && now >= exp * 1000) {
    throw new OAuthError('invalid_grant', 'The assertion has expired.')
  }
  if (typeof nbf === 'number' && now < nbf * 1000) {
    throw new OAuthError('invalid_grant', 'The assertion is not valid yet.')
  }
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
