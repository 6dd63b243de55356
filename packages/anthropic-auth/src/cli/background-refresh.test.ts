import { describe, expect, it } from 'vitest'
import { marginFor } from './background-refresh.ts'

describe('marginFor()', () => {
  it.each([
    [28_800, 300],
    [600, 300],
    [200, 100],
    [80, 40],
    [60, 40],
    // Below that, an official SDK may refresh first, but the refreshes never follow each other without a pause.
    [40, 34],
    [10, 8.5],
  ])('refreshes a token that lives %d s %d s before its end', (lifetime, margin) => {
    expect(marginFor(lifetime)).toBe(margin)
  })
})
