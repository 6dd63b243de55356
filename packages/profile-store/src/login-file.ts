import { AnthropicAuthError, isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import {
  areEqual,
  assertUnchanged,
  type EarlyWrite,
  holdsAlready,
  isCurrent,
  type Rebindable,
} from './early-write.ts'
import { isBlank } from './files/blank-file.ts'
import { errorCode, fileError } from './files/file-error.ts'
import { type FileLock, type FileLockCallOptions, type LockHold, createFileLock } from './lock/file-lock.ts'
import {
  type FileState,
  type TokenContent,
  readFileState,
  readLeftoverContents,
  readTokens,
} from './files/file-state.ts'
import { isLoggedOutMark } from './files/in-place-file.ts'
import { findTemporaryFiles } from './files/leftover.ts'
import { sweepBeside } from './lock/lock-sweep.ts'
import { LOCK_TIMES } from './lock/lock-times.ts'
import { nodeBuiltin } from './files/node-builtin.ts'
import { SECRET, readOwnFile } from './files/own-file.ts'
import { assertOwnFolders, makeFolderOf, syncFolderOf } from './files/own-folder.ts'
import { removeFile, removeQuietly } from './files/remove-file.ts'
import {
  type WrittenFile,
  keptError,
  moveIntoPlace,
  rewriteLeftover,
  writeLeftover,
} from './files/replace-file.ts'
import { proveSave, SaveProbe } from './files/save-probe.ts'
import { takeTurn } from './lock/turn-queue.ts'
import { encodeTokens, type FileFormat, proveEncoding } from './token-encoding.ts'

/** The lock while it is held, and the next save if it is prepared. */
interface Holding<C extends TokenContent> {
  readonly hold: LockHold
  prepared: PreparedSave<C> | null
}

/** The state that the next save will most likely replace, and the file that it will write into. */
interface PreparedSave<C extends TokenContent> {
  readonly state: FileState<C>
  readonly probe: SaveProbe
}

/** A change of the settings that the tokens belong to, made together with a save. */
export interface BindingChange {
  /** The binding after the change. */
  readonly binding: string
  /** Makes the change. The new tokens are on the disk then, and count from then on. */
  readonly commit: () => Promise<void>
}

/** The tokens to save, and how to save them. */
interface Save<C extends TokenContent> {
  readonly format: FileFormat<C>
  readonly tokens: TokenSet
  readonly early: EarlyWrite<C> | null
}

/** How long the saves of one process wait for each other. */
const MAX_TURN_MS = 60_000
/** Two processes that save without the lock can remove each other's files. */
const MAX_TRIES = 5

/** Returns the path of the lock of a file. */
export function lockPathOf(path: string): string {
  return `${path}.lock`
}

/** The file that holds the tokens of one login, and its lock. */
export class LoginFile<C extends TokenContent> {
  readonly #path: string
  readonly #lockPath: string
  readonly #lock: FileLock
  #holding: Holding<C> | null = null

  constructor(path: string) {
    this.#path = path
    this.#lockPath = lockPathOf(path)
    this.#lock = createFileLock(this.#lockPath)
  }

  /** Whether the next save is prepared: this object holds the lock, and `prepareSave()` has worked. */
  get isPrepared(): boolean {
    return this.#holding !== null && this.#holding.prepared !== null
  }

  /** Reads the file, or the leftover that continues it; `null` when there is no file. */
  async load(format: FileFormat<C>): Promise<C | null> {
    let seen: Uint8Array | null = null
    for (;;) {
      const { bytes, content, problem } = await readFileState(this.#path, format)
      if (problem === null) return content
      // A file that is being written in place is unreadable for a moment: read it until it stops changing.
      if (bytes === null || (seen !== null && areEqual(seen, bytes))) throw problem
      seen = bytes
    }
  }

  /** Whether there is a file that is empty, blank or full of NUL bytes. */
  async isBlank(): Promise<boolean> {
    const bytes = await readOwnFile(this.#path, SECRET).catch(() => null)
    return bytes !== null && isBlank(bytes)
  }

  /** Whether there is neither the file nor anything that a save may have left next to it. */
  async isEmpty(): Promise<boolean> {
    const { lstat } = nodeBuiltin('node:fs/promises')
    if ((await findTemporaryFiles(this.#path)).length > 0) return false
    return lstat(this.#path).then(
      () => false,
      (error: unknown) => errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR',
    )
  }

  /** Reads all files that saves have left behind. */
  async leftovers({ decode }: FileFormat<C>): Promise<readonly C[]> {
    return readLeftoverContents(this.#path, decode)
  }

  async prepareSave(format: FileFormat<C>): Promise<void> {
    const holding = this.#holding
    await holding?.hold.assertHeld()
    await this.#inTurn(async () => {
      if (holding !== null) await dropProbe(holding)
      const state = await (holding === null ? this.#replaceable(format) : this.#cleared(format))
      await proveEncoding(this.#path, format, state)
      const probe = await this.#orWriteError(async () => proveSave(this.#path, state.bytes?.length ?? 0))
      // If the lock has ended meanwhile, nobody else would remove the probe.
      if (holding === null || holding !== this.#holding) await probe.remove()
      else holding.prepared = { state, probe }
    })
  }

  /** Saves the tokens. If the save is prepared, writes them to the disk first, and then reads what they replace. */
  async save(format: FileFormat<C>, tokens: TokenSet, change: BindingChange | null = null): Promise<void> {
    const holding = this.#holding
    const settings = { binding: change?.binding ?? format.binding ?? '', isRebound: change !== null }
    await this.#inTurn(async () => {
      let early = await this.#writeEarly(format, tokens, { holding, ...settings })
      let isCommitted = false
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const reading = isCommitted ? { ...format, binding: settings.binding } : format
        const file = { ...(await this.#fileToReplace(reading, holding, early)), ...settings }
        if (early !== null && !isCommitted) await assertUnchanged(early, file.state)
        const written = await this.#written(file, { format, tokens, early })
        if (change !== null && !isCommitted) await committed(change, written)
        isCommitted = true
        if (await moveIntoPlace(file, written)) return
        early = null
      }
      throw fileError(
        'write_failed',
        `${this.#path} can't be saved: other processes keep removing the new file`,
        null,
      )
    })
  }

  /** Throws if the file holds something other than tokens: the setting `credentials_path` may name any file. */
  async assertRemovable({ decode }: FileFormat<C>): Promise<void> {
    const bytes = await readOwnFile(this.#path, SECRET)
    if (bytes === null || isBlank(bytes) || isLoggedOutMark(bytes)) return
    await decode(bytes)
  }

  /** Removes what saves have left, and then the file: a logout that is killed must not bring an old login back. */
  async remove(): Promise<void> {
    await this.#inTurn(async () => {
      const remains = await findTemporaryFiles(this.#path)
      for (const path of [...remains, this.#path]) await removeFile(path)
      await sweepBeside({ path: this.#lockPath, times: LOCK_TIMES })
      await syncFolderOf(this.#path)
    })
  }

  async lock<T>(critical: () => Promise<T>, options?: FileLockCallOptions): Promise<T> {
    await makeFolderOf(this.#path)
    return this.#lock(async (hold) => {
      const holding: Holding<C> = { hold, prepared: null }
      this.#holding = holding
      try {
        return await critical()
      } finally {
        this.#holding = null
        await dropProbe(holding)
      }
    }, options)
  }

  async #writeEarly(
    format: FileFormat<C>,
    tokens: TokenSet,
    { holding, ...settings }: Rebindable & { readonly holding: Holding<C> | null },
  ): Promise<EarlyWrite<C> | null> {
    const prepared = holding?.prepared ?? null
    if (holding === null || prepared === null) return null
    const file = { path: this.#path, state: prepared.state, ...settings }
    const bytes = await encodeTokens(this.#path, format, tokens, prepared.state)
    holding.prepared = null
    return { file, written: await writeLeftover(file, bytes, prepared.probe) }
  }

  /**
   * Reads the state that a save replaces, while the lock is held. If the file can't be read, for example because no
   * file handle is left, uses the state that `prepareSave()` has read.
   */
  async #fileToReplace(
    format: FileFormat<C>,
    holding: Holding<C> | null,
    early: EarlyWrite<C> | null,
  ): Promise<Omit<EarlyWrite<C>['file'], keyof Rebindable>> {
    try {
      await holding?.hold.assertHeld()
      return { path: this.#path, state: await this.#replaceable(format) }
    } catch (error) {
      if (early === null || !isAnthropicAuthError(error)) throw error
      if (error.reason === 'read_failed') return early.file
      throw keptError(error, early.written.path)
    }
  }

  /** Writes the tokens, unless this save or an earlier try has already written them. */
  async #written(file: EarlyWrite<C>['file'], { format, tokens, early }: Save<C>): Promise<WrittenFile> {
    if (early !== null && isCurrent(early, file.state)) return early.written
    const bytes = await encodeTokens(this.#path, format, tokens, file.state)
    if (holdsAlready(file.state, tokens, bytes)) {
      const rewritten = await rewriteLeftover(file)
      if (rewritten !== null) return rewritten
    }
    return writeLeftover(file, bytes, await this.#orWriteError(async () => SaveProbe.create(this.#path)))
  }

  /** Returns the state of the file. Throws if the file can't be read: it may belong to someone else. */
  async #replaceable(format: FileFormat<C>): Promise<FileState<C>> {
    await makeFolderOf(this.#path)
    const state = await readFileState(this.#path, format)
    // If there is a file, its folders have already been checked.
    if (state.bytes === null) await assertOwnFolders(this.#path)
    if (state.problem !== null && !state.isBlank) throw state.problem
    return state
  }

  /** Moves a leftover into place, since other programs don't know it, and removes what killed processes have left. */
  async #cleared(format: FileFormat<C>): Promise<FileState<C>> {
    await sweepBeside({ path: this.#lockPath, times: LOCK_TIMES })
    const state = await this.#replaceable(format)
    const written = await rewriteLeftover({ path: this.#path, state })
    if (written !== null) {
      await moveIntoPlace({ path: this.#path, state }, written)
      return this.#replaceable(format)
    }
    for (const path of state.remains.probes) {
      // Keep a probe with tokens: a save could write them nowhere else.
      if ((await readTokens(path, format.decode)) === null) await removeQuietly(path)
    }
    return state
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const end = await takeTurn(this.#path, MAX_TURN_MS)
    if (end === null) throw fileError('write_failed', `${this.#path} is still being saved`, null)
    try {
      return await run()
    } finally {
      end()
    }
  }

  async #orWriteError<T>(run: () => Promise<T>): Promise<T> {
    return run().catch((error: unknown) => {
      if (error instanceof AnthropicAuthError) throw error
      throw fileError('write_failed', `${this.#path} can't be saved`, error)
    })
  }
}

/** Changes the settings. If that fails, the old tokens stay in use, so the new ones are removed. */
async function committed({ commit }: BindingChange, written: WrittenFile): Promise<void> {
  try {
    await commit()
  } catch (error) {
    await removeQuietly(written.path)
    throw error
  }
}

async function dropProbe<C extends TokenContent>(holding: Holding<C>): Promise<void> {
  const { prepared } = holding
  holding.prepared = null
  await prepared?.probe.remove()
}
