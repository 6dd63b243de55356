import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

describe.each([
  ['no process', undefined],
  ['no getBuiltinModule(), as in Node before 22.3', {}],
  ['no node:crypto', { getBuiltinModule: () => undefined }],
])('crypto-node in a runtime with %s', (_what, process) => {
  it('hashes and fills without it', async () => {
    vi.resetModules()
    const native = await import('./crypto-node.ts')
    vi.stubGlobal('process', process)
    expect(native.sha256Base64Url(VERIFIER)).toBe(CHALLENGE)
    expect(native.sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    const fills = Array.from({ length: 16 }, () => {
      const bytes = new Uint8Array(32)
      native.fillRandom(bytes)
      return bytes.join()
    })
    expect(new Set(fills).size).toBe(16)
  })
})

const builtin = process

describe('crypto-node', () => {
  it('loads node:crypto once, at the first use', async () => {
    vi.resetModules()
    const getBuiltinModule = vi.fn<(id: string) => unknown>((id) => builtin.getBuiltinModule(id))
    vi.stubGlobal('process', { getBuiltinModule })
    const native = await import('./crypto-node.ts')
    expect(getBuiltinModule).not.toHaveBeenCalled()
    expect(native.sha256Base64Url(VERIFIER)).toBe(CHALLENGE)
    native.fillRandom(new Uint8Array(32))
    expect(getBuiltinModule.mock.calls).toEqual([['node:crypto']])
  })

  it("keeps a program that needs no hash from loading Node's cryptography", () => {
    expect(loadedAfter('')).toBe('false')
    expect(loadedAfter('generatePkce()')).toBe('true')
  })
})

/** Whether Node has loaded its cryptography after a program has imported the package and run `code`. */
function loadedAfter(code: string): string {
  const entry = join(import.meta.dirname, 'index.ts')
  const script = `
    import { generatePkce } from ${JSON.stringify(entry)}
    ${code}
    process.stdout.write(String(process.moduleLoadList.includes('NativeModule crypto')))
  `
  const args = ['--conditions=@anthropic-auth/source', '--input-type=module', '--eval', script]
  return execFileSync(process.execPath, args, { encoding: 'utf8' })
}
