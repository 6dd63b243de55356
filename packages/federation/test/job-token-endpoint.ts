import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { identityToken } from '../../testing/test/identity-token.ts'
import { CI_CLAIMS } from './emulated-federation.ts'

export const REQUEST_TOKEN = 'request-token-of-the-job-0123456789'

/** The endpoint at which a job of GitHub Actions gets identity tokens, as its documentation describes it. */
export interface JobTokenEndpoint {
  /** The variables that the runner sets for the job. */
  readonly environment: Readonly<Record<string, string>>
  /** The path and query of each request. */
  readonly requests: readonly string[]
}

/** Starts it. It is closed after the test. Each token has its own `jti`, and the requested audience. */
export async function startJobTokenEndpoint(
  reply: (response: ServerResponse) => boolean = () => false,
): Promise<JobTokenEndpoint> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    if (!reply(response)) respond(request, response, requests.length)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/id-token?api-version=2.0`
  const environment = {
    ACTIONS_ID_TOKEN_REQUEST_URL: url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
  }
  return { environment, requests }
}

function respond({ url, headers }: IncomingMessage, response: ServerResponse, count: number): void {
  const { searchParams } = new URL(url ?? '', 'http://localhost')
  const isAllowed = headers.authorization === `Bearer ${REQUEST_TOKEN}`
  response.writeHead(isAllowed ? 200 : 401, { 'content-type': 'application/json' })
  const claims = { ...CI_CLAIMS, aud: searchParams.get('audience'), jti: `token-${count}` }
  response.end(JSON.stringify(isAllowed ? { count: 1, value: identityToken(claims) } : {}))
}
