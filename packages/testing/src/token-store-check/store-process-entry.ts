// The process that `checkTokenStore()` starts, commands and kills. It has the store open.
import { setTimeout as delay } from 'node:timers/promises'
import type { Awaitable, TokenStore } from '@anthropic-auth/core'
import type { OpenRequest, ProcessCommand, ProcessReport } from './store-process.ts'
import { BrokenRule } from './broken-rule.ts'
import { CheckedStore } from './checked-store.ts'
import { CheckTokens } from './check-tokens.ts'

/** The pause between load and save, and after the save, in which a second holder of the lock would get in. */
const PAUSE_MS = 5
/** The first pause is longer, since all processes have waited for the same moment. */
const FIRST_PAUSE_MS = 50

type CreateStore = (...args: readonly unknown[]) => Awaitable<TokenStore>

/** Opens the store, then obeys commands, one after another. */
async function serve(request: OpenRequest): Promise<void> {
  const tokens = new CheckTokens(request.recipe)
  try {
    const store = await open(request, tokens)
    process.on('message', (command: ProcessCommand) => void obey(command, store, tokens))
    await reported(async () =>
      report({ kind: 'opened', number: await store.loadNumber('in another process') }),
    )
  } catch (error) {
    await report({ kind: 'unopened', reason: tokens.describe(error) })
  }
}

async function open({ module, ...context }: OpenRequest, tokens: CheckTokens): Promise<CheckedStore> {
  const exports: unknown = await import(module.url)
  const createStore: unknown = isExports(exports) ? exports[module.exportName] : undefined
  if (!isFunction(createStore)) throw new TypeError(`The module exports no function ${module.exportName}`)
  return new CheckedStore(await createStore(...module.args), { ...context, tokens })
}

function isExports(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isFunction(value: unknown): value is CreateStore {
  return typeof value === 'function'
}

async function obey(command: ProcessCommand, store: CheckedStore, tokens: CheckTokens): Promise<void> {
  await reported(async () => {
    if (command.kind === 'hold') await hold(store)
    else if (command.kind === 'count') await count(store, tokens, command.times)
    else await saveForever(store, tokens, command.from)
  })
}

async function reported(work: () => Promise<void>): Promise<void> {
  await work().catch(async (error: unknown) => {
    if (!(error instanceof BrokenRule)) throw error
    await report({ kind: 'failed', rule: error.rule })
  })
}

async function hold(store: CheckedStore): Promise<void> {
  await report({ kind: 'locking', number: 0 })
  await store.lock(async () => {
    // The check kills this process here, like a provider that has prepared a save and sent a refresh.
    if (store.canPrepare) await store.prepare('inside lock() in another process')
    await report({ kind: 'held', number: 0 })
    await new Promise(() => undefined)
  })
}

async function count(store: CheckedStore, tokens: CheckTokens, times: number): Promise<void> {
  await report({ kind: 'locking', number: 0 })
  for (let done = 0; done < times; done += 1) {
    const stay = await store.lock(async () => {
      const enteredAt = Date.now()
      const number = await store.loadNumber('inside lock() in another process')
      if (store.canPrepare) await store.prepare('inside lock() in another process')
      await delay(done === 0 ? FIRST_PAUSE_MS : PAUSE_MS)
      await store.save(tokens.numbered(number + 1), 'inside lock() in another process')
      await delay(PAUSE_MS)
      return { enteredAt, leftAt: Date.now() }
    })
    await report({ kind: 'counted', ...stay })
  }
}

async function saveForever(store: CheckedStore, tokens: CheckTokens, from: number): Promise<void> {
  for (let number = from; ; number += 1) {
    // Every second time, so that processes are killed during both kinds of saves.
    if (store.canPrepare && number % 2 === 0) await store.prepare('in another process')
    await store.save(tokens.numbered(number), 'in another process')
    await report({ kind: 'saved', number })
  }
}

/** Resolves when the message is sent, so that killing this process does not lose it. */
async function report(message: ProcessReport): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve())
  })
}

process.once('disconnect', () => process.exit())
process.once('message', (request: OpenRequest) => void serve(request))
