// `pnpm live-check [--mode console|max]`: tries the real service with the user's own account, and writes a report to
// live-check-DATE.md, without secrets. `--emulator` tries the check itself.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { login, terminalLogin } from 'anthropic-auth'
import type { OAuthMode } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { runLiveCheck } from './live-check/steps.ts'
import { transcript } from './live-check/transcript.ts'

const { values } = parseArgs({
  options: { mode: { type: 'string' }, emulator: { type: 'boolean', default: false } },
})

function modesOf(mode: string | undefined): readonly OAuthMode[] {
  if (mode === undefined) return ['console', 'max']
  if (mode === 'console' || mode === 'max') return [mode]
  throw new Error(`Invalid mode '${mode}': must be console or max.`)
}

const emulator = values.emulator ? await startEmulator() : null
const date = new Date()
const steps = await runLiveCheck({
  modes: modesOf(values.mode),
  endpoints: emulator?.endpoints,
  apiUrl: emulator?.apiUrl,
  logIn: async (mode, client) => {
    console.error(`\n== Log in, mode ${mode} ==`)
    return emulator ? login({ mode, client, openBrowser: emulator.visit }) : terminalLogin({ mode, client })
  },
})
await emulator?.close()

const service = emulator ? 'an emulator' : 'the real service'
const runtime = `Node ${process.versions.node} on ${process.platform}`
const version = process.env['npm_package_version'] ?? 'from source'
const file = `live-check-${date.toISOString().slice(0, 10)}.md`
writeFileSync(file, transcript(steps, { date, version, runtime, service }))
for (const { mode, name, isOk } of steps) console.log(`${isOk ? 'ok  ' : 'FAIL'} ${mode}: ${name}`)
const keys = steps.flatMap(({ notes }) => notes).filter((note) => note.startsWith('DELETE'))
for (const key of keys) console.log(key)
console.log(`Written to ${file}. Read it before you share it.`)
if (steps.some(({ isOk }) => !isOk)) process.exitCode = 1
