import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EndpointOverrides } from '@anthropic-auth/core'
import Provider from 'oidc-provider'

/** oidc-provider, a certified authorization server, on loopback, with one public native client. */
export interface CertifiedServer extends AsyncDisposable {
  readonly url: string
  readonly clientId: string
  /** The client may choose the port of the redirect URI (RFC 8252, section 7.3). */
  readonly redirectUri: string
  readonly endpoints: EndpointOverrides
  /** The method and path of each request so far. */
  readonly requests: readonly string[]
}

/** Starts it on a free port. */
export async function startCertifiedServer(): Promise<CertifiedServer> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const requests: string[] = []
  server.on('request', ({ method, url: path }) => requests.push(`${method} ${path}`))
  const handle = createProvider(url).callback()
  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => server.emit('error', error))
  })
  return {
    url,
    clientId: 'native-app',
    redirectUri: 'http://127.0.0.1:49876/callback',
    endpoints: { authorize: `${url}/auth`, token: `${url}/token`, revoke: `${url}/token/revocation` },
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

function createProvider(issuer: string): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'native-app',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    features: { revocation: { enabled: true } },
  })
}
