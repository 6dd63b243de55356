import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')

/** The sections of the page about one code each. */
const sections = new Map(
  [...page.matchAll(/^### `(\w+)`$([^]*?)(?=^##|$(?![^]))/gm)].map(([, code = '', text = '']) => [
    code,
    text,
  ]),
)

function sourceOf(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8')
}

/** The source files that create errors, without those of the command line. */
const sources = ['core', 'callback-server', 'browser', 'blocking', 'federation'].flatMap((name) => {
  const folder = join(root, 'packages', name, 'src')
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = entries.filter((file) => file.endsWith('.ts') && !file.includes('.test'))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
  return texts.filter((text) => text.includes('new AnthropicAuthError('))
})

/** The reasons whose hints say more than that of the code. */
const REASONS_WITH_HINTS: Readonly<Record<string, readonly string[]>> = {
  invalid_authorization_response: [
    'characters',
    'two_answers',
    'repeated_parameter',
    'missing_code',
    'missing_state',
    'authorization_url',
    'api_key',
    'json',
    'scheme',
    'userinfo',
    'email_code',
  ],
  oauth_error: [
    'invalid_grant',
    'invalid_client',
    'unauthorized_client',
    'invalid_scope',
    'server_error',
    'temporarily_unavailable',
  ],
  http_error: [
    'redirect',
    'html',
    'unauthorized',
    'client_unauthorized',
    'forbidden',
    'not_found',
    'server_error',
    'proxy_authentication',
    'unsupported_media_type',
  ],
  rate_limited: ['no_retry_after'],
  network_error: ['dns', 'tls', 'proxy', 'proxy_authentication', 'chunk'],
  worker_failed: ['defect'],
  store_failed: ['invalid_tokens', 'onRefresh'],
  reauthentication_required: ['no_tokens', 'logged_out'],
}

describe('docs/errors.md', () => {
  it('has a section for each code, and for nothing else', () => {
    const codes = [...sourceOf('error-code.ts').matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, code]) =>
      String(code),
    )
    expect(codes.length).toBeGreaterThan(20)
    expect([...sections.keys()].toSorted()).toEqual(codes.toSorted())
  })

  it('explains each reason that has a hint', () => {
    for (const [code, reasons] of Object.entries(REASONS_WITH_HINTS)) {
      for (const reason of reasons) {
        expect(sections.get(code), `${code}: ${reason}`).toContain(`\`${reason}\``)
      }
    }
  })

  it('explains each reason that the packages give', () => {
    const reasons = sources.flatMap((source) =>
      [...source.matchAll(/\breason: '([\w.]+)'/g)].map(([, reason]) => reason),
    )
    expect(reasons.length).toBeGreaterThan(10)
    for (const reason of reasons) expect(page).toContain(`\`${reason}\``)
  })

  it('is linked from the pages where users look for it', () => {
    expect(readFileSync(join(root, 'docs/README.md'), 'utf8')).toContain('(errors.md)')
    expect(readFileSync(join(root, 'packages/core/README.md'), 'utf8')).toContain('(../../docs/errors.md)')
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('(docs/errors.md)')
    for (const name of ['terms.md', 'getting-started.md']) {
      expect(readFileSync(join(root, 'docs', name), 'utf8')).toContain(
        '(errors.md#when-the-api-refuses-the-token-of-a-subscription)',
      )
    }
    expect(page).toContain('\n## When the API refuses the token of a subscription\n')
  })
})
