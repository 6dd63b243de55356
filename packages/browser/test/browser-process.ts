// Opens a link as a program would, and prints the result: browser-process.ts async|timed|sync|blocked URL [APP]
// POLLUTED is the JSON of members to add to Object.prototype.
import { existsSync } from 'node:fs'
import { inspect } from 'node:util'
import { openBrowser, openBrowserSync } from '@anthropic-auth/browser'
import type { AnthropicAuthError } from '@anthropic-auth/core'

const [, , how = '', url = '', app] = process.argv

const polluted = JSON.parse(process.env['POLLUTED'] ?? '{}') as object
Object.assign(Object.prototype, polluted)

async function open(): Promise<void> {
  // On a busy machine, a launcher can run longer than it is watched.
  if (how === 'async') lengthenTimers()
  const options = app === undefined ? {} : { app }
  if (how === 'async' || how === 'timed') return openBrowser(url, options)
  openBrowserSync(url, options)
  if (how === 'blocked') waitForRecord(process.env['RECORD'] ?? '')
}

function lengthenTimers(): void {
  const { setTimeout } = globalThis
  Object.assign(globalThis, {
    setTimeout: (callback: () => void, ms: number) => setTimeout(callback, 1000 * ms),
  })
}

/** Blocks this thread, and its event loop, until something was recorded. */
function waitForRecord(path: string): void {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  while (!existsSync(path)) Atomics.wait(cell, 0, 0, 10)
}

try {
  await open()
  console.log(JSON.stringify({ opened: true }))
} catch (error) {
  const { code, message } = error as AnthropicAuthError
  const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error)
  console.log(JSON.stringify({ code, message, shown }))
}
