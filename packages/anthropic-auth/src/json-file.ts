import { AnthropicAuthError } from '@anthropic-auth/core'
import { whileBusy } from './busy-file.ts'
import { chmodCommand, errorCode, fileError } from './file-error.ts'
import { type JsonObject, parseJsonObject } from './json-object.ts'
import { nodeBuiltin } from './node-builtin.ts'

/** The permissions that the group and all others may not have, on systems that know such. */
export const SECRET = 0o066
export const TRUSTED = 0o022

const STICKY = 0o1000

const MAX_BYTES = 1_048_576

/**
 * The JSON object in a regular file; `null` when there is no file.
 *
 * @param forbidden - `SECRET`: others may neither read nor write it; `TRUSTED`: they may not write it
 * @throws AnthropicAuthError `store_failed`, with `reason` `unsafe_file`, `corrupt_file` or `read_failed`
 */
export async function readJsonFile(path: string, forbidden: number): Promise<JsonObject | null> {
  const text = await readOwnFile(path, forbidden).catch((error: unknown) => {
    if (error instanceof AnthropicAuthError) throw error
    if (errorCode(error) === 'ENOENT') return null
    throw fileError('read_failed', `${path} can't be read`, error)
  })
  if (text === null) return null
  const json = parseJsonObject(text)
  if (json === null) throw corruptFile(path, 'is not a JSON object')
  return json
}

/**
 * Replaces a file by another one, wholly or not at all, even when the machine stops in between. For its owner alone, as
 * are the folders that are made for it.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'`
 */
export async function replaceJsonFile(path: string, json: JsonObject): Promise<void> {
  const { rename, rm } = nodeBuiltin('node:fs/promises')
  const temporary = `${path}.${crypto.randomUUID()}.tmp`
  try {
    await makeFolderOf(path)
    await writeDurably(temporary, JSON.stringify(json, null, 2))
    await whileBusy(async () => rename(temporary, path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw fileError('write_failed', `${path} can't be written`, error)
  }
  await syncFolderOf(path)
}

/**
 * Removes a file, if it is there.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'`
 */
export async function removeFile(path: string): Promise<void> {
  try {
    await whileBusy(async () => nodeBuiltin('node:fs/promises').rm(path, { force: true }))
  } catch (error) {
    throw fileError('write_failed', `${path} can't be removed`, error)
  }
  await syncFolderOf(path)
}

/** Makes the folder that a file is to lie in, and those above it, for their owner alone. */
export async function makeFolderOf(path: string): Promise<void> {
  const folder = nodeBuiltin('node:path').dirname(path)
  await nodeBuiltin('node:fs/promises').mkdir(folder, { recursive: true, mode: 0o700 })
}

/** The error for a file whose content is not what it must be. */
export function corruptFile(path: string, problem: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', `${path} ${problem}`, {
    reason: 'corrupt_file',
    hint: `Repair ${path}, or move it away and log in again. It was left as it is.`,
  })
}

async function readOwnFile(path: string, forbidden: number): Promise<string> {
  const { constants, lstat, open } = nodeBuiltin('node:fs/promises')
  const entry = await lstat(path)
  if (!entry.isFile()) throw notRegular(path, entry.isSymbolicLink())
  await assertOwnFolders(path)
  // What takes the file's place from here on is neither followed nor waited for.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = await whileBusy(async () => open(path, flags))
  try {
    const { mode, size, uid } = await file.stat()
    if (!isOurs(uid)) throw foreignOwner(path)
    if (process.platform !== 'win32' && (mode & forbidden) !== 0) throw openToOthers(path, mode, forbidden)
    if (size > MAX_BYTES) throw corruptFile(path, 'is too large')
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Whoever can write to a folder, or to the one that it lies in, can put another file in the place of ours. */
async function assertOwnFolders(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = nodeBuiltin('node:path').dirname(path)
  for (const each of new Set([folder, nodeBuiltin('node:path').dirname(folder)])) {
    const { mode, uid } = await nodeBuiltin('node:fs/promises').stat(each)
    if (!isOurs(uid)) throw foreignOwner(each)
    // In one like /tmp, nobody replaces what is another's.
    if ((mode & TRUSTED) !== 0 && (mode & STICKY) === 0) throw openFolder(each)
  }
}

/** The system's own user could do anything anyway. Windows has no such owners. */
function isOurs(uid: number): boolean {
  const own = process.platform === 'win32' ? undefined : process.getuid?.()
  return own === undefined || uid === own || uid === 0
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await nodeBuiltin('node:fs/promises').open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** So that the new name is on the disk, too. Windows has no such thing; the file itself is safe without it. */
async function syncFolderOf(path: string): Promise<void> {
  try {
    const folder = await nodeBuiltin('node:fs/promises').open(nodeBuiltin('node:path').dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    // The file is in place: whoever reads it now gets it.
  }
}

function notRegular(path: string, isLink: boolean): AnthropicAuthError {
  const kind = isLink ? 'a symbolic link' : 'no regular file'
  return unsafeFile(
    `${path} is ${kind}`,
    `Move it away${isLink ? ', and put the file itself in its place' : ''}.`,
  )
}

function openToOthers(path: string, mode: number, forbidden: number): AnthropicAuthError {
  const verb = (mode & forbidden & TRUSTED) === 0 ? 'read' : 'change'
  return unsafeFile(
    `Other users of this machine can ${verb} ${path}`,
    `If you trust what it holds, run: ${chmodCommand('600', path)}`,
  )
}

function foreignOwner(path: string): AnthropicAuthError {
  return unsafeFile(`${path} belongs to another user of this machine`, `Move it away, and log in again.`)
}

function openFolder(path: string): AnthropicAuthError {
  return unsafeFile(
    `Other users of this machine can change what lies in ${path}`,
    `If you trust what it holds, run: ${chmodCommand('go-w', path)}`,
  )
}

function unsafeFile(message: string, hint: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', message, { reason: 'unsafe_file', hint })
}
