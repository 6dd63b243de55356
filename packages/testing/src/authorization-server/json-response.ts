const texts = new WeakMap<Response, string>()

/** Creates a response with status 200 and a JSON body. */
export function jsonResponse(value: unknown): Response {
  const text = JSON.stringify(value)
  const response = new Response(text, { headers: { 'content-type': 'application/json' } })
  texts.set(response, text)
  return response
}

/** The body of a response of `jsonResponse()`. Reading it from the response's stream takes much longer. */
export function jsonText(response: Response): string | undefined {
  return texts.get(response)
}
