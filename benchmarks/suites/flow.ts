import { OAuthClient } from '@anthropic-auth/core'
import * as openidClient from 'openid-client'
import { compare, type Length, way } from '../comparison.ts'
import { atLeast, noTarget, ratio, type Result, time } from '../result.ts'
import { randomBytesAndHash } from './pkce.ts'

export async function run(length: Length): Promise<readonly Result[]> {
  const client = new OAuthClient()
  const issuer = {
    issuer: 'https://auth.example',
    authorization_endpoint: 'https://auth.example/authorize',
    token_endpoint: 'https://auth.example/token',
  }
  const configuration = new openidClient.Configuration(issuer, 'client')
  const { ours, nodeAlone, peer } = await compare(
    {
      ours: way(
        () => client.startFlow('console'),
        (flow) => isComplete(new URL(flow.authorizationUrl)),
      ),
      // The bytes of a verifier and a state.
      nodeAlone: randomBytesAndHash(64),
      peer: way(async () => {
        const verifier = openidClient.randomPKCECodeVerifier()
        return openidClient.buildAuthorizationUrl(configuration, {
          redirect_uri: 'http://localhost:1455/callback',
          scope: 'org:create_api_key user:profile user:inference',
          code_challenge: await openidClient.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state: openidClient.randomState(),
        })
      }, isComplete),
    },
    length,
  )
  return [
    {
      row: 2,
      work: 'startFlow()',
      ours: time(ours),
      peer: `openid-client ${time(peer)}`,
      ...atLeast(ratio(peer, ours), 15),
    },
    {
      row: 2,
      work: 'startFlow()',
      ours: time(ours),
      peer: `node:crypto alone ${time(nodeAlone)}`,
      ...noTarget(ratio(ours, nodeAlone)),
    },
  ]
}

function isComplete({ searchParams }: URL): boolean {
  const required = ['client_id', 'redirect_uri', 'scope', 'code_challenge', 'state']
  return required.every((name) => searchParams.has(name))
}
