import type { IncomingMessage } from 'node:http'

/** A request that reached the emulator. */
export interface RecordedRequest {
  readonly method: string
  /** With the query string, as it came. */
  readonly path: string
  /** By lower-case name; values of a repeated header are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** As text; at most the first 64 KiB. */
  readonly body: string
  /** Of the answer; 0 while there is none, and for good when the connection ended without one. */
  readonly status: number
  /** When it came, in milliseconds of the emulator's clock. */
  readonly at: number
}

/** A record whose body and status are still to come. */
export type OpenRecord = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] }

const MAX_RECORDS = 10_000

/** The last 10,000 requests, in the order in which they came. */
export class RequestLog {
  readonly #now: () => number
  readonly records: OpenRecord[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  open(incoming: IncomingMessage): OpenRecord {
    const { method = '', url = '' } = incoming
    const record = {
      method,
      path: url,
      headers: joinHeaders(incoming.headersDistinct),
      body: '',
      status: 0,
      at: this.#now(),
    }
    if (this.records.length >= MAX_RECORDS) this.records.shift()
    this.records.push(record)
    return record
  }
}

function joinHeaders(headers: IncomingMessage['headersDistinct']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, values = []]) => [name, values.join(', ')]))
}
