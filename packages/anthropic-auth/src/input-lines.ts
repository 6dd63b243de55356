import { createInterface, type Interface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The lines of an input that is no terminal; none is lost between two that are asked for. */
export class InputLines {
  readonly #interface: Interface
  readonly #lines: AsyncIterator<string, unknown>

  constructor(input: Readable) {
    this.#interface = createInterface({ input })
    this.#lines = this.#interface[Symbol.asyncIterator]()
  }

  /** The next line; `null` when there is none any more. */
  async next(): Promise<string | null> {
    const line: IteratorResult<string, unknown> = await this.#lines.next()
    return line.done === true ? null : line.value
  }

  /** Reads no more, and keeps the process alive no more. */
  close(): void {
    this.#interface.close()
  }
}
