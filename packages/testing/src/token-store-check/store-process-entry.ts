// A process of its own that has the store open: what `checkTokenStore()` starts, commands and kills.
import { setTimeout as delay } from 'node:timers/promises'
import type { Awaitable, TokenStore } from '@anthropic-auth/core'
import type { OpenRequest, ProcessCommand, ProcessReport } from './store-process.ts'
import { BrokenRule } from './broken-rule.ts'
import { CheckedStore } from './checked-store.ts'
import { CheckTokens } from './check-tokens.ts'

/** Between load and save, and after that: others that are inside as well get in between. */
const PAUSE_MS = 5
/** At the first time, when all have waited for the same end of the lock before. */
const FIRST_PAUSE_MS = 50

type CreateStore = (...args: readonly unknown[]) => Awaitable<TokenStore>

/** Opens the store, then does what it is told, one thing after another. */
async function serve(request: OpenRequest): Promise<void> {
  const tokens = new CheckTokens(request.recipe)
  try {
    const subject = await open(request, tokens)
    process.on('message', (command: ProcessCommand) => void obey(command, subject, tokens))
    await reported(async () =>
      report({ kind: 'opened', number: await subject.loadNumber('in another process') }),
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

async function obey(command: ProcessCommand, subject: CheckedStore, tokens: CheckTokens): Promise<void> {
  await reported(async () => {
    if (command.kind === 'hold') await hold(subject)
    else if (command.kind === 'count') await count(subject, tokens, command.times)
    else await saveForEver(subject, tokens, command.from)
  })
}

async function reported(work: () => Promise<void>): Promise<void> {
  await work().catch(async (error: unknown) => {
    if (!(error instanceof BrokenRule)) throw error
    await report({ kind: 'failed', rule: error.rule })
  })
}

async function hold(subject: CheckedStore): Promise<void> {
  await report({ kind: 'locking', number: 0 })
  await subject.lock(async () => {
    // This process is killed in here, like a provider that has proved that it can save, and has sent a refresh.
    if (subject.canPrepare) await subject.prepare('inside lock() in another process')
    await report({ kind: 'held', number: 0 })
    await new Promise(() => undefined)
  })
}

async function count(subject: CheckedStore, tokens: CheckTokens, times: number): Promise<void> {
  await report({ kind: 'locking', number: 0 })
  for (let done = 0; done < times; done += 1) {
    const stay = await subject.lock(async () => {
      const enteredAt = Date.now()
      const number = await subject.loadNumber('inside lock() in another process')
      if (subject.canPrepare) await subject.prepare('inside lock() in another process')
      await delay(done === 0 ? FIRST_PAUSE_MS : PAUSE_MS)
      await subject.save(tokens.numbered(number + 1), 'inside lock() in another process')
      await delay(PAUSE_MS)
      return { enteredAt, leftAt: Date.now() }
    })
    await report({ kind: 'counted', ...stay })
  }
}

async function saveForEver(subject: CheckedStore, tokens: CheckTokens, from: number): Promise<void> {
  for (let number = from; ; number += 1) {
    // Every second time, so that processes are killed during both kinds of saves.
    if (subject.canPrepare && number % 2 === 0) await subject.prepare('in another process')
    await subject.save(tokens.numbered(number), 'in another process')
    await report({ kind: 'saved', number })
  }
}

/** Resolves when the message is on its way, so that a kill does not take it back. */
async function report(message: ProcessReport): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve())
  })
}

process.once('disconnect', () => process.exit())
process.once('message', (request: OpenRequest) => void serve(request))
