import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/client-call.ts'
import { withDeadline } from './deadline.ts'

const NEVER = new Promise<never>(() => undefined)

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 })
})

afterEach(() => {
  vi.useRealTimers()
})

/** Input that arrived before the deadline is read first. */
const READING_MS = 5

describe('withDeadline()', () => {
  const options = { timeoutMs: 1000, retryable: false }

  it('returns the result of the work, and leaves no timer', async () => {
    await expect(withDeadline(options, async () => 'done')).resolves.toBe('done')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('passes on the error of the work, aborts its pending operations, and leaves no timer', async () => {
    const error = new Error('of the work')
    let seen: AbortSignal | undefined
    const call = withDeadline(options, async ({ signal }) => {
      seen = signal
      throw error
    })
    await expect(call).rejects.toBe(error)
    expect(seen?.aborted).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends even if the work ignores its signal', async () => {
    let seen: AbortSignal | undefined
    const call = failureOf(
      withDeadline(options, ({ signal }) => {
        seen = signal
        return NEVER
      }),
    )
    await vi.advanceTimersByTimeAsync(999)
    expect(seen?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1 + READING_MS)
    expect(await call).toMatchObject({
      code: 'timeout',
      message: 'No complete response arrived within 1000 ms',
      retryable: false,
    })
    expect(seen?.aborted).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is retryable if the call may be repeated', async () => {
    const call = failureOf(withDeadline({ ...options, retryable: true }, () => NEVER))
    await vi.advanceTimersByTimeAsync(1000 + READING_MS)
    expect(await call).toMatchObject({ code: 'timeout', retryable: true })
  })

  it("doesn't begin the work with an aborted signal", async () => {
    const work = vi.fn<() => Promise<never>>(() => NEVER)
    const reason = new Error('the reason')
    const error = await failureOf(withDeadline({ ...options, signal: AbortSignal.abort(reason) }, work))
    expect(error.code).toBe('aborted')
    expect(error.cause).toBe(reason)
    expect(work).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends with the reason of the signal, whatever it is', async () => {
    for (const reason of [
      new Error('the reason'),
      new DOMException('late', 'TimeoutError'),
      'words',
      0,
      null,
    ]) {
      const controller = new AbortController()
      let seen: AbortSignal | undefined
      const call = failureOf(
        withDeadline({ ...options, signal: controller.signal }, ({ signal }) => {
          seen = signal
          return NEVER
        }),
      )
      controller.abort(reason)
      const error = await call
      expect(error.code).toBe('aborted')
      expect(error.cause).toBe(reason)
      expect(seen?.aborted).toBe(true)
      expect(vi.getTimerCount()).toBe(0)
    }
  })

  it('leaves no listener on a signal that 10,000 calls share', async () => {
    const { signal } = new AbortController()
    const listeners = (): number => getEventListeners(signal, 'abort').length
    let most = 0
    for (let call = 0; call < 10_000; call++) {
      const outcome = withDeadline({ ...options, signal }, async () => {
        most = Math.max(most, listeners())
        if (call % 2 === 0) throw new Error('every other one fails')
      })
      await outcome.catch(() => undefined)
    }
    expect(most).toBe(1)
    expect(listeners()).toBe(0)
  })

  it('leaves no timer when the signal is invalid', async () => {
    const signal = {} as AbortSignal
    await expect(withDeadline({ ...options, signal }, async () => 'done')).rejects.toThrow(TypeError)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("doesn't fire at once when the time exceeds the longest timer", async () => {
    const ended = vi.fn<() => void>()
    void withDeadline({ ...options, timeoutMs: 2 ** 31 }, () => NEVER).catch(ended)
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect(ended).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2 ** 31 + READING_MS)
    expect(ended).toHaveBeenCalledOnce()
  })

  it('returns the time left, at most that of the longest timer', async () => {
    await withDeadline(options, async ({ remainingMs }) => {
      expect(remainingMs()).toBe(1000)
      vi.advanceTimersByTime(400)
      expect(remainingMs()).toBe(600)
    })
    await withDeadline({ ...options, timeoutMs: 1e12 }, async ({ remainingMs }) => {
      expect(remainingMs()).toBe(2_147_483_647)
    })
  })
})
