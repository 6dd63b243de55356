import type { Socket } from 'node:net'

/** A browser sends its request as soon as it connects, so this is more than enough. */
const LIFETIME_MS = 5000
/** A browser opens up to six connections. */
const MAX_OPEN = 100

/**
 * The open connections of a server. Each has a short lifetime, and the oldest is closed to make room for a new one.
 * So silent or slow connections can't keep the real callback out. Node's own limits don't help: they start with the first
 * byte and are checked every 30 s.
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
