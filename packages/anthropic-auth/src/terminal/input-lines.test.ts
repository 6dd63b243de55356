import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { InputLines } from './input-lines.ts'

describe('InputLines', () => {
  it('returns each line once, even if it came before the call', async () => {
    const input = new PassThrough()
    const lines = new InputLines(input)
    input.write('one\ntwo\r\nthr')
    expect(await lines.next()).toBe('one')
    input.write('ee\n\nlast')
    input.end()
    expect(await lines.next()).toBe('two')
    expect(await lines.next()).toBe('three')
    expect(await lines.next()).toBe('')
    expect(await lines.next()).toBe('last')
    expect(await lines.next()).toBeNull()
    expect(await lines.next()).toBeNull()
  })

  it('returns no more lines after close(), not even from a pending call', async () => {
    const input = new PassThrough()
    const lines = new InputLines(input)
    const waiting = lines.next()
    lines.close()
    input.write('late\n')
    expect(await waiting).toBeNull()
    expect(await lines.next()).toBeNull()
    expect(input.isPaused()).toBe(true)
  })
})
