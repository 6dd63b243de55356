import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type * as testing from '@anthropic-auth/testing'
import type { ReachableEmulator } from './checks/check-setup.ts'
import { importFrom } from './packed-module.ts'

export interface ApprovingEmulator extends ReachableEmulator {
  /** The origin of its token endpoint and API. */
  readonly apiUrl: string
  close(): Promise<void>
}

/** Starts the packed emulator, and a server that approves URLs for check programs in other processes. */
export async function startApprovingEmulator(project: string): Promise<ApprovingEmulator> {
  const { startEmulator } = (await importFrom(project, '@anthropic-auth/testing')) as typeof testing
  const emulator = await startEmulator()
  const server = createServer((request, response) => {
    text(request)
      .then(async (url) => response.end(await emulator.approve(url)))
      .catch((error: unknown) => response.writeHead(400).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    apiUrl: emulator.apiUrl,
    endpoints: emulator.endpoints,
    approveUrl: `http://127.0.0.1:${port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await emulator.close()
    },
  }
}
