import { startEmulator, type Emulator } from '@anthropic-auth/testing'

/** The real hosts, as a program sees them: an emulator responds in their place. */
export interface RealService {
  readonly emulator: Emulator
  /** Arguments of `node` that redirect requests from the real hosts to the emulator. */
  readonly nodeArgs: readonly string[]
  /** Opens the link that the program shows, and allows access. Returns the text that the user then pastes. */
  allowAccess(link: string): Promise<string>
}

const CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e'
const HOSTS = /^https:\/\/(?:platform\.claude\.com|api\.anthropic\.com)/

/** @param tokenLifetimeSeconds - how long access tokens live */
export async function startRealService(tokenLifetimeSeconds: number): Promise<RealService> {
  const codePage = 'https://platform.claude.com/oauth/code/callback'
  const emulator = await startEmulator({
    tokenLifetimeSeconds,
    clients: [{ id: CLIENT_ID, redirectUris: [codePage] }],
  })
  const preload = `const { fetch } = globalThis
    globalThis.fetch = (url, init) => fetch(String(url).replace(${HOSTS}, '${emulator.url}'), init)`
  return {
    emulator,
    nodeArgs: [`--import=data:text/javascript,${encodeURIComponent(preload)}`],
    allowAccess: async (link) => emulator.approve(link.replace(HOSTS, emulator.url)),
  }
}
