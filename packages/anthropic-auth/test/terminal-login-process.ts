// Logs in like an application without signal handlers. One of its hooks may fail.
import { writeFileSync } from 'node:fs'
import { OAuthClient, terminalLogin } from 'anthropic-auth'

const [mode] = process.argv.slice(2)
const { ANTHROPIC_BASE_URL: api, ANTHROPIC_CONSOLE_URL: site } = process.env
const fail = (): unknown => Promise.reject(new Error('hook'))
const end = new AbortController()
const events: string[] = []
process.on('SIGUSR1', () => {
  const { user, system } = process.cpuUsage()
  writeFileSync('cpu', `${(user + system) / 1e6}\n`)
})
const login = terminalLogin({
  mode: 'console',
  client: new OAuthClient({
    endpoints: {
      authorize: `${site}/oauth/authorize`,
      codePage: `${site}/oauth/code/callback`,
      token: `${api}/v1/oauth/token`,
    },
  }),
  signal: end.signal,
  ...(mode === 'aborted' && {
    port: false,
    onAuthorizationUrl: () => queueMicrotask(() => end.abort()),
  }),
  ...(mode === 'broken-progress' && { onProgress: fail }),
  ...(mode === 'noting' && { onProgress: ({ type }) => events.push(type) }),
  ...(mode === 'broken-url' && { onAuthorizationUrl: fail }),
})
try {
  const { account } = await login
  console.log(`logged in: ${account?.email}`)
  if (events.length > 0) console.log(`events: ${events.join(' ')}`)
} catch (error) {
  console.log(`failed: ${(error as Error).message}`)
  process.exitCode = 1
}
