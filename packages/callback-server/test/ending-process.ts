// Waits for a callback, ends the wait as its argument says, and then does nothing more.
import { request } from 'node:http'
import { connect } from 'node:net'
import { startCallbackServer } from '../src/index.ts'

const [, , ending] = process.argv
const state = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW6'
const controller = new AbortController()
const timeoutMs = 60_000

// All timers take longer, so that none of them hides something that keeps this process alive.
const { setTimeout: setTimer } = globalThis
let endTime = (): void => undefined
Object.assign(globalThis, {
  setTimeout: (callback: () => void, ms: number) => {
    if (ms === timeoutMs) endTime = callback
    return setTimer(callback, 1000 * ms)
  },
})
const server = await startCallbackServer({ state, timeoutMs, signal: controller.signal })

const silent = connect(server.port, '127.0.0.1')
silent.on('error', () => undefined).resume()
await new Promise((resolve) => silent.once('connect', resolve))

const visit = (query: string): void => {
  request(`${server.redirectUri}?${query}&state=${state}`, (response) => response.resume()).end()
}
if (ending === 'a code') visit('code=x')
if (ending === 'an error') visit('error=access_denied')
if (ending === 'the timeout') endTime()
if (ending === 'an abort') controller.abort()
if (ending === 'close()') await server.close()

await server.waitForCallback().catch(() => undefined)
console.log('ended')
