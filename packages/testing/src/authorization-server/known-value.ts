import type { KnownValue } from '../explanations/wrong-credential.ts'
import type { ServerState } from './server-state.ts'

type KnownValues = Pick<ServerState, 'sessions' | 'codes' | 'logins'>

const PREFIXES: readonly (readonly [RegExp, KnownValue['kind']])[] = [
  [/^sk-ant-oat\d/, 'access token'],
  [/^sk-ant-ort\d/, 'refresh token'],
  [/^sk-ant-api\d/, 'API key'],
]

/** A run of the characters of tokens, keys, codes and states. */
const VALUE = /[\w-]{22,512}/g

/** Identifies a value that this emulator has issued, that belongs to a login, or that has a known prefix. */
export function identify(value: string, state: KnownValues): KnownValue | null {
  const issued = findIssued(value, state)
  if (issued !== null) return issued
  const kind = PREFIXES.find(([prefix]) => prefix.test(value))?.[1]
  return kind === undefined ? null : { kind, login: null }
}

function findIssued(value: string, { sessions, codes, logins }: KnownValues): KnownValue | null {
  const code = codes.find(value)
  const candidates: readonly (readonly [KnownValue['kind'], number | null | undefined])[] = [
    ['access token', sessions.findAccessGrant(value)?.session.login],
    ['refresh token', sessions.findByRefreshToken(value)?.login],
    ['API key', sessions.findByApiKey(value)?.login],
    ['authorization code', code && logins.find(code.request.state)],
    ['state', logins.find(value)],
  ]
  for (const [kind, login] of candidates) if (typeof login === 'number') return { kind, login }
  return null
}

/** Finds the login of a refused request by any value in it; `null` if no value belongs to a login. */
export function findLogin(texts: readonly string[], state: KnownValues): number | null {
  for (const [value] of texts.flatMap((text) => [...text.matchAll(VALUE)])) {
    const login = findIssued(value, state)?.login
    if (login !== undefined && login !== null) return login
  }
  return null
}
