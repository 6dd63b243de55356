import { readFileSync } from 'node:fs'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Terminal, visit } from './terminal.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
/** Replaces the emulator's link, which is long and always different. */
const LINK = 'https://platform.claude.com/oauth/authorize?code=true&client_id=9d1c250a-…'

let emulator: Emulator
beforeAll(async () => void (emulator = await startEmulator()))
afterAll(async () => emulator.close())

/** The screens of a login: while it waits, and at its end. */
async function record(): Promise<readonly string[]> {
  const flags = ['--base-url', emulator.apiUrl, '--console-url', emulator.url]
  const terminal = new Terminal(['login', ...flags], { emulator, columns: 1_000 })
  await terminal.shows('[Y/n]')
  terminal.type('\r')
  await terminal.shows('paste the code here:')
  const link = await terminal.link()
  const waiting = terminal.screen.text.replace(link, LINK)
  await visit(await emulator.approve(await terminal.openedLink()))
  expect(await terminal.end()).toBe(0)
  return [`$ npx anthropic-auth login\n${waiting}`, terminal.screen.text.split(`${link}\n\n`)[1] ?? '']
}

describe.skipIf(process.platform === 'win32')('the recording in the README', { timeout: 300_000 }, () => {
  it('is what the user sees', async () => {
    for (const text of await record()) expect(README).toContain(`\`\`\`text\n${text.trim()}\n\`\`\``)
  })
})
