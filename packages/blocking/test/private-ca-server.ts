import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { connect, type AddressInfo, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The certificate of the private CA that signed the server's certificate. */
export const PRIVATE_CA: string = fileURLToPath(new URL('private-ca/ca.pem', import.meta.url))

const read = (name: string): string => readFileSync(new URL(`private-ca/${name}`, import.meta.url), 'utf8')

/** Starts a server whose certificate, for `auth.test` and 127.0.0.1, is signed by a private CA. */
export async function startPrivateCaServer(listener: RequestListener): Promise<number> {
  return listen(createServer({ key: read('server.key'), cert: read('server.pem') }, listener))
}

/** Starts a proxy that tunnels every connection to a local port, whatever its target is. */
export async function startProxy(
  port: number,
): Promise<{ readonly url: string; readonly targets: readonly string[] }> {
  const targets: string[] = []
  const proxy = createHttpServer()
  proxy.on('connect', ({ url = '' }, socket) => {
    targets.push(url)
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [socket, upstream]) end.on('error', () => undefined)
  })
  return { url: `http://127.0.0.1:${await listen(proxy)}`, targets }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as AddressInfo).port
}
