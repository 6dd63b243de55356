import { describe, expect, it } from 'vitest'
import { headingSlug } from './heading-slug.ts'

describe('headingSlug()', () => {
  it.each([
    ['missing_scope', 'missing_scope'],
    ['Terms of use: read this first', 'terms-of-use-read-this-first'],
    ['The response: code#state', 'the-response-codestate'],
    ["What's new – and why", 'whats-new--and-why'],
  ])('makes an anchor of %s', (heading, slug) => {
    expect(headingSlug(heading)).toBe(slug)
  })
})
