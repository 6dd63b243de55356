import { membersOf } from '@anthropic-auth/core/internal'

/** The part of Deno's API that this file uses. */
interface Deno {
  readonly permissions: {
    request(descriptor: { readonly name: 'net'; readonly host: string }): Promise<{ readonly state: string }>
  }
}

/**
 * Asks Deno for the permission to listen. Without asking, Deno throws from its event loop, where nobody can catch the
 * error. In other runtimes this does nothing.
 *
 * @throws Error `EACCES`, as the operating system would
 * @see https://docs.deno.com/runtime/fundamentals/security/
 */
export async function requestListening(host: string, port: number): Promise<void> {
  const { Deno: deno } = membersOf<typeof globalThis & { readonly Deno?: Deno }>(globalThis)
  if (deno === undefined) return
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const { state } = await deno.permissions.request({ name: 'net', host: address })
  if (state === 'granted') return
  throw Object.assign(new Error(`Deno does not allow listening on ${address}`), { code: 'EACCES' })
}
