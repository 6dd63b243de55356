import { OAuthClient } from '@anthropic-auth/core'
import * as openidClient from 'openid-client'
import { compare, type Length } from '../comparison.ts'
import { atLeast, microseconds, type Result } from '../result.ts'

export async function run(length: Length): Promise<readonly Result[]> {
  const client = new OAuthClient()
  const issuer = {
    issuer: 'https://auth.example',
    authorization_endpoint: 'https://auth.example/authorize',
    token_endpoint: 'https://auth.example/token',
  }
  const configuration = new openidClient.Configuration(issuer, 'client')
  const { ours, peer } = await compare(
    {
      ours: () => client.startFlow('console'),
      peer: async () => {
        const verifier = openidClient.randomPKCECodeVerifier()
        return openidClient.buildAuthorizationUrl(configuration, {
          redirect_uri: 'http://localhost:1455/callback',
          scope: 'org:create_api_key user:profile user:inference',
          code_challenge: await openidClient.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state: openidClient.randomState(),
        })
      },
    },
    length,
  )
  return [
    {
      row: 2,
      work: 'startFlow()',
      ours: microseconds(ours),
      peer: `openid-client ${microseconds(peer)}`,
      ...atLeast(peer.median / ours.median, 10),
    },
  ]
}
