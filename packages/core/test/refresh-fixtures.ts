import type { TokenSetJson } from '@anthropic-auth/core'
import { createGate, type Gate } from './gate.ts'
import type { RawServer } from './raw-server.ts'
import { json, type Reply } from './reply.ts'

/** The storage form of `access-n` and `refresh-n`, from an earlier login. */
export function tokensOf(n: number, leftSeconds: number | null = 3600): TokenSetJson {
  return {
    accessToken: `access-${n}`,
    refreshToken: `refresh-${n}`,
    expiresAt: leftSeconds === null ? null : Math.floor(Date.now() / 1000) + leftSeconds,
    refreshTokenExpiresAt: null,
    scopes: null,
    clientId: null,
    account: null,
    organization: null,
    workspace: null,
  }
}

/** The response of a server that rotates: `access-n` and `refresh-n`. */
export function rotated(n: number, expiresIn: number = 3600): Reply {
  return json({ access_token: `access-${n}`, refresh_token: `refresh-${n}`, expires_in: expiresIn })
}

export const invalidGrant: Reply = json({ error: 'invalid_grant' }, { status: 400 })

/** A reply that waits at the gate. `arrived` resolves when its request has arrived. */
export function heldBack(reply: Reply): {
  readonly reply: Reply
  readonly arrived: Promise<void>
  readonly gate: Gate
} {
  const arrival = createGate()
  const gate = createGate()
  return {
    arrived: arrival.opened,
    gate,
    reply: (response, request) => {
      arrival.open()
      gate.opened.then(
        () => reply(response, request),
        () => undefined,
      )
    },
  }
}

/** The refresh tokens that the server received, in order. */
export function presented({ requests }: RawServer): readonly string[] {
  return requests.map(({ body }) => (JSON.parse(body) as { refresh_token: string }).refresh_token)
}
