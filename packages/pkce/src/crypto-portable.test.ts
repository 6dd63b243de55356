import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as chosen from '#crypto'
import * as native from './crypto-node.ts'
import * as portable from './crypto-portable.ts'

const packageFolder = join(import.meta.dirname, '..')

afterEach(() => {
  vi.unstubAllGlobals()
})

describe.each([
  ['crypto-node', native],
  ['crypto-portable', portable],
])('%s', (_name, branch) => {
  it('derives the challenge of RFC 7636, appendix B', () => {
    expect(branch.sha256Base64Url('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    )
  })

  it('hashes a text in UTF-8', () => {
    expect(branch.sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(branch.sha256Hex('jürgen@例え')).toBe(
      '7ad26530eb64f2644966802ba129b6d190a0bf9ac67eea13e5020ecef35f48c0',
    )
  })

  it('encodes in the alphabet of base64url, without padding', () => {
    expect(branch.encodeBase64Url(Uint8Array.of())).toBe('')
    expect(branch.encodeBase64Url(Uint8Array.of(0xfb))).toBe('-w')
    expect(branch.encodeBase64Url(Uint8Array.of(0xff, 0xef))).toBe('_-8')
    expect(branch.encodeBase64Url(Uint8Array.of(0xfb, 0xff, 0xbf))).toBe('-_-_')
  })

  it('encodes a part of a larger buffer, not the buffer', () => {
    expect(branch.encodeBase64Url(Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 4))).toBe('AgME')
  })

  it('fills all the given bytes, with different values each time', () => {
    const fills = Array.from({ length: 16 }, () => {
      const bytes = new Uint8Array(96)
      branch.fillRandom(bytes)
      return bytes
    })
    expect(new Set(fills.map((bytes) => bytes.join())).size).toBe(16)
    const untouched = Array.from({ length: 96 }, (_, at) => at).filter((at) =>
      fills.every((bytes) => !bytes[at]),
    )
    expect(untouched).toEqual([])
  })
})

describe('crypto-portable', () => {
  it('agrees with crypto-node on the challenge of any verifier', () => {
    const verifier = fc.stringMatching(/^[A-Za-z0-9\-._~]{43,128}$/)
    fc.assert(
      fc.property(verifier, (text) => portable.sha256Base64Url(text) === native.sha256Base64Url(text)),
      { numRuns: 2000 },
    )
  })

  it('agrees with crypto-node on the hash of any text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 })
    fc.assert(fc.property(text, (given) => portable.sha256Hex(given) === native.sha256Hex(given)))
  })

  it('agrees with crypto-node on the encoding of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        return portable.encodeBase64Url(bytes) === native.encodeBase64Url(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('passes on a failure of the random source', () => {
    const failure = new Error('no entropy')
    vi.stubGlobal('crypto', {
      getRandomValues: () => {
        throw failure
      },
    })
    expect(() => portable.fillRandom(new Uint8Array(32))).toThrow(failure)
  })

  it('fails when the runtime has no random source', () => {
    vi.stubGlobal('crypto', undefined)
    expect(() => portable.fillRandom(new Uint8Array(32))).toThrow(TypeError)
  })
})

describe('#crypto', () => {
  it('is crypto-node in these tests', () => {
    expect(chosen.sha256Base64Url).toBe(native.sha256Base64Url)
  })

  it.each([
    ['crypto-node', []],
    ['crypto-portable', ['browser']],
    ['crypto-portable', ['workerd']],
    ['crypto-portable', ['edge-light']],
  ])('is %s under the conditions node,%s', (file, conditions) => {
    expect(resolveCrypto(conditions)).toBe(`dist/${file}.js`)
    expect(resolveCrypto(['@anthropic-auth/source', ...conditions])).toBe(`src/${file}.ts`)
  })

  it('is published unchanged, without the source condition', () => {
    const { imports, publishConfig } = readManifest()
    const { '@anthropic-auth/source': source, ...built } = imports['#crypto']
    expect(Object.keys(built)).toEqual(['browser', 'workerd', 'edge-light', 'node', 'default'])
    expect(Object.entries(publishConfig.imports['#crypto'])).toEqual(Object.entries(built))
    expect(Object.keys(source)).toEqual(Object.keys(built))
  })
})

interface Manifest {
  readonly imports: { readonly '#crypto': { readonly '@anthropic-auth/source': object } }
  readonly publishConfig: { readonly imports: { readonly '#crypto': object } }
}

function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as Manifest
}

function resolveCrypto(conditions: readonly string[]): string {
  const script = `process.stdout.write(import.meta.resolve('#crypto'))`
  const options = conditions.map((condition) => `--conditions=${condition}`)
  const args = [...options, '--input-type=module', '--eval', script]
  const url = execFileSync(process.execPath, args, { cwd: packageFolder, encoding: 'utf8' })
  return url.split('/').slice(-2).join('/')
}
