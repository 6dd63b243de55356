import { assertEndpoint } from '../faults/fault-queue.ts'
import { assertFault } from '../faults/fault-rules.ts'
import type { Fault, FaultEndpoint } from '../faults/fault.ts'
import type { InspectedServer } from './inspected-server.ts'

type Form = ReadonlyMap<string, string>
type Action = (server: InspectedServer, form: Form) => void

/** The buttons of the page. */
const ACTIONS: Readonly<Record<string, Action>> = {
  expire: ({ state }, form) => state.sessions.expireAccessTokens(sessionsOf(state, form)),
  end: ({ state }, form) => state.sessions.endLogins(sessionsOf(state, form)),
  revoke: ({ state }, form) => {
    for (const session of sessionsOf(state, form)) session.revoked = true
  },
  hold: ({ state }) => state.hold.set(true),
  'lift-hold': ({ state }) => state.hold.set(false),
  'fault-next': ({ faults }, form) => faults.next(endpointOf(form), faultOf(form)),
  'fault-always': ({ faults }, form) => faults.always(endpointOf(form), faultOf(form)),
  'clear-fault': ({ faults }, form) => faults.remove(Number(form.get('id'))),
  'clear-faults': ({ faults }) => faults.clear(),
  'clear-requests': ({ log }) => log.clear(),
}

/**
 * Does what a button of the page says.
 *
 * @throws TypeError when there is no such button, or its fault is malformed
 */
export function act(server: InspectedServer, parameters: URLSearchParams): void {
  const form = new Map(parameters)
  const name = form.get('action') ?? ''
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (action === undefined) throw new TypeError('There is no such action.')
  action(server, form)
}

function sessionsOf({ sessions }: InspectedServer['state'], form: Form) {
  return sessions.list.filter(({ login }) => String(login) === form.get('login'))
}

function endpointOf(form: Form): FaultEndpoint {
  const endpoint = form.get('endpoint')
  assertEndpoint(endpoint)
  return endpoint
}

function faultOf(form: Form): Fault {
  const custom = form.get('custom')?.trim() ?? ''
  const fault = parseJson(custom === '' ? (form.get('fault') ?? '') : custom)
  assertFault(fault)
  return fault
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new TypeError('The fault is not valid JSON.')
  }
}
