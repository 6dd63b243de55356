import type { EmulatorClient } from '../authorization-server/client-registry.ts'
import type { EmulatorOptions } from '../emulator-options.ts'

/** The values of the flags, as they were given. */
export interface FlagValues {
  readonly port?: string | undefined
  readonly client?: readonly string[] | undefined
  readonly workspace?: string | undefined
  readonly 'token-lifetime'?: string | undefined
  readonly 'login-lifetime'?: string | undefined
  readonly 'separate-api-origin'?: boolean | undefined
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * Turns the flags into options of the emulator.
 *
 * @throws RangeError when a value is malformed
 */
export function readOptions(values: FlagValues): EmulatorOptions {
  const { workspace } = values
  return {
    port: readPort(values.port),
    clients: readClients(values.client ?? []),
    account: workspace === undefined ? undefined : { workspace },
    tokenLifetimeSeconds: readDuration('--token-lifetime', values['token-lifetime']),
    loginLifetimeSeconds: readDuration('--login-lifetime', values['login-lifetime']),
    separateApiOrigin: values['separate-api-origin'],
  }
}

function readPort(port: string | undefined): number | undefined {
  if (port === undefined) return undefined
  if (/^\d{1,5}$/.test(port) && Number(port) <= 65_535) return Number(port)
  throw new RangeError(`Invalid --port '${port}': must be between 0 and 65535.`)
}

function readDuration(flag: string, duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined
  const [, amount, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(duration) ?? []
  if (amount !== undefined) return Number(amount) * (UNITS[unit] ?? 1)
  throw new RangeError(
    `Invalid ${flag} '${duration}': use seconds, or a number with s, m, h or d, such as 10m.`,
  )
}

/** Joins the redirect URIs of a client that is named several times. */
function readClients(clients: readonly string[]): readonly EmulatorClient[] {
  const redirectUris = new Map<string, string[]>()
  for (const client of clients) {
    const [, id, uri] = /^([^=]+)=(.+)$/.exec(client) ?? []
    if (id === undefined || uri === undefined) {
      throw new RangeError(`Invalid --client '${client}': use ID=REDIRECT_URI.`)
    }
    redirectUris.set(id, [...(redirectUris.get(id) ?? []), uri])
  }
  return [...redirectUris].map(([id, uris]) => ({ id, redirectUris: uris }))
}
