import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { SharedRefresh } from './shared-refresh.ts'

describe('SharedRefresh', () => {
  it('does not end the process when it fails after its callers have stopped waiting', async () => {
    const unhandled = vi.fn<(reason: unknown) => void>()
    process.on('unhandledRejection', unhandled)
    onTestFinished(() => void process.off('unhandledRejection', unhandled))
    const refresh = new SharedRefresh(false).begin(Promise.reject(new Error('No response')))

    await refresh.requestEnded
    await setImmediate()

    expect(unhandled).not.toHaveBeenCalled()
    await expect(refresh.done).rejects.toThrow('No response')
  })
})
