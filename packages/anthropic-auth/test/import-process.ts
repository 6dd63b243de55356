// Imports the whole package without any Node modules, as in a browser, and prints how its functions fail.
import type { AnthropicAuthError, TokenSet } from '@anthropic-auth/core'

process.getBuiltinModule = () => {
  throw new Error('A module of Node was asked for')
}
await import('anthropic-auth')
const { createFileLock } = await import('anthropic-auth/file-lock')
const { createProfileStore } = await import('anthropic-auth/profile-store')
const { createTokenFile } = await import('anthropic-auth/token-file')
const store = createProfileStore({ profile: 'work', configDir: '/tmp' })

Reflect.deleteProperty(process, 'getBuiltinModule')
const codeOf = (error: unknown): string => (error as AnthropicAuthError).code
for (const create of [
  () => createFileLock('/tmp/x'),
  () => createTokenFile({ path: '/tmp/x', encode: () => new Uint8Array(), decode: () => ({}) as TokenSet }),
]) {
  try {
    create()
  } catch (error) {
    console.log(codeOf(error))
  }
}
console.log(await store.load().catch(codeOf))
