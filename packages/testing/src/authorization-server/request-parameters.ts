import { explainMissing } from '../explanations/missing-parameters.ts'
import { explainBody } from '../explanations/request-body.ts'
import { GRANT_PARAMETERS, requiredParameters } from './grant-parameters.ts'
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
  const body = await request.text()
  if (contentType === 'application/json') return parseJson(body)
  if (contentType === 'application/x-www-form-urlencoded') return parseForm(body)
  throw new OAuthError(
    'invalid_request',
    "The Content-Type must be 'application/json' or 'application/x-www-form-urlencoded'.",
    { status: 415, explanation: { text: explainBody(contentType, body) } },
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
  throw new OAuthError('invalid_request', 'The body is not a JSON object.', {
    explanation: { text: explainBody('application/json', body) },
  })
}

function parseForm(body: string): RequestParameters {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body)) {
    if (parameters.has(name)) {
      throw new OAuthError('invalid_request', 'A parameter was sent more than once.', {
        explanation: { text: `Send \`${name}\` once.` },
      })
    }
    parameters.set(name, value)
  }
  return parameters
}

/**
 * @param required - all required parameters, for the explanation; by default those of the request's grant
 * @throws OAuthError `invalid_request` when the parameter is missing, empty or not a string
 */
export function requireParameter(
  parameters: RequestParameters,
  name: string,
  required?: readonly string[],
): string {
  const value = parameters.get(name)
  if (typeof value === 'string' && value !== '') return value
  const names = new Set([...(required ?? requiredParameters(parameters)), name])
  throw new OAuthError('invalid_request', `Missing or malformed '${name}' in request.`, {
    explanation: { text: explainMissing(parameters, [...names], required ?? GRANT_PARAMETERS) },
  })
}
