import { TokenSet, type TokensLike, type TokenStore } from '@anthropic-auth/core'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../test/faulty-stores.ts'
import { checkTokenStore } from './token-store-check.ts'

/** A place in memory whose saves can be made to fail. */
class Place {
  stored: TokensLike | null = null
  isBroken = false

  readonly breakSaves = (): (() => void) => {
    this.isBroken = true
    return () => {
      this.isBroken = false
    }
  }

  /** A correct store for this place: a failed save changes nothing. */
  open(): Required<Pick<TokenStore, 'load' | 'save' | 'prepareSave'>> {
    return {
      load: () => this.stored,
      save: (tokens) => this.store(tokens),
      prepareSave: () => this.assertSavable(),
    }
  }

  store(tokens: TokensLike): void {
    this.assertSavable()
    this.stored = tokens
  }

  assertSavable(): void {
    if (this.isBroken) throw new Error('Disk full')
  }
}

/** The methods of a correct store that keeps a set that it could not save as a leftover. */
class Leftover {
  unsaved: TokensLike | null = null
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  readonly load = (): TokensLike | null => this.unsaved ?? this.#place.stored

  readonly save = (tokens: TokensLike): void => {
    this.unsaved = tokens
    this.#place.store(tokens)
    this.unsaved = null
  }
}

/** Checks an in-memory store, in which `change` makes a mistake. */
async function check(change: (place: Place) => Partial<TokenStore>): Promise<void> {
  const place = new Place()
  const store: TokenStore = { ...place.open(), ...change(place) }
  await checkTokenStore(() => store, { breakSaves: place.breakSaves, timeoutMs: 5000 })
}

describe('checkTokenStore(): breakSaves', () => {
  it('passes a store that keeps the previous set', async () => {
    await expect(check(() => ({}))).resolves.toBeUndefined()
  })

  it('passes a store with a lock, and one whose lock fails as well', async () => {
    const { lock } = memoryStore()
    await expect(check(() => ({ lock }))).resolves.toBeUndefined()
    const failing = (place: Place): Partial<TokenStore> => ({
      lock: async (critical) => {
        place.assertSavable()
        return lock(critical)
      },
    })
    await expect(check(failing)).resolves.toBeUndefined()
  })

  it('passes a store that keeps the new set as a leftover', async () => {
    await expect(check((place) => new Leftover(place))).resolves.toBeUndefined()
  })

  it('passes a store that can still save after a preparation', async () => {
    const reserving = (place: Place): Partial<TokenStore> => {
      let isReserved = false
      return {
        save: (tokens) => {
          if (!isReserved) place.assertSavable()
          isReserved = false
          place.stored = tokens
        },
        prepareSave: () => {
          place.assertSavable()
          isReserved = true
        },
      }
    }
    await expect(check(reserving)).resolves.toBeUndefined()
  })

  it('makes saves work again, also when a rule is broken, and then stops', async () => {
    const calls: string[] = []
    const place = new Place()
    const store = { ...place.open(), prepareSave: () => undefined }
    const breakSaves = async (): Promise<() => Promise<void>> => {
      calls.push('break')
      const restore = place.breakSaves()
      return async () => {
        calls.push('restore')
        restore()
      }
    }
    await expect(checkTokenStore(() => store, { breakSaves })).rejects.toThrow('prepareSave() resolved')
    expect(calls).toEqual(['break', 'restore'])
  })

  it('passes on the error of breakSaves() and of the function that it returns', async () => {
    const place = new Place()
    const refuse = (): never => {
      throw new Error('No permission')
    }
    const checked = checkTokenStore(() => place.open(), { breakSaves: refuse })
    await expect(checked).rejects.toThrow(new Error('No permission'))
    const other = new Place()
    const breakSaves = (): (() => never) => {
      other.breakSaves()
      return refuse
    }
    await expect(checkTokenStore(() => other.open(), { breakSaves })).rejects.toThrow(
      new Error('No permission'),
    )
  })

  it('refuses anything but a function', async () => {
    const { open } = new Place()
    for (const breakSaves of [null, true, {}]) {
      const checked = checkTokenStore(open, { breakSaves: breakSaves as never })
      await expect(checked).rejects.toThrow(new TypeError('breakSaves must be a function'))
    }
    const place = new Place()
    const checked = checkTokenStore(() => place.open(), { breakSaves: (() => undefined) as never })
    await expect(checked).rejects.toThrow(
      new TypeError('breakSaves() must return a function that makes saves work again'),
    )
  })

  it('says so when a store has no prepareSave()', async () => {
    const place = new Place()
    const { load, save } = place.open()
    const checked = checkTokenStore(() => ({ load, save }), { breakSaves: place.breakSaves })
    await expect(checked).rejects.toThrow(
      'The token store breaks its contract: it has no prepareSave(), which must reject while breakSaves() makes saves fail',
    )
  })

  it('says so when breakSaves() breaks nothing', async () => {
    const place = new Place()
    const checked = checkTokenStore(() => place.open(), { breakSaves: () => () => undefined })
    await expect(checked).rejects.toThrow('breakSaves() did not break anything')
  })

  it.each<[rule: string, what: string, change: (place: Place) => Partial<TokenStore>]>([
    [
      'prepareSave() resolved while saves were broken',
      'notices only after a failed save',
      (place) => {
        let hasFailed = false
        return {
          save: (tokens) => {
            hasFailed = place.isBroken
            place.store(tokens)
          },
          prepareSave: () => {
            if (hasFailed) throw new Error('The last save failed')
          },
        }
      },
    ],
    [
      'prepareSave() resolved while saves were broken',
      'counts a leftover as a save',
      (place) => {
        const leftover = new Leftover(place)
        return {
          ...leftover,
          prepareSave: () => {
            if (leftover.unsaved === null) place.assertSavable()
          },
        }
      },
    ],
    [
      'load() returned neither the previous nor the new set after a failed save()',
      'discards a leftover when another set comes',
      (place) => {
        const leftover = new Leftover(place)
        return {
          load: leftover.load,
          save: (tokens) => {
            const { unsaved } = leftover
            const isSame = unsaved === null || unsaved.accessToken === tokens.accessToken
            leftover.unsaved = isSame ? tokens : null
            place.store(tokens)
            leftover.unsaved = null
          },
        }
      },
    ],
    [
      'load() returned null after prepareSave() and a save() while saves were broken',
      'empties the place after a preparation',
      (place) => {
        let isPrepared = false
        return {
          save: (tokens) => {
            if (isPrepared) place.stored = null
            isPrepared = false
            place.store(tokens)
          },
          prepareSave: () => {
            place.assertSavable()
            isPrepared = true
          },
        }
      },
    ],
    [
      'load() returned neither the previous nor the new set after prepareSave() and a save() while saves were broken',
      'discards a leftover after a prepared save',
      (place) => {
        const leftover = new Leftover(place)
        let isPrepared = false
        return {
          load: leftover.load,
          save: (tokens) => {
            leftover.unsaved = isPrepared && leftover.unsaved !== null ? null : tokens
            place.store(tokens)
            leftover.unsaved = null
            isPrepared = false
          },
          prepareSave: () => {
            place.assertSavable()
            isPrepared = true
          },
        }
      },
    ],
    [
      'save() resolved while saves were broken, but kept nothing',
      'counts a preparation as a save',
      (place) => {
        let isPrepared = false
        return {
          save: (tokens) => {
            if (!isPrepared) place.assertSavable()
            if (!place.isBroken) place.stored = tokens
            isPrepared = false
          },
          prepareSave: () => {
            place.assertSavable()
            isPrepared = true
          },
        }
      },
    ],
    [
      'prepareSave() resolved while saves were broken',
      'proves nothing',
      () => ({ prepareSave: () => undefined }),
    ],
    [
      'prepareSave() resolved while saves were broken',
      'proves nothing inside its lock',
      (place) => {
        const { lock } = memoryStore()
        let isHeld = false
        return {
          lock: async (critical) =>
            lock(async () => {
              isHeld = true
              return critical().finally(() => (isHeld = false))
            }),
          prepareSave: () => void (isHeld || place.assertSavable()),
        }
      },
    ],
    [
      'prepareSave() resolved while saves were broken',
      'gives up after a first refusal',
      (place) => {
        let refusals = 0
        return {
          prepareSave: () => {
            if (place.isBroken && refusals++ === 0) throw new Error('Disk full')
          },
        }
      },
    ],
    [
      'prepareSave() rejected with an error that contains a token while saves were broken',
      'quotes the tokens in an error of prepareSave()',
      (place) => ({
        prepareSave: () => {
          if (place.isBroken) throw new Error(`Can't replace ${place.stored?.accessToken}`)
        },
      }),
    ],
    [
      'save() rejected with an error that contains a token while saves were broken',
      'quotes the tokens in an error of save()',
      (place) => ({
        save: (tokens) => {
          if (place.isBroken) throw new Error('Disk full', { cause: { sent: tokens.toJSON() } })
          place.stored = tokens
        },
      }),
    ],
    [
      'save() resolved while saves were broken, but kept nothing',
      'hides that a save failed',
      (place) => ({
        save: (tokens) => {
          if (!place.isBroken) place.stored = tokens
        },
      }),
    ],
    [
      'load() returned null after a failed save()',
      'empties the place first',
      (place) => ({
        save: (tokens) => {
          place.stored = null
          place.store(tokens)
        },
      }),
    ],
    [
      'load() rejected after a failed save(): Error: Unexpected end',
      'leaves half a file',
      (place) => {
        let isHalf = false
        return {
          load: () => {
            if (isHalf) throw new Error('Unexpected end')
            return place.stored
          },
          save: (tokens) => {
            isHalf = place.isBroken
            place.store(tokens)
          },
        }
      },
    ],
    [
      'load() returned a mixture of sets, or a set that was never saved, after a failed save()',
      'leaves a part of the new set',
      (place) => ({
        save: (tokens) => {
          if (place.stored !== null && place.isBroken) {
            place.stored = TokenSet.fromJSON({
              ...TokenSet.fromJSON(place.stored).toJSON(),
              accessToken: tokens.accessToken,
            })
          }
          place.store(tokens)
        },
      }),
    ],
    [
      'load() returned neither the previous nor the new set after a failed save()',
      'goes back to an older set after two failures',
      (place) => {
        const leftover = new Leftover(place)
        let failures = 0
        return {
          load: leftover.load,
          save: (tokens) => {
            failures += place.isBroken ? 1 : 0
            leftover.unsaved = failures % 2 === 1 ? tokens : null
            place.store(tokens)
            leftover.unsaved = null
          },
        }
      },
    ],
    [
      'load() did not return the last saved set while saves were broken',
      'discards a leftover in prepareSave()',
      (place) => {
        const leftover = new Leftover(place)
        return {
          ...leftover,
          prepareSave: () => {
            leftover.unsaved = null
            place.assertSavable()
          },
        }
      },
    ],
    [
      'load() rejected while saves were broken: Error: Disk full',
      'needs the disk to load',
      (place) => {
        let prepares = 0
        return {
          load: () => {
            if (prepares > 0) place.assertSavable()
            return place.stored
          },
          prepareSave: () => {
            prepares += place.isBroken ? 1 : 0
            place.assertSavable()
          },
        }
      },
    ],
    [
      'load() did not return the last saved set when saves worked again',
      'forgets a leftover that it can save',
      (place) => {
        const leftover = new Leftover(place)
        return { ...leftover, load: () => (place.isBroken ? leftover.load() : place.stored) }
      },
    ],
    [
      'prepareSave() rejected when saves worked again: Error: Disk full',
      'stays broken',
      (place) => {
        let wasBroken = false
        return {
          prepareSave: () => {
            wasBroken ||= place.isBroken
            if (wasBroken) throw new Error('Disk full')
          },
        }
      },
    ],
    [
      'load() did not return the last saved set after prepareSave() when saves worked again',
      'discards a leftover when it prepares again',
      (place) => {
        const leftover = new Leftover(place)
        return {
          ...leftover,
          prepareSave: () => {
            place.assertSavable()
            leftover.unsaved = null
          },
        }
      },
    ],
    [
      'load() did not return the last saved set after a save() when saves worked again',
      'loads an old leftover forever',
      (place) => {
        const leftover = new Leftover(place)
        return {
          load: leftover.load,
          save: (tokens) => {
            if (place.isBroken) leftover.unsaved = tokens
            place.store(tokens)
          },
        }
      },
    ],
    [
      'save() rejected when saves worked again: Error: Disk full',
      'never saves again',
      (place) => {
        let wasBroken = false
        return {
          save: (tokens) => {
            wasBroken ||= place.isBroken
            if (wasBroken) throw new Error('Disk full')
            place.stored = tokens
          },
        }
      },
    ],
  ])('says %j when a store %s', async (rule, _what, change) => {
    await expect(check(change)).rejects.toThrow(rule)
  })

  it('says so when another object does not find a set that could not be saved', async () => {
    const place = new Place()
    const createStore = (): TokenStore => ({ ...place.open(), ...new Leftover(place) })
    await expect(checkTokenStore(createStore, { breakSaves: place.breakSaves })).rejects.toThrow(
      'load() returned different sets in two objects after a failed save()',
    )
  })
})
