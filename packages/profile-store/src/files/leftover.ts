import { isAnthropicAuthError } from '@anthropic-auth/core'
import { errorCode, fileError } from './file-error.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { SECRET, readOwnFile } from './own-file.ts'

/**
 * A file that an interrupted save has left next to the real one: the whole new content under its own name, so that
 * one rename completes the save. The name is `<file>.<replaced>.<checksum>.tmp`, or ends in `.inplace` if the file
 * had to be written in place.
 */
export interface Leftover {
  readonly path: string
  /** The digest of the tokens that it replaces. */
  readonly replaced: string
  /** The digest of its content. */
  readonly checksum: string
  /** The save was writing into the file itself, which may be half written. */
  readonly isInPlace: boolean
}

/** The files that saves have left next to a file. */
export interface Remains {
  readonly leftovers: readonly Leftover[]
  /** The paths of the probes. */
  readonly probes: readonly string[]
}

/** Stands for the tokens of a missing file. */
export const NO_TOKENS = 'none'

const LEFTOVER_ENDING = /\.([\w-]{22}|none)\.([\w-]{22})\.(tmp|inplace)$/
const LEFTOVER = new RegExp(`^${LEFTOVER_ENDING.source}`)
const PROBE = /^\.[\w-]+\.probe$/
/** `<file>.<pid>.<random>.tmp` of the official SDK. */
const OF_SDK = /^\.\d+\.[a-z0-9]+\.tmp$/
/** `<file>.<uuid>.tmp` of the first version of this package. */
const OF_FIRST_VERSION = /^\.[\w-]{36}\.tmp$/
const TEMPORARY = [LEFTOVER, PROBE, OF_SDK, OF_FIRST_VERSION]

/** Returns the leftover that a save writes first. */
export function leftoverOf(file: string, replaced: string, checksum: string, isInPlace = false): Leftover {
  const path = `${file}.${replaced}.${checksum}.${isInPlace ? 'inplace' : 'tmp'}`
  return { path, replaced, checksum, isInPlace }
}

/** Returns the name of the file that a leftover belongs to, from the leftover's name; `null` for any other name. */
export function fileNameOf(leftoverName: string): string | null {
  const ending = LEFTOVER_ENDING.exec(leftoverName)
  return ending === null ? null : leftoverName.slice(0, ending.index)
}

/** Lists the files that saves have left next to a file. */
export async function findRemains(file: string): Promise<Remains> {
  const endings = await endingsBeside(file)
  const leftovers = endings.flatMap((ending) => parseLeftover(file, ending) ?? [])
  const probes = endings.filter((ending) => PROBE.test(ending)).map((ending) => file + ending)
  return { leftovers, probes }
}

/** Lists all temporary files of a file, also those of the official SDK: each may hold tokens. */
export async function findTemporaryFiles(file: string): Promise<readonly string[]> {
  const endings = await endingsBeside(file)
  return endings
    .filter((ending) => TEMPORARY.some((each) => each.test(ending)))
    .map((ending) => file + ending)
}

/**
 * Reads a leftover; `null` unless it is whole, and no other user can have written or read it.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'read_failed'`: it may be whole
 */
export async function readLeftover({ path, checksum }: Leftover): Promise<Uint8Array | null> {
  const bytes = await readOwnFile(path, SECRET).catch((error: unknown) => {
    if (isAnthropicAuthError(error) && error.reason !== 'read_failed') return null
    throw error
  })
  return bytes !== null && (await digestOf(bytes)) === checksum ? bytes : null
}

/** The first 16 bytes of the SHA-256, in base64url. */
export async function digestOf(value: Uint8Array | string): Promise<string> {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : Uint8Array.from(value)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return btoa(String.fromCodePoint(...hash.subarray(0, 16)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The endings of all file names that begin with the name of `file`, sorted. */
async function endingsBeside(file: string): Promise<readonly string[]> {
  const path = nodeBuiltin('node:path')
  const name = path.basename(file)
  try {
    const names = await nodeBuiltin('node:fs/promises').readdir(path.dirname(file))
    return names
      .filter((each) => each.startsWith(name))
      .map((each) => each.slice(name.length))
      .toSorted()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw fileError('read_failed', `The folder of ${file} can't be read`, error)
  }
}

function parseLeftover(file: string, ending: string): Leftover | null {
  const [, replaced, checksum, kind] = LEFTOVER.exec(ending) ?? []
  if (replaced === undefined || checksum === undefined) return null
  return leftoverOf(file, replaced, checksum, kind === 'inplace')
}
