import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { RequestTrace } from './authorization-server/request-trace.ts'
import type { Fault } from './faults/fault.ts'
import type { RecordedResponse } from './recorded-response.ts'

/** A request that reached the emulator. */
export interface RecordedRequest {
  readonly method: string
  /** With the query string, as it was sent. */
  readonly path: string
  /** By lower-case name. The values of a repeated header are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** The first 64 KiB at most, as text. */
  readonly body: string
  /** The status of the response. It is 0 while there is none, and stays 0 if the connection ends without one. */
  readonly status: number
  /** The time of arrival, in milliseconds of the emulator's clock. */
  readonly at: number
}

type OpenRecord = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] }

const MAX_RECORDS = 10_000
const MAX_BYTES = 32 * 1024 * 1024

/** A request with everything that the inspector shows of it. */
export class LogEntry {
  readonly number: number
  readonly record: OpenRecord
  readonly trace: RequestTrace = { login: null, refusal: null }
  readonly response: RecordedResponse
  /** The size that counts into the limit of the log. */
  size = 0
  readonly #log: RequestLog
  #fault: Fault | null = null
  #durationMs: number | null = null

  constructor(number: number, record: OpenRecord, response: RecordedResponse, log: RequestLog) {
    this.number = number
    this.record = record
    this.response = response
    this.#log = log
  }

  /** The fault that was applied to the request. */
  get fault(): Fault | null {
    return this.#fault
  }

  /** The time until the response was sent or the connection ended; `null` before that. */
  get durationMs(): number | null {
    return this.#durationMs
  }

  setBody(body: string): void {
    this.record.body = body
    this.#log.changed(this, body.length)
  }

  setFault(fault: Fault): void {
    this.#fault = fault
  }

  setStatus(status: number): void {
    this.record.status = status
    this.#log.changed(this)
  }

  close(headers: OutgoingHttpHeaders): void {
    this.#durationMs = performance.now() - this.#startedAt
    this.response.end(headers)
    this.#log.changed(this, this.response.size)
  }

  readonly #startedAt: number = performance.now()
}

/** The last requests in the order of their arrival: 10,000 at most, and 32 MiB of text. */
export class RequestLog {
  readonly #now: () => number
  readonly records: RecordedRequest[] = []
  readonly entries: LogEntry[] = []
  /** Called when an entry is new or has changed. */
  onChange: ((entry: LogEntry) => void) | null = null
  #count = 0
  #bytes = 0

  constructor(now: () => number) {
    this.#now = now
  }

  open(incoming: IncomingMessage, response: RecordedResponse): LogEntry {
    const { method = '', url = '' } = incoming
    const headers = joinHeaders(incoming.headersDistinct)
    const record = { method, path: url, headers, body: '', status: 0, at: this.#now() }
    this.#count += 1
    const entry = new LogEntry(this.#count, record, response, this)
    this.records.push(record)
    this.entries.push(entry)
    this.changed(entry, sizeOf(record))
    return entry
  }

  /** @param bytes - the number of bytes by which the entry has grown */
  changed(entry: LogEntry, bytes = 0): void {
    // An entry that was removed before its body came counts no longer.
    if (entry.number >= (this.entries[0]?.number ?? Infinity)) {
      entry.size += bytes
      this.#bytes += bytes
    }
    while (this.records.length > MAX_RECORDS || (this.#bytes > MAX_BYTES && this.records.length > 1)) {
      this.#removeOldest()
    }
    this.onChange?.(entry)
  }

  /** Removes all requests. */
  clear(): void {
    while (this.records.length > 0) this.#removeOldest()
  }

  #removeOldest(): void {
    this.records.shift()
    this.#bytes -= this.entries.shift()?.size ?? 0
  }
}

function sizeOf({ method, path, headers, body }: RecordedRequest): number {
  const pairs = Object.entries(headers).flat()
  return [method, path, body, ...pairs].reduce((length, text) => length + text.length, 0)
}

function joinHeaders(headers: IncomingMessage['headersDistinct']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, values = []]) => [name, values.join(', ')]))
}
