// One process of a fleet that shares a login: it requests tokens again and again, and each expires at once.
import { once } from 'node:events'
import {
  createTokenProvider,
  type Endpoints,
  isAnthropicAuthError,
  OAuthClient,
  type TokenProvider,
} from '@anthropic-auth/core'
import { openStore, type StorePlace } from './open-store.ts'

/** The orders for a member at its start, as JSON. */
export interface MemberOrders {
  readonly name: string
  readonly rotations: number
  readonly endpoints: Endpoints
  readonly place: StorePlace
}

/** A report of a member: it got a token, its login has ended, or it gave up. */
export type MemberReport =
  | { readonly type: 'rotated' }
  | { readonly type: 'login_ended' }
  | { readonly type: 'failed'; readonly message: string }

const { name, rotations, endpoints, place } = JSON.parse(process.argv[2] ?? '') as MemberOrders
const tell = (report: MemberReport): void => void process.send?.(report)

await using open = await openStore(place)
// The server's record distinguishes the members by this name.
const client = new OAuthClient({ endpoints, userAgent: `fleet/${name}` })
const startProvider = (): TokenProvider => createTokenProvider(client, { store: open.store })

let provider = startProvider()
for (let done = 0; done < rotations;) {
  try {
    await provider()
    done++
    tell({ type: 'rotated' })
  } catch (error) {
    if (!isAnthropicAuthError(error, 'reauthentication_required')) {
      tell({ type: 'failed', message: String(error) })
      break
    }
    const newLogin = once(process, 'message')
    tell({ type: 'login_ended' })
    await newLogin
    provider = startProvider()
  }
}
process.disconnect()
