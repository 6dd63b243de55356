import { AnthropicAuthError } from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'

const REASONS: ReadonlyMap<string, 'in_use' | 'no_permission'> = new Map([
  ['EADDRINUSE', 'in_use'],
  ['EACCES', 'no_permission'],
  ['EPERM', 'no_permission'],
])

const PERMISSION_HINT =
  'Choose a port above 1023. In Deno, run your program with --allow-net=127.0.0.1,[::1].'

/** The system's code of an error, or an empty string. */
export function codeOf(error: unknown): string {
  const { code }: { readonly code?: unknown } = membersOf(error instanceof Error ? error : {})
  return typeof code === 'string' ? code : ''
}

/** Whether another port may work. */
export function isPortProblem(error: unknown): boolean {
  return REASONS.has(codeOf(error))
}

/** The error when no port is available. Its `cause` is the error of the last port. */
export function portUnavailable(ports: readonly number[], cause: unknown): AnthropicAuthError {
  const reason = REASONS.get(codeOf(cause))
  const hint = reason === 'no_permission' ? PERMISSION_HINT : undefined
  return new AnthropicAuthError('port_unavailable', messageFor(ports, reason), { reason, hint, cause })
}

function messageFor(ports: readonly number[], reason: string | undefined): string {
  const [port, ...others] = ports
  if (others.length > 0) return `None of the ports ${ports.join(', ')} can be used`
  if (port === 0) return 'There is no free port that this process may use'
  return reason === 'in_use' ? `Port ${port} is in use` : `This process may not use port ${port}`
}
