import { AnthropicAuthError } from '@anthropic-auth/core'
import type { FileHandle } from 'node:fs/promises'
import { whileBusy } from './busy-file.ts'
import { errorCode, fileError } from './file-error.ts'
import { assertWritableInPlace, writeAt } from './in-place-file.ts'
import { findRemains } from './leftover.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { inPlaceFlags } from './own-file.ts'
import { removeQuietly } from './remove-file.ts'

/** A probe reserves at least this much for the next save, whose tokens may be longer than the present ones. */
const MIN_BYTES = 16_384
/** Two processes that save without the lock can remove each other's probes. */
const MAX_TRIES = 5
/** The most that getRandomValues() returns at once. */
const MAX_RANDOM_BYTES = 65_536

/**
 * A file next to the target that proves that a save will work. The save then writes into it; until then it holds no
 * tokens.
 */
export class SaveProbe {
  readonly #target: string
  readonly #file: FileHandle
  #path: string
  #isFilled = false

  private constructor(target: string, path: string, file: FileHandle) {
    this.#target = target
    this.#path = path
    this.#file = file
  }

  /** The current path of the probe. */
  get path(): string {
    return this.#path
  }

  /** Creates an empty file, which proves nothing yet. */
  static async create(target: string, path: string = probePath(target)): Promise<SaveProbe> {
    const { constants, open } = nodeBuiltin('node:fs/promises')
    const file = await open(path, inPlaceFlags() | constants.O_CREAT | constants.O_EXCL, 0o600)
    // A umask such as 0777 takes permissions from the owner as well. Some file systems, such as FAT, have none.
    await file.chmod(0o600).catch(() => undefined)
    return new SaveProbe(target, path, file)
  }

  /**
   * Proves that the target can be replaced: there is room, the bytes reach the disk, and the folder allows a rename
   * with the longest name that a save uses.
   *
   * @param byteLength - the size of the present file
   */
  static async prove(target: string, byteLength: number): Promise<SaveProbe> {
    const probe = await SaveProbe.create(target)
    try {
      const needed = Math.max(MIN_BYTES, 2 * byteLength)
      probe.#isFilled = true
      await writeAt(probe.#file, randomBytes(needed), 0)
      await probe.#file.sync()
      const isMounted = await probe.#proveRename()
      if (isMounted) await assertWritableInPlace(target, needed)
      return probe
    } catch (error) {
      await probe.remove()
      throw error
    }
  }

  /** Renames the probe, which is no longer a probe then. */
  async moveTo(path: string): Promise<void> {
    const { rename } = nodeBuiltin('node:fs/promises')
    await whileBusy(async () => rename(this.#path, path))
    this.#path = path
  }

  /**
   * Makes `bytes` the whole content. Truncates first, so that a process that is killed after the write leaves the
   * file whole.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isFilled) await this.#file.truncate(bytes.length)
    await writeAt(this.#file, bytes, 0)
  }

  /** Syncs the content to the disk, and closes the file. */
  async finish(): Promise<void> {
    try {
      await this.#file.sync()
    } finally {
      await this.#file.close()
    }
  }

  /** Removes the probe, if possible. Otherwise the next save does. */
  async remove(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await removeQuietly(this.#path)
  }

  /**
   * Renames the probe the way a save renames its file: over a second name of the target, made by link(). That link
   * fails with EXDEV if the target is a mount point.
   */
  async #proveRename(): Promise<boolean> {
    const path = probePath(this.#target)
    const linked = await linkResult(this.#target, path)
    try {
      if (linked === 'EPERM') await assertMutable(this.#target)
      await this.moveTo(path)
    } catch (error) {
      await removeQuietly(path)
      throw error
    }
    return linked === 'EXDEV'
  }
}

/** As long as the longest name that a save uses, so that a name that is too long is noticed here. */
function probePath(target: string): string {
  return `${target}.${crypto.randomUUID()}-${'0'.repeat(10)}.probe`
}

async function linkResult(target: string, path: string): Promise<string | undefined> {
  return nodeBuiltin('node:fs/promises')
    .link(target, path)
    .then(() => undefined)
    .catch(errorCode)
}

/** link() fails with EPERM on file systems without links, and for a file that is immutable or append-only. */
async function assertMutable(path: string): Promise<void> {
  try {
    const file = await nodeBuiltin('node:fs/promises').open(path, inPlaceFlags())
    await file.close()
  } catch (error) {
    if (errorCode(error) === 'EPERM') throw error
  }
}

/** Random, so that a file system with compression also reserves the blocks. */
function randomBytes(byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength)
  for (let start = 0; start < byteLength; start += MAX_RANDOM_BYTES) {
    crypto.getRandomValues(bytes.subarray(start, start + MAX_RANDOM_BYTES))
  }
  return bytes
}

/**
 * Proves that a file can be saved in a folder that is there, and leaves nothing behind.
 *
 * @param byteLength - the size of the present file
 * @param problem - the first words of the error
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'`
 */
export async function proveSpace(path: string, byteLength: number, problem: string): Promise<void> {
  try {
    const probe = await proveSave(path, byteLength)
    await probe.remove()
    for (const remaining of (await findRemains(path)).probes) await removeQuietly(remaining)
  } catch (error) {
    if (error instanceof AnthropicAuthError) throw error
    throw fileError('write_failed', problem, error)
  }
}

/** Proves that a file can be saved. Tries again if a save without the lock has removed the probe. */
export async function proveSave(path: string, byteLength: number): Promise<SaveProbe> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await SaveProbe.prove(path, byteLength)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || tries === MAX_TRIES) throw error
    }
  }
}
