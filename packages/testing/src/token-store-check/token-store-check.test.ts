import { fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import { TokenSet, type TokensLike, type TokenStore } from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as gallery from '../../test/faulty-stores.ts'
import { memoryStore, Mutex, type Place } from '../../test/faulty-stores.ts'
import { checkTokenStore, type TokenStoreCheckOptions } from './token-store-check.ts'

/** The ways to open a gallery store, here and in other processes. */
type ExportName = Extract<keyof typeof gallery, `create${string}`>

const creators: Readonly<Record<ExportName, (place: Place) => TokenStore>> = gallery

const url = new URL('../../test/faulty-stores.ts', import.meta.url)
const never = new Promise<never>(() => undefined)

/** Checks an in-memory store, in which `overrides` makes a mistake. */
async function checkMemory(
  overrides: Partial<TokenStore> = {},
  options: TokenStoreCheckOptions = {},
): Promise<void> {
  const store = { ...memoryStore(), ...overrides }
  await checkTokenStore(() => store, options)
}

/** Overrides for a store whose set goes through `change` on its way in. */
function saving(change: (tokens: TokenSet, before: TokensLike | null) => unknown): Partial<TokenStore> {
  let stored: TokensLike | null = null
  return {
    load: async () => stored,
    save: async (tokens) => {
      stored = change(tokens, stored) as TokensLike
    },
  }
}

describe('checkTokenStore()', () => {
  it('passes a correct store in memory', async () => {
    await expect(checkMemory()).resolves.toBeUndefined()
  })

  it('passes a store without a lock, which is for one process', async () => {
    const { load, save } = memoryStore()
    await expect(checkTokenStore(async () => ({ load, save }))).resolves.toBeUndefined()
  })

  it('refuses a store that holds tokens, and leaves them there', async () => {
    const store = memoryStore()
    const login = TokenSet.fromJSON({
      accessToken: 'access-of-a-user',
      refreshToken: 'refresh-of-a-user',
    })
    await store.save(login)
    await expect(checkTokenStore(() => store)).rejects.toThrow('The token store is not empty')
    expect(await store.load()).toBe(login)
  })

  it('refuses a createStore() that opens another place each time', async () => {
    await expect(checkTokenStore(() => memoryStore())).rejects.toThrow(
      'load() returned null in a second object of createStore(), which must open the same place',
    )
  })

  it.each([undefined, null, {}, { load: async () => null }])(
    'refuses %o in place of a store',
    async (value) => {
      await expect(checkTokenStore(() => value as never)).rejects.toThrow(TypeError)
    },
  )

  it.each([
    { maxTokenLength: 255 },
    { maxTokenLength: 8193 },
    { maxTokenLength: 300.5 },
    { timeoutMs: 0 },
    { timeoutMs: NaN },
    { timeoutMs: Infinity },
  ])('refuses %o', async (options) => {
    await expect(checkMemory({}, options)).rejects.toThrow(RangeError)
  })
})

describe('checkTokenStore(): members', () => {
  const tokensOnly = (): Partial<TokenStore> =>
    saving(({ accessToken, refreshToken, expiresAt }) =>
      Object.freeze({ accessToken, refreshToken, expiresAt }),
    )

  it('passes a store that keeps these members', async () => {
    const members = ['accessToken', 'refreshToken', 'expiresAt'] as const
    await expect(checkMemory(tokensOnly(), { members })).resolves.toBeUndefined()
  })

  it("says so when it doesn't", async () => {
    const members = ['accessToken', 'refreshToken', 'expiresAt', 'scopes'] as const
    await expect(checkMemory(tokensOnly(), { members })).rejects.toThrow(
      'load() returned a different scopes than was saved',
    )
  })

  it.each([[['accessToken']], [['refreshToken']], [[]]] as const)('refuses %j', async (members) => {
    await expect(checkMemory({}, { members })).rejects.toThrow(TypeError)
  })
})

describe('checkTokenStore(): what is saved is loaded', () => {
  it.each<[rule: string, what: string, change: (tokens: TokenSet, before: TokensLike | null) => unknown]>([
    [
      'load() returned a different refreshToken than was saved',
      'drops the refresh token',
      (tokens) => ({ ...tokens.toJSON(), refreshToken: null }),
    ],
    [
      'load() returned a different workspace than was saved',
      'does not know workspaces',
      (tokens) => ({ ...tokens.toJSON(), workspace: undefined }),
    ],
    [
      'load() returned a different accessToken than was saved',
      'cuts tokens at 4,096 characters',
      (tokens) => ({ ...tokens.toJSON(), accessToken: tokens.accessToken.slice(0, 4096) }),
    ],
    [
      'load() returned a different organization, workspace than was saved',
      'normalises names',
      (tokens) => JSON.parse(JSON.stringify(tokens).normalize('NFC')) as unknown,
    ],
    [
      'load() returned a different account, organization, workspace than was saved',
      'takes names for Latin-1',
      (tokens) => JSON.parse(Buffer.from(JSON.stringify(tokens)).toString('latin1')) as unknown,
    ],
    [
      'load() returned a different scopes than was saved',
      'takes no scopes for unknown ones',
      (tokens) => ({ ...tokens.toJSON(), scopes: tokens.scopes?.length === 0 ? null : tokens.scopes }),
    ],
    [
      'load() returned a different expiresAt than was saved',
      'takes the beginning of time for an unknown expiry',
      (tokens) => ({ ...tokens.toJSON(), expiresAt: tokens.expiresAt === 0 ? null : tokens.expiresAt }),
    ],
    [
      'load() returned a different refreshTokenExpiresAt than was saved',
      'forgets when the login ends',
      (tokens) => ({ ...tokens.toJSON(), refreshTokenExpiresAt: null }),
    ],
    [
      'save() kept refreshToken, expiresAt, refreshTokenExpiresAt, scopes, clientId, account, organization, workspace of the previous set',
      'merges the set with the one before',
      (tokens, before) => ({
        ...before,
        ...Object.fromEntries(Object.entries(tokens.toJSON()).filter(([, value]) => value !== null)),
      }),
    ],
    ['load() returned the set before the last one', 'saves once only', (tokens, before) => before ?? tokens],
    ['load() returned null after a save()', 'saves nothing', () => null],
    ['load() returned no valid token set after a save()', 'loads garbage', () => 'garbage'],
    ['load() returned no valid token set after a save()', 'loads {}', () => ({})],
    [
      'load() returns the stored set itself: changing it changed the store',
      'gives away its only copy',
      (tokens) => structuredClone(tokens.toJSON()),
    ],
    [
      'load() returns the stored set itself: changing it changed the store',
      'gives away the names in its only copy',
      (tokens) => Object.freeze({ ...tokens.toJSON(), account: tokens.account && { ...tokens.account } }),
    ],
  ])('says %j when a store %s', async (rule, _what, change) => {
    await expect(checkMemory(saving(change))).rejects.toThrow(rule)
  })
})

describe('checkTokenStore(): saves are atomic', () => {
  it('says so when the set is gone for a moment', async () => {
    let stored: TokensLike | null = null
    const store: TokenStore = {
      load: async () => stored,
      save: async (tokens) => {
        stored = null
        await turn()
        stored = tokens
      },
    }
    await expect(checkTokenStore(() => store)).rejects.toThrow(
      'load() returned null while a save() was under way',
    )
  })

  it('says so when a set is saved piece by piece', async () => {
    const pieces = new Map<string, unknown>()
    const store: TokenStore = {
      load: async () => (pieces.size === 0 ? null : (Object.fromEntries(pieces) as unknown as TokensLike)),
      save: async (tokens) => {
        pieces.set('accessToken', tokens.accessToken)
        for (const [key, value] of Object.entries(tokens.toJSON())) {
          if (pieces.size === 9) await turn()
          pieces.set(key, value)
        }
      },
    }
    await expect(checkTokenStore(() => store)).rejects.toThrow(
      'load() returned a mixture of sets, or a set that was never saved',
    )
  })

  it('says so when saves at the same time end in a mixture', async () => {
    let stored: TokensLike | null = null
    let under = 0
    const save: TokenStore['save'] = async (tokens) => {
      const isAlone = under === 0
      under += 1
      await turn()
      const kept = isAlone ? null : stored
      stored = TokenSet.fromJSON({ ...tokens.toJSON(), ...(kept && { scopes: kept.scopes }) })
      under -= 1
    }
    await expect(checkMemory({ load: async () => stored, save })).rejects.toThrow(
      'load() returned a mixture of sets, or a set that was never saved, after several save() at the same time',
    )
  })

  it('says so when a save refuses another one at the same time', async () => {
    const store = memoryStore()
    let isBusy = false
    const save: TokenStore['save'] = async (tokens) => {
      if (isBusy) throw new Error('Busy')
      isBusy = true
      await turn()
      await store.save(tokens)
      isBusy = false
    }
    await expect(checkMemory({ ...store, save })).rejects.toThrow(
      'save() rejected while another save() was under way: Error: Busy',
    )
  })

  it('says so when a save ends before it is done', async () => {
    const store = memoryStore()
    let saves = 0
    // The first ones are in time, so that only a reader during a save finds out.
    const save: TokenStore['save'] = async (tokens) => {
      saves += 1
      if (saves < 20) await store.save(tokens)
      else setImmediate(() => setImmediate(() => void store.save(tokens)))
    }
    await expect(checkMemory({ load: store.load, save })).rejects.toThrow(
      'load() returned an older set than the last saved one',
    )
  })
})

describe('checkTokenStore(): the lock excludes', () => {
  const mutex = new Mutex()
  const overlap = 'Two holders were inside lock() at once'

  it.each<[rule: string, what: string, lock: Required<TokenStore>['lock']]>([
    [overlap, 'waits for nobody', async (critical) => critical()],
    [
      overlap,
      'frees it before its critical section has ended',
      async (critical) => {
        const result = await mutex.run(async () => ({ promise: critical() }))
        return result.promise
      },
    ],
    ['lock() did not return the result of its critical section', 'drops the result', dropResult],
    ['lock() ran its critical section 2 times', 'runs it twice', runTwice],
    ['lock() ran its critical section 0 times', 'does not run it', async () => undefined as never],
    ['lock() did not reject with the error of its critical section', 'hides an error', hideError],
    [
      'lock() did not reject with the error of its critical section',
      'wraps an error',
      async (critical) =>
        critical().catch((cause: unknown) => {
          throw new Error('The critical section failed', { cause })
        }),
    ],
  ])('says %j when it %s', async (rule, _what, lock) => {
    await expect(checkMemory({ lock })).rejects.toThrow(rule)
  })

  it('says so when it is not released after its critical section threw', async () => {
    let free: Promise<unknown> = Promise.resolve()
    const lock: TokenStore['lock'] = async (critical) => {
      await free
      let release!: () => void
      free = new Promise<void>((resolve) => (release = resolve))
      const result = await critical()
      release()
      return result
    }
    await expect(checkMemory({ lock }, { timeoutMs: 500 })).rejects.toThrow(
      'lock() was not released after its critical section threw: the next lock() did not end within 500 ms',
    )
  })

  it('says so when it is never released', async () => {
    let isTaken = false
    const lock: TokenStore['lock'] = async (critical) => {
      if (isTaken) return never
      isTaken = true
      return critical()
    }
    await expect(checkMemory({ lock }, { timeoutMs: 500 })).rejects.toThrow(
      'lock() was not released after its critical section: the next lock() did not end within 500 ms',
    )
  })

  it('says so when it rejects in place of waiting', async () => {
    let isTaken = false
    const lock: TokenStore['lock'] = async (critical) => {
      if (isTaken) throw new Error('Locked')
      isTaken = true
      return critical().finally(() => (isTaken = false))
    }
    await expect(checkMemory({ lock })).rejects.toThrow('lock() rejected: Error: Locked')
  })

  it('says so when a second object has a lock of its own', async () => {
    const { load, save } = memoryStore()
    const createStore = (): TokenStore => {
      const own = new Mutex()
      return { load, save, lock: async (critical) => own.run(critical) }
    }
    await expect(checkTokenStore(createStore)).rejects.toThrow(overlap)
  })

  it.each([
    ['the same object', false],
    ['a second object', true],
  ])('says so when it waits for %s for a moment only', async (_what, onlyForOthers) => {
    const { load, save } = memoryStore()
    const shared = new Mutex()
    const createStore = (): TokenStore => {
      const own = new Mutex()
      const impatient: TokenStore['lock'] = async (critical) => shared.run(critical, 20)
      const lock: TokenStore['lock'] = async (critical) => own.run(async () => impatient(critical))
      return { load, save, lock: onlyForOthers ? lock : impatient }
    }
    await expect(checkTokenStore(createStore)).rejects.toThrow(overlap)
  })

  it('says so when save() waits for the lock that its caller holds', async () => {
    const store = memoryStore()
    const save: TokenStore['save'] = async (tokens) => store.lock(async () => store.save(tokens))
    await expect(checkMemory({ ...store, save }, { timeoutMs: 500 })).rejects.toThrow(
      'load() and save() inside lock() did not end within 500 ms',
    )
  })
})

async function dropResult<T>(critical: () => Promise<T>): Promise<T> {
  await critical()
  return undefined as T
}

async function runTwice<T>(critical: () => Promise<T>): Promise<T> {
  await critical()
  return critical()
}

async function hideError<T>(critical: () => Promise<T>): Promise<T> {
  return critical().catch(() => undefined as T)
}

describe('checkTokenStore(): errors and endless calls', () => {
  it.each<[rule: string, overrides: Partial<TokenStore>]>([
    ['load() of an empty store returned undefined instead of null', { load: async () => undefined as never }],
    [
      'load() rejected before the first save(): Error: No such key',
      { load: async () => fail('No such key') },
    ],
    ['load() rejected before the first save(): TypeError: no()', { load: () => failAtOnce('no()') }],
    ['load() did not end within 500 ms', { load: async () => never }],
    ['save() did not end within 500 ms', { save: async () => never }],
    ['lock() of a free store did not end within 500 ms', { lock: async () => never }],
    ['save() rejected a valid token set: Error: Disk full', { save: async () => fail('Disk full') }],
  ])('says %j', async (rule, overrides) => {
    await expect(checkMemory(overrides, { timeoutMs: 500 })).rejects.toThrow(rule)
  })

  it('quotes no error that quotes a token', async () => {
    const save = async (tokens: TokenSet): Promise<void> =>
      fail(`Can't save ${tokens.refreshToken?.slice(9, 17)}`)
    const error: unknown = await checkMemory({ save }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      message:
        'The token store breaks its contract: save() rejected a valid token set: an error whose message contains a token',
    })
    expect(inspect(error, { depth: 20 })).not.toContain("Can't save")
  })
})

async function fail(message: string): Promise<never> {
  throw new Error(message)
}

function failAtOnce(message: string): never {
  throw new TypeError(message)
}

describe('checkTokenStore(): files and processes', { timeout: 240_000 }, () => {
  let home: string
  let place: Place

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'token-store-check-'))
    place = { path: join(home, 'tokens'), port: await freePort() }
  })
  afterEach(async () => rm(home, { recursive: true }))

  const check = async (exportName: ExportName, options: TokenStoreCheckOptions): Promise<void> =>
    checkTokenStore(() => creators[exportName](place), { timeoutMs: 20_000, ...options })
  const inProcesses = (exportName: ExportName): TokenStoreCheckOptions => ({
    module: { url, exportName, args: [place] },
  })
  const damaged = (): TokenStoreCheckOptions => ({
    storage: {
      read: async () => readFile(place.path),
      write: async (bytes) => writeFile(place.path, bytes),
    },
  })

  it('passes a correct store in a file, with all checks', async () => {
    const options = { module: { url: url.href, args: [place] }, ...damaged() }
    await expect(check('createStore', options)).resolves.toBeUndefined()
  })

  it.each<ExportName>(['createStore', 'createLeftoverStore', 'createSynchronousStore'])(
    'passes %s() when its disk fills up',
    async (exportName) => {
      const options = { ...inProcesses(exportName), breakSaves: async () => gallery.fillDisk(place) }
      await expect(check(exportName, options)).resolves.toBeUndefined()
    },
  )

  it('says so when only the same process finds a set that could not be saved', async () => {
    const breakSaves = async (): Promise<() => Promise<void>> => gallery.fillDisk(place)
    await expect(check('createPrivateLeftoverStore', { breakSaves })).resolves.toBeUndefined()
    place = { ...place, path: join(home, 'again') }
    const options = { ...inProcesses('createPrivateLeftoverStore'), breakSaves }
    await expect(check('createPrivateLeftoverStore', options)).rejects.toThrow(
      'load() in another process returned a different set after a failed save()',
    )
  })

  it("passes a store that refuses to overwrite what it can't read", async () => {
    await expect(check('createCarefulStore', damaged())).resolves.toBeUndefined()
  })

  it('says so when load() returns an earlier result', async () => {
    await expect(check('createCachingStore', {})).rejects.toThrow(
      'load() returned the set before the last one in a second object of createStore()',
    )
  })

  it.each<[rule: RegExp, exportName: ExportName]>([
    [/it has no lock\(\), which processes need to share a store/, 'createNoLockStore'],
    [/Two holders were inside lock\(\) at once, in two processes/, 'createUnsharedLockStore'],
    [/Two holders were inside lock\(\) at once, in two processes/, 'createRobbedLockStore'],
    [/Two holders were inside lock\(\) at once, in two processes/, 'createEarlyReleaseStore'],
    [/only \d+ of 32 updates inside lock\(\) by several processes were kept/, 'createSlowReaderStore'],
    [/load\(\) (rejected|returned .*) while another process saved/, 'createInPlaceStore'],
    [/save\(\) rejected after a process was killed in the middle of save\(\)/, 'createMarkingStore'],
    [/load\(\) returned an older set than the last saved one, (while|after)/, 'createLateStore'],
    [
      /prepareSave\(\) rejected inside lock\(\) in another process: Error: Another process saves/,
      'createPreparationMarkStore',
    ],
    [
      /prepareSave\(\) rejected inside lock\(\) in another process: Error: Another process saves/,
      'createDeadPreparationStore',
    ],
  ])('reports %s for %s(), which passes in one process', async (rule, exportName) => {
    await expect(check(exportName, {})).resolves.toBeUndefined()
    place = { ...place, path: join(home, 'again') }
    await expect(check(exportName, inProcesses(exportName))).rejects.toThrow(rule)
  })

  it.each<[rule: string, exportName: ExportName]>([
    ['the lock of a killed holder was not recovered within 2000 ms', 'createStaleLockStore'],
    ['lock() did not recover from a process that was killed while it waited', 'createQueueLockStore'],
    ['lock() let no process in within 2000 ms', 'createMissedLockStore'],
  ])('reports %j for %s()', async (rule, exportName) => {
    await expect(check(exportName, { ...inProcesses(exportName), timeoutMs: 2000 })).rejects.toThrow(rule)
  })

  it('leaves no process behind when it fails', async () => {
    await expect(check('createUnsharedLockStore', inProcesses('createUnsharedLockStore'))).rejects.toThrow(
      'Two holders',
    )
    await vi.waitFor(() => expect(process.getActiveResourcesInfo()).not.toContain('ProcessWrap'), 5000)
  })

  it('ends a process whose parent has ended', async () => {
    const worker = fork(new URL('store-process-entry.ts', import.meta.url), {
      execArgv: process.execArgv,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const exited = once(worker, 'exit')
    await gallery.createStore(place).save(TokenSet.fromJSON({ accessToken: 'any' }))
    worker.send({
      module: { url: url.href, exportName: 'createStore', args: [place] },
      recipe: { seed: 'any', tokenLength: 256, members: ['accessToken'] },
      timeoutMs: 5000,
    })
    await once(worker, 'message')
    worker.send({ kind: 'hold' })
    await once(worker, 'message')
    worker.disconnect()
    expect(await exited).toEqual([0, null])
  })

  it('says so when another process opens another place', async () => {
    const args = [{ ...place, path: join(home, 'other') }]
    await expect(check('createStore', { module: { url, args } })).rejects.toThrow(
      'load() returned null in another process',
    )
  })

  it.each([
    ['a module that is not there', { url: new URL('none.js', url) }, 'Cannot find module'],
    ['an export that is not there', { url, exportName: 'none' }, 'The module exports no function none'],
  ])('says so for %s', async (_what, module, reason) => {
    await expect(check('createStore', { module })).rejects.toThrow(
      new RegExp(`^Another process can't open the store: \\w+: ${reason}`),
    )
  })

  it.each<[rule: string, exportName: ExportName]>([
    ['load() returned null when the store was cut to 0 bytes, but it must reject', 'createForgivingStore'],
    ['load() returned a value when the store was replaced by {}, but it must reject', 'createTrustingStore'],
    [
      'load() rejected with an error that contains a token when the store was left without its first quarter',
      'createQuotingStore',
    ],
    ['load() rejected after a save() when the store was cut to 0 bytes', 'createStuckStore'],
  ])('reports %j for %s()', async (rule, exportName) => {
    await expect(check(exportName, damaged())).rejects.toThrow(rule)
  })
})

/** A port outside of the range that the system assigns: nobody else takes it while it is free for a moment. */
async function freePort(): Promise<number> {
  const port = randomInt(20_000, 30_000)
  const server = createServer()
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!isFree) return freePort()
  await new Promise((resolve) => server.close(resolve))
  return port
}
