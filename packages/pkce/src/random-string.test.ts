import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeBase64Url, fillRandom } from '#crypto'
import { randomString } from './random-string.ts'

// The real functions, watched: each test below may let one of them fail once.
vi.mock('#crypto', { spy: true })

const fill = vi.mocked(fillRandom)
const encode = vi.mocked(encodeBase64Url)

function filledBytes(): Uint8Array[] {
  return fill.mock.calls.map(([bytes]) => bytes)
}

beforeEach(() => {
  fill.mockClear()
  encode.mockClear()
})

describe('randomString()', () => {
  it('encodes exactly the bytes of the random source', () => {
    fill.mockImplementationOnce((bytes) => bytes.set(bytes.map((_, index) => 255 - index)))
    expect(randomString(32)).toBe('__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA')
  })

  it('accepts 32 to 96 bytes, 32 by default', () => {
    expect(randomString()).toHaveLength(43)
    expect(randomString(32)).toHaveLength(43)
    expect(randomString(96)).toHaveLength(128)
  })

  it('refuses any other number of bytes before it requests any', () => {
    for (const byteLength of [31, 97, NaN, 1.5, 32.5, -32, 0, Infinity]) {
      expect(() => randomString(byteLength)).toThrow(RangeError)
    }
    expect(() => randomString('32' as unknown as number)).toThrow(TypeError)
    expect(() => randomString(null as unknown as number)).toThrow(TypeError)
    expect(fill).not.toHaveBeenCalled()
  })

  it('requests fresh bytes for each value, no more than it needs, and keeps none', () => {
    const before: string[] = []
    for (const byteLength of [32, 32, 48]) {
      fill.mockImplementationOnce((bytes) => {
        before.push(bytes.join(''))
        bytes.fill(byteLength)
      })
    }
    const texts = [randomString(32), randomString(32), randomString(48)]
    expect(texts).toEqual([`${'ICAg'.repeat(10)}ICA`, `${'ICAg'.repeat(10)}ICA`, 'MDAw'.repeat(16)])
    expect(before).toEqual(['0'.repeat(32), '0'.repeat(32), '0'.repeat(48)])
  })

  it('uses every character of the alphabet equally often', () => {
    const counts = new Map<string, number>()
    for (let run = 0; run < 8000; run++) {
      for (const character of randomString(96)) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    expect(counts.size).toBe(64)
    const expected = (8000 * 128) / 64
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // The mean is 63. Chance exceeds 200 about once in 10^15 runs, and a modulo bias gives thousands.
    expect(chiSquare).toBeLessThan(200)
  })

  it('fails when the random source fails', () => {
    const failure = new Error('no entropy')
    fill.mockImplementationOnce(() => {
      throw failure
    })
    expect(() => randomString(32)).toThrow(failure)
    expect(encode).not.toHaveBeenCalled()
  })

  it('fails when the random source returns only zeros', () => {
    fill.mockImplementationOnce(() => {})
    expect(() => randomString(32)).toThrow(/returned zeros/)
    expect(encode).not.toHaveBeenCalled()
  })

  it('accepts bytes if at least one is not zero', () => {
    fill.mockImplementationOnce((bytes) => void (bytes[31] = 1))
    expect(randomString(32)).toBe('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE')
  })
})

describe('the bytes behind a random string', () => {
  const wiped = Array.from({ length: 32 }, () => 0)

  it('are wiped after the encoding', () => {
    let encoded: number[] = []
    encode.mockImplementationOnce((bytes) => {
      encoded = [...bytes]
      return 'encoded'
    })
    expect(randomString(32)).toBe('encoded')
    expect(encoded).not.toEqual(wiped)
    expect([...filledBytes()[0]!]).toEqual(wiped)
  })

  it('are wiped when the encoding fails', () => {
    encode.mockImplementationOnce(() => {
      throw new Error('out of memory')
    })
    expect(() => randomString(32)).toThrow('out of memory')
    expect([...filledBytes()[0]!]).toEqual(wiped)
  })

  it('are wiped when the random source fails half-way', () => {
    fill.mockImplementationOnce((bytes) => {
      bytes.fill(7, 0, 16)
      throw new Error('no entropy')
    })
    expect(() => randomString(32)).toThrow('no entropy')
    expect([...filledBytes()[0]!]).toEqual(wiped)
  })
})

describe('the source of all packages', () => {
  it('never uses Math.random', () => {
    const packages = join(import.meta.dirname, '../..')
    const files = globSync('*/src/**/*.ts', { cwd: packages }).filter(
      (file) => !/\.test(-d)?\.ts$/.test(file),
    )
    expect(files).toContain(join('pkce', 'src', 'random-string.ts'))
    const offenders = files.filter((file) =>
      /\bMath\b[^\n]*\brandom\b/.test(readFileSync(join(packages, file), 'utf8')),
    )
    expect(offenders).toEqual([])
  })
})
