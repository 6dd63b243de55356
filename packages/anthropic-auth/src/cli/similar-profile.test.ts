import { describe, expect, it } from 'vitest'
import { similarProfile } from './similar-profile.ts'

describe('similarProfile()', () => {
  it.each([
    ['wrok', 'work'],
    ['work1', 'work'],
    ['Work', 'work'],
    ['wor', 'work'],
    ['prodction', 'production'],
    ['prod', 'production'],
    ['stagnig-eu', 'staging-eu'],
  ])('finds what %s stands for', (name, found) => {
    expect(similarProfile(name, ['home', 'production', 'staging-eu', 'work'])).toBe(found)
  })

  it.each(['ho', 'default', 'x', 'workers-of-the-world', ''])('finds nothing like %j', (name) => {
    expect(similarProfile(name, ['home', 'production', 'staging-eu', 'work'])).toBeNull()
  })

  it('takes the nearest of several, and none for a beginning that they share', () => {
    expect(similarProfile('staging-e', ['staging-us', 'staging-eu'])).toBe('staging-eu')
    expect(similarProfile('cus', ['customer-one', 'customer-two'])).toBeNull()
    expect(similarProfile('work', [])).toBeNull()
  })
})
