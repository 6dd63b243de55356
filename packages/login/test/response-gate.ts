import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { createGate } from '../../core/test/gate.ts'

/** A proxy that holds back the responses of a server until it is opened. */
export interface ResponseGate {
  readonly url: string
  /** Resolves when the server has processed the first request. */
  readonly reached: Promise<void>
  open(): void
}

/** Starts a gate in front of the server at `target`. It is closed after the test. */
export async function startResponseGate(target: string): Promise<ResponseGate> {
  const [reached, gate] = [createGate(), createGate()]
  const server = createServer((request, response) => {
    const forward = async (): Promise<void> => {
      const { method = '', url = '', headers } = request
      const sent = { 'content-type': headers['content-type'] ?? '' }
      const forwarded = await fetch(`${target}${url}`, { method, headers: sent, body: await text(request) })
      const body = await forwarded.text()
      reached.open()
      await gate.opened
      response.writeHead(forwarded.status, { 'content-type': 'application/json' }).end(body)
    }
    forward().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('There is no port')
  return { url: `http://127.0.0.1:${address.port}`, reached: reached.opened, open: () => gate.open() }
}
