// Opens a token file of plain JSON in another process, since functions can't be passed to it.
import { TokenSet } from '@anthropic-auth/core'
import { createTokenFile, type TokenFile } from '@anthropic-auth/profile-store/token-file'

export function openTokenFile(path: string): TokenFile {
  return createTokenFile({
    path,
    encode: (tokens) => new TextEncoder().encode(JSON.stringify(tokens)),
    decode: (bytes) => TokenSet.fromJSON(JSON.parse(new TextDecoder().decode(bytes))),
  })
}
