/** The members of JSON, parameters and headers whose values are secrets. */
const SECRET = /^(?:code|state|code_verifier|access_token|refresh_token|raw_key|authorization|x-api-key)$/

/** Returns just enough of a secret to recognize it. */
export function mask(secret: string): string {
  const prefix = /^(?:Bearer )?sk-ant-[a-z]+\d+-/.exec(secret)?.[0] ?? ''
  return `${prefix}${secret.slice(prefix.length, prefix.length + 4)}… (${secret.length} characters)`
}

/** Returns a value as text, masked when `name` names a secret. `code=true` is not a code. */
export function shown(name: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return SECRET.test(name) && value !== 'true' ? mask(value) : value
}
