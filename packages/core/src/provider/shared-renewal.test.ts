import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { SharedRenewal } from './shared-renewal.ts'

describe('SharedRenewal', () => {
  it('does not end the process when it fails after its callers have stopped waiting', async () => {
    const unhandled = vi.fn<(reason: unknown) => void>()
    process.on('unhandledRejection', unhandled)
    onTestFinished(() => void process.off('unhandledRejection', unhandled))
    const renewal = new SharedRenewal(false).begin(Promise.reject(new Error('No response')))

    await renewal.requestEnded
    await setImmediate()

    expect(unhandled).not.toHaveBeenCalled()
    await expect(renewal.done).rejects.toThrow('No response')
  })
})
