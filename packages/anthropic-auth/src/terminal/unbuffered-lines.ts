import { fstatSync, readSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Lines } from './input-lines.ts'

const LINE_FEED = 0x0a
/** One byte more than a response may have: a longer line is not worth reading. */
const MAX_LINE_BYTES = 8193
/** How much of the rest of such a line is skipped before the rest counts as another line. */
const MAX_REST_BYTES = 65_536

/** Some text, and the reason why it ends: the line, the limit, or the input has ended. */
interface Piece {
  readonly text: string
  readonly end: 'line' | 'limit' | 'input'
}

interface PieceReader {
  read(maxBytes: number): Promise<Piece>
  close(): void
}

/**
 * The lines of a file or a pipe, read byte by byte, so that the rest is left for the next program that reads the same
 * input.
 */
export class UnbufferedLines implements Lines {
  readonly #reader: PieceReader
  #isInLongLine = false

  /** @param fd - it must not be a terminal, and nothing else may read it meanwhile; it stays open */
  constructor(fd: number) {
    this.#reader = isPipe(fd) ? new PipeReader(fd) : new FileReader(fd)
  }

  /** Returns the beginning of a line that is longer than 8,192 bytes, and skips the rest of it at the next call. */
  async next(): Promise<string | null> {
    for (;;) {
      const isRest = this.#isInLongLine
      const { text, end } = await this.#reader.read(isRest ? MAX_REST_BYTES : MAX_LINE_BYTES)
      this.#isInLongLine = end === 'limit'
      if (end === 'input' && (isRest || text === '')) return null
      if (!isRest || end === 'limit') return text
    }
  }

  close(): void {
    this.#reader.close()
  }
}

function isPipe(fd: number): boolean {
  const stats = fstatSync(fd)
  return stats.isFIFO() || stats.isSocket()
}

/** Reads a file, or a device such as `/dev/null`. Neither blocks the process. */
class FileReader implements PieceReader {
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
  }

  async read(maxBytes: number): Promise<Piece> {
    const bytes = Buffer.alloc(maxBytes)
    for (let length = 0; length < maxBytes; length += 1) {
      if (!this.#readByte(bytes, length)) return { text: bytes.toString('utf8', 0, length), end: 'input' }
      if (bytes[length] === LINE_FEED) return { text: bytes.toString('utf8', 0, length), end: 'line' }
    }
    return { text: bytes.toString(), end: 'limit' }
  }

  close(): void {
    // The file descriptor belongs to the process.
  }

  #readByte(bytes: Buffer, offset: number): boolean {
    try {
      return readSync(this.#fd, bytes, offset, 1, null) === 1
    } catch {
      // It can't be read, for example because it is a folder.
      return false
    }
  }
}

/** Reads a pipe or a socket. Its buffer of one byte keeps the system from handing over more. */
class PipeReader implements PieceReader {
  readonly #fd: number
  #socket: Socket | null = null
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  #hasEnded = false
  #resolve: ((piece: Piece) => void) | null = null

  constructor(fd: number) {
    this.#fd = fd
  }

  async read(maxBytes: number): Promise<Piece> {
    this.#bytes = Buffer.alloc(maxBytes)
    this.#length = 0
    if (this.#hasEnded) return { text: '', end: 'input' }
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#socket ??= this.#open()
      this.#socket.resume()
    })
  }

  /** The socket stays open: closing it would close the file descriptor of the whole process. */
  close(): void {
    this.#socket?.pause()
    this.#socket?.unref()
    this.#end()
  }

  #open(): Socket {
    const buffer = Buffer.alloc(1)
    const onread = { buffer, callback: () => this.#onByte(buffer[0] ?? 0) }
    const socket = new Socket({ fd: this.#fd, writable: false, onread })
    for (const event of ['end', 'error', 'close']) socket.on(event, () => this.#end())
    return socket
  }

  /** Returns whether to read on. */
  #onByte(byte: number): boolean {
    if (byte === LINE_FEED) return this.#finish('line')
    this.#bytes[this.#length] = byte
    this.#length += 1
    return this.#length < this.#bytes.length || this.#finish('limit')
  }

  #end(): void {
    this.#hasEnded = true
    this.#finish('input')
  }

  #finish(end: Piece['end']): false {
    this.#resolve?.({ text: this.#bytes.toString('utf8', 0, this.#length), end })
    this.#resolve = null
    return false
  }
}
