// Loaded before a program. Timers of half a second or more then wait until the program gets SIGUSR2.
import { clearTimeout, setTimeout } from 'node:timers'

const held = new Map<unknown, () => void>()
const LONGEST_MS = 2_147_483_647

Object.assign(globalThis, {
  setTimeout: (callback: () => void, ms = 0, ...args: []) => {
    if (ms < 500) return setTimeout(callback, ms, ...args)
    const timer = setTimeout(callback, LONGEST_MS, ...args)
    held.set(timer, callback)
    return timer
  },
  clearTimeout: (timer: NodeJS.Timeout | undefined) => {
    held.delete(timer)
    clearTimeout(timer)
  },
})

process.on('SIGUSR2', () => {
  const due = [...held]
  held.clear()
  for (const [timer, callback] of due) {
    clearTimeout(timer as NodeJS.Timeout)
    callback()
  }
})
