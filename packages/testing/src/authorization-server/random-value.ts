import { generateState } from '@anthropic-auth/pkce'

/** What a token, key, code or id starts with on the real server; a code starts with nothing. */
export type ValuePrefix = '' | 'sk-ant-oat01-' | 'sk-ant-ort01-' | 'sk-ant-api03-' | 'req_' | 'msg_'

/** An unguessable value of its kind: the prefix and 32 random bytes in base64url. */
export function randomValue(prefix: ValuePrefix): string {
  return prefix + generateState()
}
