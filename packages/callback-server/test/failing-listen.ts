import { Server } from 'node:net'
import { onTestFinished, vi } from 'vitest'

interface ListenOptions {
  readonly host: string
  readonly port: number
}

/**
 * Makes listening on `host` fail with a system's error code, `times` times, until the test ends.
 *
 * @returns the ports that the code under test tried
 */
export function failListening(host: string, code: string, times = Infinity): readonly number[] {
  const listen = Server.prototype.listen
  const ports: number[] = []
  const spy = vi.spyOn(Server.prototype, 'listen').mockImplementation(function failOrListen(
    this: Server,
    ...args: unknown[]
  ) {
    const [options] = args as [ListenOptions]
    if (options.host !== host || ports.length >= times) return Reflect.apply(listen, this, args) as Server
    ports.push(options.port)
    setImmediate(() => this.emit('error', Object.assign(new Error(`listen ${code}`), { code })))
    return this
  })
  onTestFinished(() => spy.mockRestore())
  return ports
}
