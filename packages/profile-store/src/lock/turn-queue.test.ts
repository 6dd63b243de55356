import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { takeTurn } from './turn-queue.ts'

const WATCHDOG_MS = 60_000

describe('takeTurn()', () => {
  it('keeps the next caller waiting although the one before it gave up', async () => {
    const log: string[] = []
    const endFirst = await takeTurn('gave up', WATCHDOG_MS)
    const late = takeTurn('gave up', 1)
    const next = takeTurn('gave up', WATCHDOG_MS).then(() => log.push('next'))
    expect(await late).toBeNull()
    await setImmediate()
    expect(log).toEqual([])
    endFirst?.()
    await next
  })

  it('keeps a newcomer waiting although an earlier turn has ended', async () => {
    const log: string[] = []
    const endFirst = await takeTurn('newcomer', WATCHDOG_MS)
    const second = takeTurn('newcomer', WATCHDOG_MS)
    endFirst?.()
    const endSecond = await second
    const third = takeTurn('newcomer', WATCHDOG_MS).then(() => log.push('third'))
    await setImmediate()
    expect(log).toEqual([])
    endSecond?.()
    await third
  })

  it('lets callers with another key pass', async () => {
    await takeTurn('one thing', WATCHDOG_MS)
    expect(await takeTurn('another thing', WATCHDOG_MS)).toBeTypeOf('function')
  })
})
