import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LoginLimit } from './login-limit.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('LoginLimit', () => {
  it('rejects when the time is over', async () => {
    const limit = new LoginLimit(300_000, undefined)
    vi.advanceTimersByTime(299_999)
    limit.throwIfReached()
    vi.advanceTimersByTime(1)
    await expect(limit.reached).rejects.toMatchObject({
      code: 'callback_timeout',
      message: 'No response came within 5 minutes',
      retryable: true,
    })
    expect(() => limit.throwIfReached()).toThrow('No response came within 5 minutes')
  })

  it('rejects at once when the signal aborts, with its reason', async () => {
    const controller = new AbortController()
    const limit = new LoginLimit(1000, controller.signal)
    controller.abort('enough')
    expect(() => limit.throwIfReached()).toThrow('The login was aborted')
    await expect(limit.reached).rejects.toMatchObject({
      code: 'aborted',
      cause: 'enough',
      hint: 'To log in, start the login again.',
    })
  })

  it('keeps the first error', async () => {
    const controller = new AbortController()
    const limit = new LoginLimit(1000, controller.signal)
    vi.advanceTimersByTime(1000)
    controller.abort()
    expect(() => limit.throwIfReached()).toThrow(/^No response came within 1 second$/)
    await expect(limit.reached).rejects.toMatchObject({ code: 'callback_timeout' })
  })

  it('waits for the longest timer if the time exceeds it', () => {
    const limit = new LoginLimit(1e15, undefined)
    vi.advanceTimersByTime(2_147_483_646)
    expect(() => limit.throwIfReached()).not.toThrow()
    limit.release()
  })

  it('removes its timer and its listener', () => {
    const { signal } = new AbortController()
    const limit = new LoginLimit(1000, signal)
    expect([vi.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([1, 1])
    limit.release()
    expect([vi.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([0, 0])
  })
})
