import { AnthropicAuthError } from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'

const REASONS: ReadonlyMap<string, 'in_use' | 'no_permission'> = new Map([
  ['EADDRINUSE', 'in_use'],
  ['EACCES', 'no_permission'],
  ['EPERM', 'no_permission'],
])

const PERMISSION_HINT = 'Choose a port from 1024 on. In Deno, allow it with --allow-net=127.0.0.1,[::1].'

/** The system's code of an error; empty where there is none. */
export function codeOf(error: unknown): string {
  const { code }: { readonly code?: unknown } = membersOf(error instanceof Error ? error : {})
  return typeof code === 'string' ? code : ''
}

/** Whether another port may do. */
export function isPortProblem(error: unknown): boolean {
  return REASONS.has(codeOf(error))
}

/** The error for ports none of which can be had; `cause` is the problem of the last. */
export function portUnavailable(ports: readonly number[], cause: unknown): AnthropicAuthError {
  const reason = REASONS.get(codeOf(cause))
  const hint = reason === 'no_permission' ? PERMISSION_HINT : undefined
  return new AnthropicAuthError('port_unavailable', messageFor(ports, reason), { reason, hint, cause })
}

function messageFor(ports: readonly number[], reason: string | undefined): string {
  const [port, ...others] = ports
  if (others.length > 0) return `None of the ports ${ports.join(', ')} can be used`
  if (port === 0) return 'There is no free port that this process may use'
  return `Port ${port} is ${reason === 'in_use' ? 'in use' : 'not permitted to this process'}`
}
