import type { Socket } from 'node:net'

/** Far beyond what a browser needs to send its request, which it has ready when it connects. */
const LIFETIME_MS = 5000
/** Browsers open up to six. */
const MAX_OPEN = 100

/**
 * The open connections of a server. None lives long, and the oldest makes room for a new one, so that connections
 * which say nothing, or say it slowly, can't keep the real callback out.
 *
 * Node's own limits take the first byte for the start, and check every 30 s.
 */
export class Connections {
  readonly #timers = new Map<Socket, ReturnType<typeof setTimeout>>()

  add(socket: Socket): void {
    const [oldest] = this.#timers.keys()
    if (oldest !== undefined && this.#timers.size >= MAX_OPEN) this.#drop(oldest)
    this.#timers.set(
      socket,
      setTimeout(() => this.#drop(socket), LIFETIME_MS),
    )
    socket.once('close', () => this.#forget(socket))
  }

  closeAll(): void {
    for (const socket of this.#timers.keys()) this.#drop(socket)
  }

  #drop(socket: Socket): void {
    this.#forget(socket)
    socket.destroy()
  }

  #forget(socket: Socket): void {
    clearTimeout(this.#timers.get(socket))
    this.#timers.delete(socket)
  }
}
