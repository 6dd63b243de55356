// Stores for the tests of `checkTokenStore()`: a few correct ones, and one for each kind of mistake. The processes
// that a check starts import this file too.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { appendFile, mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createServer, type Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { TokenSet, type TokensLike, type TokenStore } from '@anthropic-auth/core'

type Lock = Required<TokenStore>['lock']

/** A store with all optional methods, and only asynchronous ones. */
export interface AsyncStore {
  load(): Promise<TokensLike | null>
  save(tokens: TokenSet): Promise<void>
  lock: Lock
  prepareSave(): Promise<void>
}

/** Lets one caller in this process in at a time. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve()

  /** @param patienceMs - after this time it enters, even if another caller is inside; default: never */
  async run<T>(critical: () => Promise<T>, patienceMs?: number): Promise<T> {
    const turn = patienceMs === undefined ? this.#last : Promise.race([this.#last, delay(patienceMs)])
    const result = turn.then(critical)
    this.#last = result.catch(() => undefined)
    return result
  }
}

/** A correct store in memory. */
export function memoryStore(): AsyncStore {
  const mutex = new Mutex()
  let stored: TokensLike | null = null
  return {
    load: async () => stored,
    save: async (tokens) => {
      stored = tokens
    },
    lock: async (critical) => mutex.run(critical),
    prepareSave: async () => undefined,
  }
}

/** The place of a file store. */
export interface Place {
  readonly path: string
  /** The port that serves as the lock: the system frees the port of a process that has ended. */
  readonly port: number
}

/** A correct store in a file. */
export function createStore({ path, port }: Place): AsyncStore {
  return {
    load: async () => loadFile(path),
    save: async (tokens) => replaceFile(path, JSON.stringify(tokens)),
    lock: portLock(port),
    prepareSave: async () => probe(path),
  }
}

/** A correct store in a file. A set that it could not save stays in a second file, where load() finds it. */
export function createLeftoverStore(place: Place): AsyncStore {
  const store = createStore(place)
  const leftover = `${place.path}.leftover`
  return {
    ...store,
    load: async () => (await loadFile(leftover)) ?? store.load(),
    save: async (tokens) => {
      try {
        await store.save(tokens)
        await rm(leftover, { force: true })
      } catch (error) {
        await writeFile(leftover, JSON.stringify(tokens))
        throw error
      }
    },
  }
}

/** A correct store whose load(), save() and prepareSave() are synchronous. */
export function createSynchronousStore({ path, port }: Place): TokenStore {
  const assertSavable = (): void => {
    if (existsSync(fullMark(path))) throw new Error('The disk is full')
  }
  return {
    load: () => (existsSync(path) ? parseTokens(readFileSync(path, 'utf8')) : null),
    save: (tokens) => {
      assertSavable()
      const temporary = `${path}.${randomUUID()}.tmp`
      writeFileSync(temporary, JSON.stringify(tokens), { mode: 0o600 })
      renameSync(temporary, path)
    },
    lock: portLock(port),
    prepareSave: assertSavable,
  }
}

/** Fills the disk of one of these file stores, for all processes. */
export async function fillDisk({ path }: Place): Promise<() => Promise<void>> {
  await writeFile(fullMark(path), '')
  return async () => rm(fullMark(path))
}

/** Marks a prepared save until the process that prepared it saves. */
export function createPreparationMarkStore(place: Place): AsyncStore {
  const store = createStore(place)
  const mark = `${place.path}.prepared`
  return {
    ...store,
    save: async (tokens) => {
      await store.save(tokens)
      await rm(mark, { force: true })
    },
    prepareSave: async () => {
      const holder = await readIfThere(mark)
      if (holder !== null && holder !== String(process.pid)) throw new Error('Another process saves')
      await writeFile(mark, String(process.pid))
    },
  }
}

/** Removes the mark of a prepared save when the critical section ends, but not when the process dies. */
export function createDeadPreparationStore(place: Place): AsyncStore {
  const store = createPreparationMarkStore(place)
  const mark = `${place.path}.prepared`
  return {
    ...store,
    lock: async (critical) =>
      store.lock(async () => {
        try {
          return await critical()
        } finally {
          await rm(mark, { force: true })
        }
      }),
  }
}

/** Keeps a set that it could not save where only this process finds it. */
export function createPrivateLeftoverStore(place: Place): AsyncStore {
  const store = createStore(place)
  return {
    ...store,
    load: async () => pending.get(place.path) ?? store.load(),
    save: async (tokens) => {
      try {
        await store.save(tokens)
        pending.delete(place.path)
      } catch (error) {
        pending.set(place.path, tokens)
        throw error
      }
    },
  }
}

/** Writes the file in place. Only readers in the same process never see half of it. */
export function createInPlaceStore(place: Place): AsyncStore {
  const mutex = mutexOf(place.path)
  return {
    ...createStore(place),
    load: async () => mutex.run(async () => loadFile(place.path)),
    save: async (tokens) => mutex.run(async () => writeInHalves(place.path, JSON.stringify(tokens))),
  }
}

/** Its lock works within one process only. */
export function createUnsharedLockStore(place: Place): AsyncStore {
  const mutex = mutexOf(place.path)
  return { ...createStore(place), lock: async (critical) => mutex.run(critical) }
}

/** Its lock does not wait for other processes. */
export function createNoLockStore({ path }: Place): TokenStore {
  return {
    load: async () => loadFile(path),
    save: async (tokens) => replaceFile(path, JSON.stringify(tokens)),
  }
}

/** Its lock is a folder that stays when its holder dies. */
export function createStaleLockStore(place: Place): AsyncStore {
  const folder = `${place.path}.lock`
  return { ...createStore(place), lock: folderLock(folder, async () => false) }
}

/** A process that finds a dead holder removes the lock, even if another process has already taken it over. */
export function createRobbedLockStore(place: Place): AsyncStore {
  const folder = `${place.path}.lock`
  const holders = `${place.path}.holders`
  let isRemoved = false
  const lock = folderLock(folder, async () => {
    const pids = (await readIfThere(holders))?.trim().split('\n') ?? []
    if (isRemoved || pids.every((pid) => isAlive(Number(pid)))) return false
    isRemoved = true
    // Each at a different time: at the same time they would do no harm.
    await delay(15 * (process.pid % 4))
    await rmdir(folder).catch(() => undefined)
    return true
  })
  return {
    ...createStore(place),
    lock: async (critical) =>
      lock(async () => {
        await appendFile(holders, `${process.pid}\n`)
        return critical()
      }),
  }
}

/** A process that finds the lock taken never looks again. */
export function createMissedLockStore(place: Place): AsyncStore {
  const mutex = mutexOf(place.path)
  const lock = folderLock(`${place.path}.lock`, async () => new Promise(() => undefined))
  return { ...createStore(place), lock: async (critical) => mutex.run(async () => lock(critical)) }
}

/** Processes wait in a queue, and wait forever behind one that died in it. */
export function createQueueLockStore(place: Place): AsyncStore {
  const store = createStore(place)
  const queue = `${place.path}.queue`
  return {
    ...store,
    lock: async (critical) => {
      await mkdir(queue, { recursive: true })
      const ticket = join(queue, `${Date.now()}-${randomUUID()}`)
      await writeFile(ticket, '')
      while ((await readdir(queue)).toSorted()[0] !== basename(ticket)) await delay(2)
      return store.lock(async () => {
        await rm(ticket)
        return critical()
      })
    },
  }
}

/** save() releases the lock too early. */
export function createEarlyReleaseStore(place: Place): AsyncStore {
  const store = createStore(place)
  const ends = new Set<() => void>()
  return {
    ...store,
    save: async (tokens) => {
      await store.save(tokens)
      for (const end of ends) end()
      ends.clear()
    },
    lock: async (critical) =>
      new Promise((resolve, reject) => {
        const held = store.lock(async () => {
          const result = critical()
          result.then(resolve, reject)
          await Promise.race([result, new Promise<void>((end) => ends.add(end))])
        })
        held.catch(reject)
      }),
  }
}

/** load() reads the file again only after a while. */
export function createSlowReaderStore(place: Place): AsyncStore {
  const store = createStore(place)
  return {
    ...store,
    load: async () => {
      const read = reads.get(place.path)
      if (read !== undefined && Date.now() - read.at < 5000) return read.tokens
      const loaded = await store.load()
      const newer = reads.get(place.path)
      // A save() of this process happened meanwhile.
      if (newer !== undefined && newer !== read) return newer.tokens
      if (loaded !== null) reads.set(place.path, { tokens: loaded, at: Date.now() })
      return loaded
    },
    save: async (tokens) => {
      await store.save(tokens)
      reads.set(place.path, { tokens, at: Date.now() })
    },
  }
}

/** Never reads the file again after the first load. */
export function createCachingStore(place: Place): AsyncStore {
  const store = createStore(place)
  let cached: TokensLike | null = null
  return {
    ...store,
    load: async () => (cached ??= await store.load()),
    save: async (tokens) => {
      cached = tokens
      await store.save(tokens)
    },
  }
}

/** Marks a running save, and believes the mark of a dead process. */
export function createMarkingStore(place: Place): AsyncStore {
  const store = createStore(place)
  const mutex = mutexOf(place.path)
  const mark = `${place.path}.saving`
  return {
    ...store,
    save: async (tokens) =>
      mutex.run(async () => {
        if (!(await isMade(mark))) throw new Error('Another process saves')
        await store.save(tokens)
        await delay(5)
        await rmdir(mark)
      }),
  }
}

/** save() writes a little later, or at the end of the critical section. */
export function createLateStore(place: Place): AsyncStore {
  const store = createStore(place)
  const mutex = mutexOf(place.path)
  const flush = async (): Promise<void> =>
    mutex.run(async () => {
      const tokens = pending.get(place.path)
      if (tokens === undefined) return
      await store.save(tokens)
      if (pending.get(place.path) === tokens) pending.delete(place.path)
    })
  return {
    ...store,
    load: async () => pending.get(place.path) ?? store.load(),
    save: async (tokens) => {
      pending.set(place.path, tokens)
      // Once written, it doesn't block the save of another process.
      setTimeout(() => void flush().catch(() => undefined), 100)
      await delay(1)
    },
    lock: async (critical) =>
      store.lock(async () => {
        try {
          return await critical()
        } finally {
          await flush()
        }
      }),
  }
}

/** Returns null for a file that it can't read. */
export function createForgivingStore(place: Place): AsyncStore {
  return { ...createStore(place), load: async () => loadFile(place.path).catch(() => null) }
}

/** load() returns any object as a token set. */
export function createTrustingStore(place: Place): AsyncStore {
  return {
    ...createStore(place),
    load: async () => {
      const text = await readIfThere(place.path)
      if (text === null) return null
      const parsed = parse(text)
      if (!isObject(parsed)) throw new Error('The file holds no object')
      return parsed
    },
  }
}

/** Passes on the error of the parser, which quotes the file. */
export function createQuotingStore(place: Place): AsyncStore {
  return {
    ...createStore(place),
    load: async () => {
      const text = await readIfThere(place.path)
      return text === null ? null : TokenSet.fromJSON(JSON.parse(text))
    },
  }
}

/** Refuses to overwrite what it can't read, as a store may. */
export function createCarefulStore(place: Place): AsyncStore {
  const store = createStore(place)
  return {
    ...store,
    save: async (tokens) => {
      await store.load()
      await store.save(tokens)
    },
  }
}

/** save() does nothing over a file that it can't read. */
export function createStuckStore(place: Place): AsyncStore {
  const store = createStore(place)
  return {
    ...store,
    save: async (tokens) =>
      createCarefulStore(place)
        .save(tokens)
        .catch(() => undefined),
  }
}

/** A loopback port as a lock: the system frees it when its process ends. */
function portLock(port: number): Lock {
  return async (critical) => {
    const server = await bind(port)
    try {
      return await critical()
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

async function bind(port: number): Promise<Server> {
  for (;;) {
    const server = createServer()
    const error = await new Promise<unknown>((resolve) => {
      server.once('error', resolve).listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(null))
    })
    if (error === null) return server
    await delay(2)
  }
}

/** @param free - tries to free the lock, and returns whether it is free */
function folderLock(folder: string, free: () => Promise<boolean>): Lock {
  return async (critical) => {
    while (!(await isMade(folder))) {
      if (!(await free())) await delay(2)
    }
    try {
      return await critical()
    } finally {
      await rmdir(folder).catch(() => undefined)
    }
  }
}

async function isMade(folder: string): Promise<boolean> {
  return mkdir(folder).then(
    () => true,
    () => false,
  )
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const mutexes = new Map<string, Mutex>()
const pending = new Map<string, TokenSet>()
const reads = new Map<string, { tokens: TokensLike; at: number }>()

function mutexOf(path: string): Mutex {
  const mutex = mutexes.get(path) ?? new Mutex()
  mutexes.set(path, mutex)
  return mutex
}

async function loadFile(path: string): Promise<TokenSet | null> {
  const text = await readIfThere(path)
  return text === null ? null : parseTokens(text)
}

function parseTokens(text: string): TokenSet {
  try {
    return TokenSet.fromJSON(parse(text))
  } catch {
    throw new Error('The file holds no tokens')
  }
}

async function readIfThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
}

/** Treats any object as a token set, without checking its members. */
function isObject(value: unknown): value is TokensLike {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('The file is not JSON')
  }
}

/** The disk of a store is full while this file exists. */
function fullMark(path: string): string {
  return `${path}.full`
}

/** Proves that a file can be written next to `path`, and removes it again. */
async function probe(path: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.probe`
  await assertNotFull(path)
  await writeFile(temporary, ' '.repeat(65_536))
  await rm(temporary)
}

async function assertNotFull(path: string): Promise<void> {
  if ((await readIfThere(fullMark(path))) !== null) throw new Error('The disk is full')
}

async function replaceFile(path: string, text: string): Promise<void> {
  await assertNotFull(path)
  const temporary = `${path}.${randomUUID()}.tmp`
  await writeFile(temporary, text, { mode: 0o600 })
  await rename(temporary, path)
}

async function writeInHalves(path: string, text: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.write(text.slice(0, text.length / 2))
    // By far the longest part of a save, so that readers in other processes see half of it, also on a busy machine.
    await new Promise((resolve) => setTimeout(resolve, 30))
    await file.write(text.slice(text.length / 2))
  } finally {
    await file.close()
  }
}
