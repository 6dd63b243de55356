import { onTestFinished } from 'vitest'
import { startCallbackServer, type CallbackServer, type CallbackServerOptions } from '../src/index.ts'

export const STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW6'
export const OTHER_STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW7'
export const CODE = 'h8Wm2QzR-7tYp_0LkXc5'
/** The query of the real response. */
export const QUERY = `?code=${CODE}&state=${STATE}`

/** Starts a callback server that waits for `STATE`, and closes it when the test ends. */
export async function startWaiting(options: Partial<CallbackServerOptions> = {}): Promise<CallbackServer> {
  const server = await startCallbackServer({ state: STATE, ...options })
  onTestFinished(() => server.close())
  return server
}
