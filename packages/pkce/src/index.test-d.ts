import { describe, expectTypeOf, it } from 'vitest'
import type * as native from './crypto-node.ts'
import type * as portable from './crypto-portable.ts'
import {
  deriveCodeChallenge,
  generateCodeVerifier,
  generatePkce,
  generateState,
  timingSafeEqual,
  verifyCodeChallenge,
  type Pkce,
} from './index.ts'

describe('Pkce', () => {
  it('knows S256 alone', () => {
    expectTypeOf<Pkce['method']>().toEqualTypeOf<'S256'>()
    expectTypeOf<{ verifier: string; challenge: string; method: 'plain' }>().not.toExtend<Pkce>()
    expectTypeOf<{ verifier: string; challenge: string; method: string }>().not.toExtend<Pkce>()
  })

  it('is read-only', () => {
    expectTypeOf<Pkce>().toEqualTypeOf<{
      readonly verifier: string
      readonly challenge: string
      readonly method: 'S256'
    }>()
  })
})

describe('the functions', () => {
  it('are synchronous', () => {
    expectTypeOf(generatePkce).returns.toEqualTypeOf<Pkce>()
    expectTypeOf(generateCodeVerifier).returns.toEqualTypeOf<string>()
    expectTypeOf(deriveCodeChallenge).returns.toEqualTypeOf<string>()
    expectTypeOf(verifyCodeChallenge).returns.toEqualTypeOf<boolean>()
    expectTypeOf(generateState).returns.toEqualTypeOf<string>()
    expectTypeOf(timingSafeEqual).returns.toEqualTypeOf<boolean>()
  })

  it('take strings, and a length that may be left out', () => {
    expectTypeOf(generatePkce).parameters.toEqualTypeOf<[]>()
    expectTypeOf(generateCodeVerifier).parameters.toEqualTypeOf<[byteLength?: number | undefined]>()
    expectTypeOf(generateState).parameters.toEqualTypeOf<[byteLength?: number | undefined]>()
    expectTypeOf(deriveCodeChallenge).parameters.toEqualTypeOf<[verifier: string]>()
    expectTypeOf(verifyCodeChallenge).parameters.toEqualTypeOf<[verifier: string, challenge: string]>()
    expectTypeOf(timingSafeEqual).parameters.toEqualTypeOf<[a: string, b: string]>()
  })
})

describe('#crypto', () => {
  it('has the same exports in both branches', () => {
    expectTypeOf<keyof typeof native>().toEqualTypeOf<keyof typeof portable>()
    expectTypeOf<typeof native>().toExtend<typeof portable>()
  })
})
