import { createApp, type LoadInspector, type Role } from './app.ts'
import { AccountHold } from './authorization-server/account-hold.ts'
import { AuthorizationCodes } from './authorization-server/authorization-code.ts'
import { ClientRegistry } from './authorization-server/client-registry.ts'
import { PATHS } from './authorization-server/endpoint-paths.ts'
import { LoginNumbers } from './authorization-server/login-numbers.ts'
import { PendingConsents } from './authorization-server/pending-consents.ts'
import type { ServerState } from './authorization-server/server-state.ts'
import { Sessions } from './authorization-server/session.ts'
import type { Settings } from './emulator-options.ts'
import { FaultQueue } from './faults/fault-queue.ts'
import type { Inspector } from './inspector/inspector.ts'
import { openListener, type Listener } from './listener.ts'
import { RequestLog } from './request-log.ts'

/** The running server of one emulator. */
export interface EmulatorServer {
  readonly url: string
  readonly apiUrl: string
  readonly state: ServerState
  readonly log: RequestLog
  readonly faults: FaultQueue
  readonly close: () => Promise<void>
}

/** @throws AnthropicAuthError `port_unavailable` */
export async function startServer(settings: Settings): Promise<EmulatorServer> {
  const { consent, api, close } = await openOrigins(settings)
  const log = new RequestLog(settings.now)
  const faults = new FaultQueue()
  const state = createState(settings, consent.url)
  const server = { url: consent.url, apiUrl: api.url, state, log, faults, close }
  const serve = (listener: Listener, roles: readonly Role[]): void =>
    listener.serve({ app: createApp(state, roles, inspectorOf(server)), log, faults })
  if (consent === api) {
    serve(consent, ['consent', 'api'])
  } else {
    serve(consent, ['consent'])
    serve(api, ['api'])
  }
  return server
}

/** Loads the inspector at the first request to it, so that other programs don't pay for it. */
function inspectorOf(server: EmulatorServer): LoadInspector {
  let inspector: Promise<Inspector> | null = null
  return () =>
    (inspector ??= import('./inspector/inspector.ts').then((module) => module.createInspector(server)))
}

function createState(settings: Settings, url: string): ServerState {
  const { now, account, federationRules, tokenLifetimeSeconds } = settings
  const { codeLifetimeSeconds, loginLifetimeSeconds } = settings
  return {
    url,
    now,
    account,
    federationRules,
    hold: new AccountHold(),
    logins: new LoginNumbers(),
    clients: new ClientRegistry(url + PATHS.codePage, settings.clients),
    consents: new PendingConsents(now),
    codes: new AuthorizationCodes(now, codeLifetimeSeconds),
    sessions: new Sessions(now, loginLifetimeSeconds ?? Infinity),
    tokenLifetimeSeconds,
  }
}

interface Origins {
  readonly consent: Listener
  readonly api: Listener
  readonly close: () => Promise<void>
}

async function openOrigins({ port, separateApiOrigin }: Settings): Promise<Origins> {
  const consent = await openListener(port)
  if (!separateApiOrigin) return { consent, api: consent, close: () => consent.close() }
  try {
    const api = await openListener(0)
    const close = async (): Promise<void> => void (await Promise.all([consent.close(), api.close()]))
    return { consent, api, close }
  } catch (error) {
    await consent.close()
    throw error
  }
}
