const MAX_BYTES = 65_536
const MAX_DISCARDED_BYTES = 8 * 1024 * 1024

/** What came as the body of a request. */
export interface RequestBody {
  /** At most its first 64 KiB, as UTF-8. */
  readonly text: string
  /** There was more than that. */
  readonly isTooLarge: boolean
}

/**
 * Reads a request's body. Of one that is too large the rest is read and dropped, within reason: a client that is still
 * sending when the connection closes would see a reset in place of the answer.
 */
export async function readRequestBody(request: Request): Promise<RequestBody> {
  const chunks: Uint8Array[] = []
  let byteLength = 0
  for await (const chunk of request.body ?? []) {
    if (byteLength < MAX_BYTES) chunks.push(chunk)
    byteLength += chunk.length
    if (byteLength > MAX_DISCARDED_BYTES) break
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_BYTES).toString('utf8')
  return { text, isTooLarge: byteLength > MAX_BYTES }
}
