/** Members of JSON and parameters whose values are secrets. */
const SECRET = /^(?:code|state|code_verifier|access_token|refresh_token|raw_key|authorization|x-api-key)$/

/** Enough of a secret to recognise it by, and not more. */
export function mask(secret: string): string {
  const prefix = /^(?:Bearer )?sk-ant-[a-z]+\d+-/.exec(secret)?.[0] ?? ''
  return `${prefix}${secret.slice(prefix.length, prefix.length + 4)}… (${secret.length} characters)`
}

/** The value as text, masked when `name` says that it is a secret. `code=true` is no code. */
export function shown(name: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return SECRET.test(name) && value !== 'true' ? mask(value) : value
}
