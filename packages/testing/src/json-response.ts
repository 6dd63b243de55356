const texts = new WeakMap<Response, string>()

/** Creates a response with a JSON body. */
export function jsonResponse(value: unknown): Response {
  const text = JSON.stringify(value)
  const response = new Response(text, { headers: { 'content-type': 'application/json' } })
  texts.set(response, text)
  return response
}

/**
 * The body of a response that `jsonResponse()` has created. To read it from the response's stream would take longer
 * than the rest of a refresh.
 */
export function jsonText(response: Response): string | undefined {
  return texts.get(response)
}
