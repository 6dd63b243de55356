// Derives keys at a thousandth of their cost, for tests whose keys protect nothing. It works as a `--import`, too.
import crypto, { type BinaryLike, type ScryptOptions } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

const { scrypt } = crypto

function cheapScrypt(
  passphrase: BinaryLike,
  salt: BinaryLike,
  length: number,
  options: ScryptOptions & { readonly N: number },
  done: (error: Error | null, key: Buffer<ArrayBuffer>) => void,
): void {
  scrypt(passphrase, salt, length, { ...options, N: options.N / 1024 }, done)
}

Reflect.set(crypto, 'scrypt', cheapScrypt)
syncBuiltinESMExports()
