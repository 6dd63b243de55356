// Opens a link, as a program would, and prints what came of it: browser-process.ts async|sync|blocked URL [APP]
import { existsSync } from 'node:fs'
import { inspect } from 'node:util'
import { openBrowser, openBrowserSync } from '@anthropic-auth/browser'
import type { AnthropicAuthError } from '@anthropic-auth/core'

const [, , how = '', url = '', app] = process.argv

async function open(): Promise<void> {
  if (how === 'async') return openBrowser(url, { app })
  openBrowserSync(url, { app })
  if (how === 'blocked') waitForRecord(process.env['RECORD'] ?? '')
}

/** Blocks this thread for as long as nothing was recorded: the event loop does not turn. */
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
