import { setImmediate as turn } from 'node:timers/promises'
import { TokenSet, type TokensLike, type TokenStore } from '@anthropic-auth/core'
import { describe, expect, it } from 'vitest'
import { memoryStore, type AsyncStore } from '../../test/faulty-stores.ts'
import { checkTokenStore } from './token-store-check.ts'

/** Checks an in-memory store, in which `change` makes a mistake. */
async function check(change: (store: AsyncStore) => Partial<TokenStore>, timeoutMs = 5000): Promise<void> {
  const store = memoryStore()
  const changed = { ...store, ...change(store) }
  await checkTokenStore(() => changed, { timeoutMs })
}

const never = new Promise<never>(() => undefined)

function fail(message: string): never {
  throw new Error(message)
}

describe('checkTokenStore(): prepareSave()', () => {
  it('passes a store without it', async () => {
    const { load, save, lock } = memoryStore()
    const store = { load, save, lock }
    await expect(checkTokenStore(() => store)).resolves.toBeUndefined()
  })

  it('passes a store that does some work in it', async () => {
    const prepare = async (): Promise<void> => turn()
    await expect(check(() => ({ prepareSave: prepare }))).resolves.toBeUndefined()
  })

  it('passes a store that returns values instead of promises', async () => {
    let stored: string | null = null
    const store: TokenStore = {
      load: () => (stored === null ? null : TokenSet.fromJSON(JSON.parse(stored))),
      save: (tokens) => {
        stored = JSON.stringify(tokens)
      },
      prepareSave: () => undefined,
    }
    await expect(checkTokenStore(() => store)).resolves.toBeUndefined()
  })

  it('passes a store whose methods use this', async () => {
    class Store implements TokenStore {
      stored: TokensLike | null = null
      prepared = 0
      load(): TokensLike | null {
        return this.stored
      }
      save(tokens: TokenSet): void {
        this.stored = tokens
      }
      prepareSave(): void {
        this.prepared += 1
      }
    }
    const store = new Store()
    await expect(checkTokenStore(() => store)).resolves.toBeUndefined()
    expect(store.prepared).toBeGreaterThan(10)
  })

  it.each([null, true, {}])('refuses %j as prepareSave()', async (prepareSave) => {
    const store = { ...memoryStore(), prepareSave }
    await expect(checkTokenStore(() => store as never)).rejects.toThrow(
      new TypeError('prepareSave of a TokenStore must be a function, or absent'),
    )
  })

  it.each<[rule: string, what: string, change: (store: AsyncStore) => Partial<TokenStore>]>([
    [
      'prepareSave() rejected on an empty store: Error: No such file',
      'needs an existing file',
      ({ load }) => ({ prepareSave: async () => void ((await load()) ?? fail('No such file')) }),
    ],
    [
      'prepareSave() rejected on an empty store: TypeError: no()',
      'throws at once',
      () => ({
        prepareSave: () => {
          throw new TypeError('no()')
        },
      }),
    ],
    [
      'prepareSave() rejected on an empty store when called again: Error: It is there already',
      'can prepare only once',
      () => {
        let isPrepared = false
        return {
          prepareSave: () => {
            if (isPrepared) fail('It is there already')
            isPrepared = true
          },
        }
      },
    ],
    [
      'prepareSave() rejected on an empty store inside lock(): Error: Busy',
      'refuses to prepare while the lock is held',
      ({ lock }) => {
        let isHeld = false
        return {
          lock: async (critical) =>
            lock(async () => {
              isHeld = true
              return critical().finally(() => (isHeld = false))
            }),
          prepareSave: () => void (isHeld && fail('Busy')),
        }
      },
    ],
    [
      'load() returned a value instead of null after prepareSave() on an empty store',
      'saves something to an empty store',
      ({ load, save }) => ({
        prepareSave: async () => {
          if ((await load()) === null) await save(TokenSet.fromJSON({ accessToken: 'probe' }))
        },
      }),
    ],
    [
      'load() rejected after prepareSave() on an empty store: Error: Unexpected end',
      'turns an empty store into an empty file',
      ({ load }) => {
        let isThere = false
        return {
          load: async () => (await load()) ?? (isThere ? fail('Unexpected end') : null),
          prepareSave: () => {
            isThere = true
          },
        }
      },
    ],
    [
      'prepareSave() rejected on a healthy store: Error: It exists',
      'works only on an empty store',
      ({ load }) => ({ prepareSave: async () => void ((await load()) === null || fail('It exists')) }),
    ],
    [
      'load() returned null after prepareSave() without a save()',
      'empties a full store',
      ({ save }) => ({ prepareSave: async () => save(null as never) }),
    ],
    [
      'load() returned a mixture of sets, or a set that was never saved, after prepareSave() without a save()',
      'saves less than it loaded',
      ({ load, save }) => ({
        prepareSave: async () => {
          const loaded = await load()
          if (loaded !== null) {
            await save(TokenSet.fromJSON({ ...TokenSet.fromJSON(loaded).toJSON(), scopes: null }))
          }
        },
      }),
    ],
    [
      'load() did not return the last saved set after prepareSave() without a save()',
      'goes back to the previous set',
      ({ load, save }) => {
        const sets: TokenSet[] = []
        return {
          save: async (tokens) => {
            sets.push(tokens)
            await save(tokens)
          },
          prepareSave: async () => {
            const before = sets.at(-2)
            if (before !== undefined && (await load()) !== null) await save(before)
          },
        }
      },
    ],
    [
      'load() returned null while a prepareSave() was under way',
      'moves the set away for a moment',
      ({ load, save }) => ({
        prepareSave: async () => {
          const stored = await load()
          if (stored === null) return
          await save(null as never)
          await turn()
          await save(TokenSet.fromJSON(stored))
        },
      }),
    ],
    [
      'load() returned null after a save()',
      'saves to a prepared place on an empty store, and loads from another',
      ({ save }) => {
        let isPrepared = false
        return {
          save: async (tokens) => {
            if (!isPrepared) await save(tokens)
            isPrepared = false
          },
          prepareSave: () => {
            isPrepared = true
          },
        }
      },
    ],
    [
      'load() returned the set before the last one after prepareSave()',
      'saves to a prepared place, and loads from another',
      ({ load, save }) => {
        let isPrepared = false
        return {
          save: async (tokens) => {
            if (!isPrepared) await save(tokens)
            isPrepared = false
          },
          prepareSave: async () => {
            isPrepared = (await load()) !== null
          },
        }
      },
    ],
    [
      'save() kept clientId, account, organization, workspace of the previous set after prepareSave()',
      'keeps the end of the longer set from the preparation',
      ({ load, save }) => {
        let before: TokensLike | null = null
        return {
          save: async (tokens) => {
            const saved = tokens.toJSON()
            const kept = (({ clientId, account, organization, workspace }) => ({
              clientId: saved.clientId ?? clientId,
              account: saved.account ?? account,
              organization: saved.organization ?? organization,
              workspace: saved.workspace ?? workspace,
            }))(before ?? saved)
            before = null
            await save(TokenSet.fromJSON({ ...saved, ...kept }))
          },
          prepareSave: async () => {
            before = await load()
          },
        }
      },
    ],
  ])('says %j when it %s', async (rule, _what, change) => {
    await expect(check(change)).rejects.toThrow(rule)
  })

  it('says so when it never ends', async () => {
    await expect(check(() => ({ prepareSave: async () => never }), 500)).rejects.toThrow(
      'prepareSave() did not end within 500 ms',
    )
  })

  it('says so when it waits for the lock that its caller holds', async () => {
    const waiting = ({ lock }: AsyncStore): Partial<TokenStore> => ({
      prepareSave: async () => lock(async () => undefined),
    })
    await expect(check(waiting, 500)).rejects.toThrow('prepareSave() did not end within 500 ms')
  })

  it('says so when a second object lacks it', async () => {
    const { load, save, prepareSave } = memoryStore()
    let opened = 0
    const createStore = (): TokenStore => {
      opened += 1
      return opened % 2 === 0 ? { load, save, prepareSave } : { load, save }
    }
    await expect(checkTokenStore(createStore)).rejects.toThrow(
      'one store object has prepareSave(), and another does not',
    )
  })

  it('does not quote an error that contains a token', async () => {
    const quoting = ({ load }: AsyncStore): Partial<TokenStore> => ({
      prepareSave: async () => {
        const loaded = await load()
        if (loaded !== null) fail(`Can't replace ${loaded.refreshToken?.slice(9, 17)}`)
      },
    })
    await expect(check(quoting)).rejects.toThrow(
      'prepareSave() rejected on a healthy store: an error whose message contains a token',
    )
  })
})

describe('checkTokenStore(): prepareSave() without a save()', () => {
  it.each<[rule: string, what: string, openPlace: (place: AsyncStore) => () => Partial<TokenStore>]>([
    [
      'save() rejected after prepareSave() without a save(): Error: Another object saves',
      'keeps other objects from saving',
      ({ load, save }) => {
        let owner: symbol | null = null
        return () => {
          const self = Symbol('A store object')
          return {
            save: async (tokens) => {
              if (owner !== null && owner !== self) fail('Another object saves')
              owner = null
              await save(tokens)
            },
            prepareSave: async () => {
              if ((await load()) !== null) owner = self
            },
          }
        }
      },
    ],
    [
      'load() did not return the last saved set after prepareSave() without a save(), and a save() by another object',
      'loads the set that it saw when it prepared',
      ({ load, save }) =>
        () => {
          let seen: TokensLike | null = null
          return {
            load: async () => seen ?? load(),
            save: async (tokens) => {
              seen = null
              await save(tokens)
            },
            prepareSave: async () => {
              seen = await load()
            },
          }
        },
    ],
    [
      'save() rejected after prepareSave() without a save(): Error: The set has changed',
      'saves only over the set that it saw when it prepared',
      ({ load, save }) =>
        () => {
          let seen: TokensLike | null = null
          return {
            save: async (tokens) => {
              if (seen !== null && seen !== (await load())) fail('The set has changed')
              seen = null
              await save(tokens)
            },
            prepareSave: async () => {
              seen = await load()
            },
          }
        },
    ],
    [
      'save() rejected when another object had saved since prepareSave(): Error: Another object has prepared',
      'loses its preparation when another object prepares',
      ({ save }) => {
        let owner: symbol | null = null
        return () => {
          const self = Symbol('A store object')
          let isPrepared = false
          return {
            save: async (tokens) => {
              if (isPrepared && owner !== self) fail('Another object has prepared')
              if (isPrepared) owner = null
              isPrepared = false
              await save(tokens)
            },
            prepareSave: () => {
              isPrepared = true
              owner = self
            },
          }
        }
      },
    ],
  ])('says %j when it %s', async (rule, _what, openPlace) => {
    const place = memoryStore()
    const changesOf = openPlace(place)
    const checked = checkTokenStore(() => ({ ...place, ...changesOf() }))
    await expect(checked).rejects.toThrow(rule)
  })
})
