export { startCallbackServer } from './callback-server.ts'
export { runCallbackServer } from './run-callback-server.ts'

export type { CallbackServer } from './callback-server.ts'
export type { CallbackServerOptions } from './callback-server-options.ts'
export type { CallbackRequestEvent } from './callback-request.ts'
