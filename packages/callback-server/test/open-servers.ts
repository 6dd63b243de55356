import { Server } from 'node:net'
import { onTestFinished, vi } from 'vitest'

/** Counts the servers that started to listen after this call and have not closed. */
export function countOpenServers(): () => number {
  const listen = Server.prototype.listen
  let open = 0
  const spy = vi.spyOn(Server.prototype, 'listen').mockImplementation(function listenAndCount(
    this: Server,
    ...args: unknown[]
  ) {
    open++
    this.once('close', () => open--)
    return Reflect.apply(listen, this, args) as Server
  })
  onTestFinished(() => spy.mockRestore())
  return () => open
}
