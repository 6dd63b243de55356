import { generateState } from '@anthropic-auth/pkce'

/** The prefix of a token, key or id on the real server. A code has none. */
export type ValuePrefix = '' | 'sk-ant-oat01-' | 'sk-ant-ort01-' | 'sk-ant-api03-' | 'req_' | 'msg_'

/** Returns an unguessable value: the prefix and 32 random bytes in base64url. */
export function randomValue(prefix: ValuePrefix): string {
  return prefix + generateState()
}
