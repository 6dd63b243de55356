import { ServerResponse, type OutgoingHttpHeaders } from 'node:http'

const MAX_BYTES = 65_536

/** The response to a request, as it was sent. */
export class RecordedResponse {
  readonly #chunks: (string | Uint8Array)[] = []
  #headers: OutgoingHttpHeaders = {}
  #length = 0

  /** By lower-case name; empty until the response has ended. */
  get headers(): OutgoingHttpHeaders {
    return this.#headers
  }

  /** The length of the whole body: in bytes, or in characters where the body was sent as text. */
  get length(): number {
    return this.#length
  }

  /** Whether the body is longer than what was kept. */
  get isCut(): boolean {
    return this.#length > MAX_BYTES
  }

  /** The first 64 KiB of the body. */
  get body(): Buffer {
    return Buffer.concat(this.#chunks.map((chunk) => Buffer.from(chunk)))
  }

  /** The size that counts into the limit of the log. */
  get size(): number {
    let size = Math.min(this.#length, MAX_BYTES)
    for (const [name, value] of Object.entries(this.#headers)) size += name.length + String(value).length
    return size
  }

  /** Keeps the chunk itself: copies are made only when the inspector needs them. */
  add(chunk: string | Uint8Array): void {
    const room = MAX_BYTES - this.#length
    this.#length += chunk.length
    if (chunk.length <= room) this.#chunks.push(chunk)
    // A part of a chunk would keep all of it in memory.
    else if (room > 0) this.#chunks.push(Buffer.from(Buffer.from(chunk).subarray(0, room)))
  }

  end(headers: OutgoingHttpHeaders): void {
    this.#headers = headers
  }
}

type WriteDone = (error: Error | null | undefined) => void
type EndDone = () => void

/** A response that records what is sent. */
export class RecordingServerResponse extends ServerResponse {
  readonly recorded: RecordedResponse = new RecordedResponse()

  override write(chunk: unknown, encoding?: BufferEncoding | WriteDone, done?: WriteDone): boolean {
    this.#record(chunk)
    return typeof encoding === 'string' ? super.write(chunk, encoding, done) : super.write(chunk, encoding)
  }

  override end(chunk?: unknown, encoding?: BufferEncoding | EndDone, done?: EndDone): this {
    this.#record(chunk)
    return typeof encoding === 'string' ? super.end(chunk, encoding, done) : super.end(chunk, encoding)
  }

  #record(chunk: unknown): void {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) this.recorded.add(chunk)
  }
}
