import { createInterface, type Interface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Lines that a program reads one at a time. */
export interface Lines {
  /** Returns the next line, or `null` when there is none. */
  next(): Promise<string | null>
  /** Stops reading, and no longer keeps the process alive. A pending `next()` resolves with `null`. */
  close(): void
}

/** The lines of a stream. It reads ahead, and keeps what it has read for the next call. */
export class InputLines implements Lines {
  readonly #interface: Interface
  readonly #lines: AsyncIterator<string, unknown>

  constructor(input: Readable) {
    this.#interface = createInterface({ input })
    this.#lines = this.#interface[Symbol.asyncIterator]()
  }

  async next(): Promise<string | null> {
    const line: IteratorResult<string, unknown> = await this.#lines.next()
    return line.done === true ? null : line.value
  }

  close(): void {
    this.#interface.close()
  }
}
