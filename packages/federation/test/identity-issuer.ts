import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { onTestFinished } from 'vitest'

const AUDIENCE = 'https://api.anthropic.com'
const CREDENTIALS = Buffer.from('build-job:a-secret-of-the-platform').toString('base64')

/** oidc-provider, a certified server, as the platform of a workload: it issues signed JWTs to the workload. */
export interface IdentityIssuer {
  readonly url: string
  /** An identity token of the workload `build-job`, for the API. */
  readonly identityToken: () => Promise<string>
}

/** Starts it on a free port. It is closed after the test. */
export async function startIdentityIssuer(): Promise<IdentityIssuer> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const handle = createProvider(url).callback()
  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => server.emit('error', error))
  })
  return { url, identityToken: async () => requestToken(url) }
}

function createProvider(issuer: string): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'build-job',
        client_secret: 'a-secret-of-the-platform',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          audience: AUDIENCE,
          scope: '',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
        }),
      },
    },
  })
}

async function requestToken(url: string): Promise<string> {
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${CREDENTIALS}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { access_token: token } = (await response.json()) as { readonly access_token: string }
  return token
}
