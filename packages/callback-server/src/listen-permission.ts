import { membersOf } from '@anthropic-auth/core/internal'

/** What Deno has, and nothing else. */
interface Deno {
  readonly permissions: {
    request(descriptor: { readonly name: 'net'; readonly host: string }): Promise<{ readonly state: string }>
  }
}

/**
 * Asks Deno for the permission to listen: it throws what was not permitted from within its event loop, where nobody
 * can catch it. Everywhere else the system answers at listening itself.
 *
 * @throws Error `EACCES`, as the system does
 * @see https://docs.deno.com/runtime/fundamentals/security/
 */
export async function requestListening(host: string, port: number): Promise<void> {
  const { Deno: deno } = membersOf<typeof globalThis & { readonly Deno?: Deno }>(globalThis)
  if (deno === undefined) return
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const { state } = await deno.permissions.request({ name: 'net', host: address })
  if (state === 'granted') return
  throw Object.assign(new Error(`Deno does not permit to listen on ${address}`), { code: 'EACCES' })
}
