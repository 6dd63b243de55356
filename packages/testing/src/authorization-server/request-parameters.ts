import { OAuthError } from './oauth-error.ts'

/** The parameters of a request to the token or revocation endpoint, from JSON or a form. */
export type RequestParameters = ReadonlyMap<string, unknown>

/**
 * Reads the body of a request to the token or revocation endpoint.
 *
 * @throws OAuthError `invalid_request` when the body is neither a JSON object nor a form, or repeats a parameter
 */
export async function readParameters(request: {
  header(name: string): string | undefined
  text(): Promise<string>
}): Promise<RequestParameters> {
  const contentType = request.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (contentType === 'application/json') return parseJson(await request.text())
  if (contentType === 'application/x-www-form-urlencoded') return parseForm(await request.text())
  throw new OAuthError(
    'invalid_request',
    "The Content-Type must be 'application/json' or 'application/x-www-form-urlencoded'.",
    { status: 415 },
  )
}

function parseJson(body: string): RequestParameters {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return new Map(Object.entries(value))
    }
  } catch {
    // Refused below, like JSON that is not an object.
  }
  throw new OAuthError('invalid_request', 'The body is not a JSON object.')
}

function parseForm(body: string): RequestParameters {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body)) {
    if (parameters.has(name)) {
      throw new OAuthError('invalid_request', 'A parameter was sent more than once.')
    }
    parameters.set(name, value)
  }
  return parameters
}

/** @throws OAuthError `invalid_request` when the parameter is missing, empty or not a string */
export function requireParameter(parameters: RequestParameters, name: string): string {
  const value = parameters.get(name)
  if (typeof value === 'string' && value !== '') return value
  throw new OAuthError('invalid_request', `Missing or malformed '${name}' in request.`)
}
