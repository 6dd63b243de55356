import { describe, expect, it } from 'vitest'
import { withOAuthBeta } from './token-headers.ts'

describe('withOAuthBeta()', () => {
  it.each<[string | undefined, string]>([
    [undefined, 'anthropic-beta: oauth-2025-04-20'],
    ['', 'anthropic-beta: oauth-2025-04-20'],
    ['X-Team: core', 'X-Team: core\nanthropic-beta: oauth-2025-04-20'],
    ['X-Team: core\n', 'X-Team: core\nanthropic-beta: oauth-2025-04-20'],
    ['anthropic-beta: oauth-2025-04-20', 'anthropic-beta: oauth-2025-04-20'],
    ['anthropic-beta: files-api-2025-04-14', 'anthropic-beta: files-api-2025-04-14,oauth-2025-04-20'],
    ['Anthropic-Beta: a, b\nX-Team: core', 'Anthropic-Beta: a,b,oauth-2025-04-20\nX-Team: core'],
    // The official SDK takes the last of several lines.
    ['anthropic-beta: a\nanthropic-beta: b', 'anthropic-beta: a\nanthropic-beta: b,oauth-2025-04-20'],
    ['anthropic-beta:', 'anthropic-beta: oauth-2025-04-20'],
    ['X-Anthropic-Beta: a', 'X-Anthropic-Beta: a\nanthropic-beta: oauth-2025-04-20'],
    [
      'Authorization: Bearer old\nX-API-Key: sk\nX-Team: core',
      'X-Team: core\nanthropic-beta: oauth-2025-04-20',
    ],
    ['no header', 'no header\nanthropic-beta: oauth-2025-04-20'],
  ])('makes %j into %j', (present, complete) => {
    expect(withOAuthBeta(present)).toBe(complete)
    expect(withOAuthBeta(complete)).toBe(complete)
  })
})
