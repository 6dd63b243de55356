import { AnthropicAuthError } from '@anthropic-auth/core'
import { whileBusy } from './busy-file.ts'
import { errorCode, fileError } from './file-error.ts'
import { mountedFileError, saysMounted, writeInPlace } from './in-place-file.ts'
import type { JsonObject } from '@anthropic-auth/core/internal'
import { parseJsonObject } from './json-object.ts'
import { findRemains } from './leftover.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { corruptFile } from './own-file.ts'
import { assertOwnFolders, makeFolderOf, syncFolderOf } from './own-folder.ts'
import { removeQuietly } from './remove-file.ts'
import { proveSpace, SaveProbe } from './save-probe.ts'

/** Processes that save at the same time can remove each other's files. */
const MAX_TRIES = 5

/**
 * Parses the JSON object in a file.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'corrupt_file'`; it contains nothing of the file's content
 */
export function parseJsonFile(path: string, bytes: Uint8Array): JsonObject {
  if (isUtf16(bytes)) throw corruptFile(path, 'is UTF-16; save it as UTF-8')
  // TextDecoder skips a UTF-8 byte order mark.
  const json = parseJsonObject(new TextDecoder().decode(bytes))
  if (json === null) throw corruptFile(path, 'is not a JSON object')
  return json
}

/** The bytes of a JSON file, as the official SDK writes it. */
export function jsonFileBytes(json: JsonObject): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json, null, 2))
}

/**
 * Replaces a file that holds no tokens, wholly or not at all, even when the machine stops in between.
 *
 * @throws AnthropicAuthError `store_failed` with `reason` `write_failed` or `unsafe_file`
 */
export async function replaceJsonFile(path: string, json: JsonObject): Promise<void> {
  await replaceFile(path, jsonFileBytes(json))
}

/**
 * Replaces a file that holds no tokens, as {@link replaceJsonFile} does.
 *
 * @throws AnthropicAuthError `store_failed` with `reason` `write_failed` or `unsafe_file`
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await makeFolderOf(path)
  await assertOwnFolders(path)
  for (let tries = 1; ; tries += 1) {
    try {
      await tryToReplace(path, bytes)
      break
    } catch (error) {
      if (error instanceof AnthropicAuthError) throw error
      if (errorCode(error) === 'ENOENT' && tries < MAX_TRIES) continue
      throw fileError('write_failed', `${path} can't be written`, error)
    }
  }
  await syncFolderOf(path)
  for (const probe of (await findRemains(path)).probes) await removeQuietly(probe)
}

/**
 * Creates a file that holds no tokens.
 *
 * @returns `false` if there is a file already: it is not changed
 * @throws AnthropicAuthError `store_failed` with `reason` `write_failed` or `unsafe_file`
 */
export async function createFile(path: string, bytes: Uint8Array): Promise<boolean> {
  await makeFolderOf(path)
  await assertOwnFolders(path)
  try {
    await nodeBuiltin('node:fs/promises').writeFile(path, bytes, { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw fileError('write_failed', `${path} can't be written`, error)
  }
  await syncFolderOf(path)
  return true
}

/**
 * Proves that a file can be replaced, and leaves nothing behind.
 *
 * @throws AnthropicAuthError `store_failed` with `reason` `write_failed` or `unsafe_file`
 */
export async function proveJsonFile(path: string): Promise<void> {
  await makeFolderOf(path)
  await assertOwnFolders(path)
  await proveSpace(path, 0, `${path} can't be written`)
}

async function tryToReplace(path: string, bytes: Uint8Array): Promise<void> {
  const probe = await SaveProbe.create(path)
  try {
    await probe.write(bytes)
    await probe.finish()
    await whileBusy(async () => nodeBuiltin('node:fs/promises').rename(probe.path, path))
  } catch (error) {
    if (!saysMounted(error)) throw error
    await writeInPlace(path, bytes).catch((cause: unknown) => {
      throw mountedFileError(path, cause)
    })
  } finally {
    await probe.remove()
  }
}

/** A JSON object begins with `{`, which UTF-16 encodes with a NUL byte, or with a byte order mark. */
function isUtf16([first, second]: Uint8Array): boolean {
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return hasMark || (first === 0x7b && second === 0) || (first === 0 && second === 0x7b)
}
