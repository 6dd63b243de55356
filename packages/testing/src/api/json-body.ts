import type { AppContext } from '../authorization-server/server-state.ts'
import { explainBody } from '../explanations/request-body.ts'
import { ApiError } from './api-error.ts'

/**
 * Reads the JSON object in the body of a request to the API.
 *
 * @throws ApiError 400 when the body is anything else, or its Content-Type is not JSON
 */
export async function readJsonObject(request: AppContext['req']): Promise<Readonly<Record<string, unknown>>> {
  const contentType = request.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (contentType !== 'application/json') {
    throw new ApiError(400, 'The Content-Type must be application/json.', {
      text: explainBody(contentType, await request.text()),
    })
  }
  const body = await request.text()
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Refused below, like JSON that is not an object.
  }
  throw new ApiError(400, 'The request body is not a valid JSON object.', {
    text: explainBody(contentType, body),
  })
}
