import {
  runCallbackServer,
  startCallbackServer,
  type CallbackRequestEvent,
  type CallbackServer,
  type CallbackServerOptions,
} from '@anthropic-auth/callback-server'

const events: CallbackRequestEvent[] = []
const options: CallbackServerOptions = {
  state: ['one', 'another'],
  port: [54_545, 0],
  path: undefined,
  redirectHost: '127.0.0.1',
  timeoutMs: undefined,
  signal: AbortSignal.timeout(1_000),
  pages: { success: undefined },
  onRequest: (event) => events.push(event),
}

export async function waitForCode(): Promise<string> {
  const server: CallbackServer = await startCallbackServer(options)
  try {
    return `${server.redirectUri} ${server.port} ${(await server.waitForCallback()).code}`
  } finally {
    await server.close()
  }
}

export async function waitOnce(state: string): Promise<string> {
  const { code }: { readonly code: string } = await runCallbackServer(54_545, state, { signal: undefined })
  return code
}
