// Keeps tokens in a file, encrypted with a passphrase, for machines without a keychain. Copy it into your program.
//
// The file has a header (format, scrypt cost, salt, nonce), the tokens as JSON under AES-256-GCM, and an authentication
// tag, which also covers the header. Each save has a new salt, and so a new key, and a new nonce.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { AnthropicAuthError, TokenSet } from '@anthropic-auth/core'
import { createTokenFile, type TokenFile } from '@anthropic-auth/profile-store/token-file'

export interface EncryptedFileStoreOptions {
  /** A missing folder is created for its owner only. */
  readonly path: string
  readonly passphrase: string
  /** The cost of each attempt with a passphrase, right or wrong: 14 to 20. The default, 17, takes 128 MiB; 18 takes twice that. */
  readonly cost?: number | undefined
}

const FORMAT = Buffer.from('tokens-1')
const SALT_LENGTH = 16
const NONCE_LENGTH = 12
const TAG_LENGTH = 16
const HEADER_LENGTH = FORMAT.length + 1 + SALT_LENGTH + NONCE_LENGTH

export function createEncryptedFileStore({
  path,
  passphrase,
  cost = 17,
}: EncryptedFileStoreOptions): TokenFile {
  if (passphrase === '') throw new TypeError('The passphrase must not be empty')
  if (!isCost(cost)) throw new RangeError('cost must be an integer from 14 to 20')
  const deriveKey = keyDerivation(passphrase)
  return createTokenFile({
    path,
    encode: async (tokens) => encrypt(JSON.stringify(tokens), deriveKey, cost),
    // A file that this passphrase can't open is never overwritten: it may belong to someone else.
    decode: async (bytes) => decrypt(Buffer.from(bytes), deriveKey, path),
  })
}

type DeriveKey = (salt: Buffer, cost: number) => Promise<Buffer>

async function encrypt(text: string, deriveKey: DeriveKey, cost: number): Promise<Buffer> {
  const salt = randomBytes(SALT_LENGTH)
  const nonce = randomBytes(NONCE_LENGTH)
  const header = Buffer.concat([FORMAT, Buffer.of(cost), salt, nonce])
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(salt, cost), nonce)
  cipher.setAAD(header)
  return Buffer.concat([header, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

async function decrypt(file: Buffer, deriveKey: DeriveKey, path: string): Promise<TokenSet> {
  const { header, cost, salt, nonce, content, tag } = split(file)
  if (!header.subarray(0, FORMAT.length).equals(FORMAT) || !isCost(cost) || tag.length < TAG_LENGTH) {
    throw unreadable(`${path} is damaged, or was not written by this program`)
  }
  const key = await deriveKey(salt, cost)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH })
  decipher.setAAD(header).setAuthTag(tag)
  try {
    const json = Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8')
    return TokenSet.fromJSON(JSON.parse(json))
  } catch {
    throw unreadable(`${path} can't be opened: the passphrase is wrong, or the file is damaged`)
  }
}

function unreadable(message: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', message, {
    reason: 'corrupt_file',
    hint: 'Try again with the right passphrase, or move the file away and log in again.',
  })
}

function split(file: Buffer) {
  const saltStart = FORMAT.length + 1
  const nonceStart = saltStart + SALT_LENGTH
  const tagStart = Math.max(HEADER_LENGTH, file.length - TAG_LENGTH)
  return {
    header: file.subarray(0, HEADER_LENGTH),
    cost: file[FORMAT.length],
    salt: file.subarray(saltStart, nonceStart),
    nonce: file.subarray(nonceStart, HEADER_LENGTH),
    content: file.subarray(HEADER_LENGTH, tagStart),
    tag: file.subarray(tagStart),
  }
}

/** Keeps the last key, since a derivation is slow, and a file is read more often than it is written. */
function keyDerivation(passphrase: string): DeriveKey {
  let last: { readonly salt: Buffer; readonly cost: number; readonly key: Buffer } | null = null
  return async (salt, cost) => {
    if (last === null || last.cost !== cost || !last.salt.equals(salt)) {
      last = { salt, cost, key: await runScrypt(passphrase, salt, cost) }
    }
    return last.key
  }
}

async function runScrypt(passphrase: string, salt: Buffer, cost: number): Promise<Buffer> {
  const [N, r, p] = [2 ** cost, 8, 1]
  const options = { N, r, p, maxmem: 2 * 128 * N * r }
  return new Promise((resolve, reject) => {
    // Keyboards compose the same characters in different ways.
    scrypt(passphrase.normalize('NFKC'), salt, 32, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

function isCost(value: number = NaN): value is number {
  return Number.isInteger(value) && value >= 14 && value <= 20
}
