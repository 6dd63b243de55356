import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  assertOwnFolder,
  errorCode,
  fileError,
  foldersOf,
  proveSpace,
} from '@anthropic-auth/profile-store/internal'
import type { ExaminedProfile } from './examined-profile.ts'
import { failureOf, type Finding, ok, warning } from './finding.ts'

/** Checks who can change the folders of a profile, and whether a login can be saved there: the disk may be full. */
export async function checkFolders({ location, state }: ExaminedProfile): Promise<readonly Finding[]> {
  if (location.value === null) return []
  const { configPath, credentialsPath, root } = location.value
  const paths = [configPath, credentialsPath]
  const unsafe = await all(paths.flatMap(foldersOf), unsafeFolder)
  if (unsafe.length > 0) return unsafe
  const folders = await Promise.all(paths.map(async (path) => existingFolder(dirname(path))))
  const unwritable = await all(folders, unwritableFolder)
  if (unwritable.length > 0) return unwritable
  const byteLength = state.value?.bytes?.length ?? 0
  const full = await all(folders, async (folder) => fullFolder(folder, byteLength))
  if (full.length > 0) return full
  return [(await openParent(root)) ?? ok('Only you can change the folders')]
}

async function all(
  paths: readonly string[],
  check: (path: string) => Promise<Finding | null>,
): Promise<readonly Finding[]> {
  const findings = await Promise.all([...new Set(paths)].toSorted().map(check))
  return findings.filter((finding) => finding !== null)
}

/** A missing folder is fine: a login creates it for its user alone. */
async function unsafeFolder(folder: string): Promise<Finding | null> {
  return (await exists(folder)) ? failureOf(assertOwnFolder(folder)) : null
}

/** In an open folder around the root, others can move the root away. Logins work, but `use` refuses to save there. */
async function openParent(root: string): Promise<Finding | null> {
  const [folder] = foldersOf(root)
  const finding = folder === undefined ? null : await unsafeFolder(folder)
  return finding === null ? null : warning(finding.message, finding.remedy ?? '')
}

async function unwritableFolder(folder: string): Promise<Finding | null> {
  return failureOf(
    access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
      throw fileError('write_failed', `Can't save files in ${folder}`, error)
    }),
  )
}

/** Nothing else looks for a file with this name, so that it disturbs neither another check nor another process. */
const PROBED_NAME = 'credentials.check'

/** Writes a file for a moment, as a login does before it shows its link. */
async function fullFolder(folder: string, byteLength: number): Promise<Finding | null> {
  return failureOf(proveSpace(join(folder, PROBED_NAME), byteLength, `Can't save files in ${folder}`))
}

/** Returns the folder, or the nearest one above it that exists. */
async function existingFolder(folder: string): Promise<string> {
  const parent = dirname(folder)
  return parent === folder || (await exists(folder)) ? folder : existingFolder(parent)
}

/** A folder that we may not look into counts as existing: its own check reports it. */
async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    (error: unknown) => errorCode(error) !== 'ENOENT',
  )
}
