import type { IncomingMessage } from 'node:http'

const MAX_BYTES = 65_536
const MAX_DISCARDED_BYTES = 8 * 1024 * 1024

/** The body of a request. */
export interface RequestBody {
  /** The first 64 KiB at most, as UTF-8. */
  readonly text: string
  /** Whether there was more. */
  readonly isTooLarge: boolean
}

/**
 * Reads the body of a request. It reads and drops the rest of a body that is too large, up to 8 MiB: a client that is
 * still sending when the connection closes would see a reset instead of the response.
 */
export function readRequestBody(incoming: IncomingMessage): Promise<RequestBody> {
  const chunks: Uint8Array[] = []
  let byteLength = 0
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      const text = Buffer.concat(chunks).subarray(0, MAX_BYTES).toString('utf8')
      resolve({ text, isTooLarge: byteLength > MAX_BYTES })
    }
    const add = (chunk: Uint8Array): void => {
      if (byteLength < MAX_BYTES) chunks.push(chunk)
      byteLength += chunk.length
      if (byteLength > MAX_DISCARDED_BYTES) incoming.destroy()
    }
    incoming.on('data', add).once('end', finish).once('close', finish).once('error', reject)
  })
}
