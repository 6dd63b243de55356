import { AnthropicAuthError } from '@anthropic-auth/core'
import { chmodCommand, errorCode, fileError, shellQuoted } from './file-error.ts'
import { nodeBuiltin } from './node-builtin.ts'

/** The write permissions of the group and of all others. */
const OTHERS_WRITE = 0o022
const STICKY = 0o1000
const OWNER_ALL = 0o700

/**
 * Creates the folder of a file and each missing folder above it, with mode 0700 whatever the umask.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'`, naming the folder that can't be created
 */
export async function makeFolderOf(path: string): Promise<void> {
  await makeFolder(nodeBuiltin('node:path').dirname(path))
}

/**
 * Refuses a file if other users can change its folder or the folder around that: they could replace the file.
 *
 * @throws AnthropicAuthError `store_failed` with `reason` `unsafe_file` or `read_failed`
 */
export async function assertOwnFolders(path: string): Promise<void> {
  for (const folder of foldersOf(path)) await assertOwnFolder(folder)
}

/**
 * Refuses a folder that other users can change.
 *
 * @throws AnthropicAuthError `store_failed` with `reason` `unsafe_file` or `read_failed`
 */
export async function assertOwnFolder(folder: string): Promise<void> {
  const { stat } = nodeBuiltin('node:fs/promises')
  const { mode, uid } = await stat(folder).catch((error: unknown) => {
    throw fileError('read_failed', `The folder ${folder} can't be read`, error)
  })
  if (!isTrusted(uid)) throw foreignFolder(folder, mode)
  if (isOpenToOthers(mode)) throw openFolder(folder, uid)
}

/** The folders that may be tightened, and the files to protect. */
export interface FolderTightening {
  /** The files whose folders other users must not be able to change. */
  readonly files: readonly string[]
  /** The only folders that may be changed, and only when they belong to this user. */
  readonly folders: readonly string[]
}

/**
 * Removes the write permission of the group and of others from folders in which other users could replace the files.
 * Changes nothing unless that makes all the files safe.
 *
 * @returns the folders that were changed
 * @throws AnthropicAuthError `store_failed` with `reason` `unsafe_file` or `write_failed`
 */
export async function tightenFoldersOf(tightening: FolderTightening): Promise<readonly string[]> {
  const open: string[] = []
  for (const folder of new Set(tightening.files.flatMap(foldersOf))) {
    if (await hasToBeTightened(folder, tightening.folders)) open.push(folder)
  }
  for (const folder of open) await tighten(folder)
  return open
}

/** Syncs the folder of a file to the disk, if the system can. */
export async function syncFolderOf(path: string): Promise<void> {
  try {
    const folder = await nodeBuiltin('node:fs/promises').open(nodeBuiltin('node:path').dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    // Windows and some network file systems can't. All processes see the new names anyway.
  }
}

/** Whether files of this user id can be trusted. Root could do anything anyway, and Windows has no such ids. */
export function isTrusted(uid: number): boolean {
  const own = ownUid()
  return own === undefined || uid === own || uid === 0
}

async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return
  const { mkdir } = nodeBuiltin('node:fs/promises')
  const parent = nodeBuiltin('node:path').dirname(folder)
  if (parent !== folder) await makeFolder(parent)
  try {
    await mkdir(folder, { mode: OWNER_ALL })
    await giveToOwner(folder)
  } catch (error) {
    // Another process may have created it meanwhile.
    if (errorCode(error) === 'EEXIST' && (await isFolder(folder))) return
    throw fileError('write_failed', `The folder ${folder} can't be created`, error)
  }
  await syncFolderOf(folder)
}

async function isFolder(path: string): Promise<boolean> {
  return nodeBuiltin('node:fs/promises')
    .stat(path)
    .then((stats) => stats.isDirectory())
    .catch(() => false)
}

/** A umask such as 0777 takes permissions from the owner as well. */
async function giveToOwner(folder: string): Promise<void> {
  const { chmod, lstat } = nodeBuiltin('node:fs/promises')
  const stats = await lstat(folder)
  if (process.platform === 'win32' || (stats.mode & OWNER_ALL) === OWNER_ALL) return
  if (stats.isDirectory()) await chmod(folder, OWNER_ALL)
}

async function hasToBeTightened(folder: string, allowed: readonly string[]): Promise<boolean> {
  const { lstat, stat } = nodeBuiltin('node:fs/promises')
  const stats = await stat(folder).catch(nullIfMissing(folder))
  if (stats === null) return false
  if (!isTrusted(stats.uid)) throw foreignFolder(folder, stats.mode)
  if (!isOpenToOthers(stats.mode)) return false
  const isLink = (await lstat(folder)).isSymbolicLink()
  if (isLink || stats.uid !== ownUid() || !allowed.includes(folder)) throw openFolder(folder, stats.uid)
  return true
}

function nullIfMissing(folder: string): (error: unknown) => null {
  return (error) => {
    if (errorCode(error) === 'ENOENT') return null
    throw fileError('read_failed', `The folder ${folder} can't be read`, error)
  }
}

/** Uses a handle, so that nothing else can take the folder's place between the check and the change. */
async function tighten(folder: string): Promise<void> {
  const { constants, open } = nodeBuiltin('node:fs/promises')
  try {
    const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      const { mode, uid } = await handle.stat()
      if (uid !== ownUid()) throw openFolder(folder, uid)
      await handle.chmod(mode & 0o7777 & ~OTHERS_WRITE)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof AnthropicAuthError) throw error
    throw fileError('write_failed', `The permissions of ${folder} can't be changed`, error)
  }
}

/** The folder of a file, and the folder around that one: other users must not be able to change them. Windows has no modes. */
export function foldersOf(path: string): readonly string[] {
  if (process.platform === 'win32') return []
  const folder = nodeBuiltin('node:path').dirname(path)
  return [...new Set([folder, nodeBuiltin('node:path').dirname(folder)])]
}

/** In a sticky folder, such as /tmp, nobody can replace the files of others. */
function isOpenToOthers(mode: number): boolean {
  return (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0
}

function ownUid(): number | undefined {
  return process.platform === 'win32' ? undefined : process.getuid?.()
}

function openFolder(folder: string, uid: number): AnthropicAuthError {
  const hint =
    uid === ownUid()
      ? `If you trust what it contains, run: ${chmodCommand('go-w', folder)}`
      : `You can't change that folder. To use your own folder inside it, run: ${ownFolderIn(folder)}`
  return unsafeFolder(`Other users of this machine can change what is in ${folder}`, hint)
}

function foreignFolder(folder: string, mode: number): AnthropicAuthError {
  const command = isOpenToOthers(mode)
    ? ownFolderIn(folder)
    : 'export ANTHROPIC_CONFIG_DIR="$HOME/.anthropic"'
  return unsafeFolder(
    `${folder} belongs to another user of this machine`,
    `To use a folder of your own, run: ${command}`,
  )
}

function ownFolderIn(folder: string): string {
  const path = nodeBuiltin('node:path').join(folder, 'anthropic')
  return `export ANTHROPIC_CONFIG_DIR=${shellQuoted(path)}`
}

function unsafeFolder(message: string, hint: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', message, { reason: 'unsafe_file', hint })
}
