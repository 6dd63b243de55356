import { afterEach, describe, expect, it, vi } from 'vitest'
import { findNodeBuiltin, requireNodeBuiltin } from './node-builtin.ts'

interface Modules {
  readonly 'node:path': { basename(path: string): string }
}

const ABSENCE = { message: 'This runtime has no paths', hint: 'Use Node.' }

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('requireNodeBuiltin()', () => {
  it('returns the module', () => {
    const path = requireNodeBuiltin<Modules, 'node:path'>('node:path', ABSENCE)
    expect(path.basename('/tmp/file')).toBe('file')
  })

  it.each([
    ['no process', undefined],
    ['a process of another kind', {}],
    ['no such module', { getBuiltinModule: () => undefined }],
  ])('throws the message and the hint with %s', (_what, process) => {
    vi.stubGlobal('process', process)
    expect(findNodeBuiltin<Modules, 'node:path'>('node:path')).toBeUndefined()
    expect(() => requireNodeBuiltin<Modules, 'node:path'>('node:path', ABSENCE)).toThrow(
      expect.objectContaining({
        code: 'unsupported_runtime',
        message: 'This runtime has no paths',
        hint: 'Use Node.',
      }),
    )
  })
})
