import type { IncomingMessage } from 'node:http'

/** A code with its state has at most 8,192 characters, each of which a form may write as three. */
const MAX_BYTES = 32_768

/** Reads the fields of a form of this application. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > MAX_BYTES) throw new RangeError('The form is too large')
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}
