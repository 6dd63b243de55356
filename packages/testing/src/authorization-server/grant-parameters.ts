import { nearest } from '../explanations/nearest.ts'

/** The grant type by which machines log in. */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** The required parameters of each grant type. */
const REQUIRED: ReadonlyMap<string, readonly string[]> = new Map([
  ['authorization_code', ['grant_type', 'client_id', 'code', 'state', 'redirect_uri', 'code_verifier']],
  ['refresh_token', ['grant_type', 'client_id', 'refresh_token']],
  [JWT_BEARER, ['grant_type', 'assertion', 'federation_rule_id', 'organization_id']],
])

/** The supported values of `grant_type`. */
export const GRANT_TYPES: readonly string[] = [...REQUIRED.keys()]

/** The names that have a meaning at the token endpoint. */
export const GRANT_PARAMETERS: readonly string[] = [
  ...new Set([...REQUIRED.values()].flat()),
  'scope',
  'expires_in',
  'service_account_id',
  'workspace_id',
]

/** The parameters that reveal the grant of a request without a `grant_type`. */
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['code', 'authorization_code'],
  ['code_verifier', 'authorization_code'],
  ['refresh_token', 'refresh_token'],
  ['assertion', JWT_BEARER],
])

/** Returns the required parameters of the request's grant. A wrong or missing grant type is guessed from the others. */
export function requiredParameters(parameters: ReadonlyMap<string, unknown>): readonly string[] {
  const names = [...parameters.keys()].map((name) => nearest(name, [...SIGNS.keys()]))
  const guessed = names.map((name) => SIGNS.get(name ?? '')).find((grantType) => grantType !== undefined)
  const grantType = String(parameters.get('grant_type'))
  return REQUIRED.get(grantType) ?? REQUIRED.get(guessed ?? '') ?? ['grant_type', 'client_id']
}
