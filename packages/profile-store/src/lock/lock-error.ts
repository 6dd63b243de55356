import { AnthropicAuthError } from '@anthropic-auth/core'
import { unicodePattern } from '@anthropic-auth/core/internal'
import { type LockHolder, whereIs } from './lock-holder.ts'
import type { FoundLock } from './lock-reading.ts'

const MAX_HOST_LENGTH = 64
const unprintable = unicodePattern(String.raw`[\p{C}\p{Z}]`, 'g')

/** The error for a lock that was not free in time. `found` is the lock file as it is now. */
export async function lockTimeout(
  path: string,
  timeoutMs: number,
  found: FoundLock | null,
): Promise<AnthropicAuthError> {
  const { who, hint } = await describeLock(path, found)
  return new AnthropicAuthError('store_failed', `${path} was still locked after ${timeoutMs} ms: ${who}`, {
    reason: 'lock_timeout',
    retryable: true,
    hint,
  })
}

/** The error for a lock that another process has taken from this one. */
export function lockLost(path: string, isGone: boolean): AnthropicAuthError {
  const why = isGone ? 'the lock file is gone' : 'another process has taken it'
  return new AnthropicAuthError('store_failed', `This process no longer holds the lock ${path}: ${why}`, {
    reason: 'lock_lost',
    retryable: true,
    hint: 'Try again. Processes in other containers or on other machines take over a lock when its holder was suspended for 30 seconds.',
  })
}

/** The holder of a lock, and what to do about it. */
interface LockDescription {
  readonly who: string
  readonly hint: string
}

/** Describes the holder of a lock to the user. */
export async function describeLock(path: string, found: FoundLock | null): Promise<LockDescription> {
  if (found === null) return { who: 'others were faster', hint: 'Try again.' }
  return found.holder === null ? unknownHolder(path) : describeHolder(found.holder)
}

async function describeHolder(holder: LockHolder): Promise<LockDescription> {
  const { pid } = holder
  // The text comes from a file: it must not move the cursor or hide the rest of the message.
  const host = holder.host.replaceAll(unprintable(), '').slice(0, MAX_HOST_LENGTH)
  const who = `process ${pid} on ${host === '' ? 'an unnamed host' : host} holds it`
  const where = await whereIs(holder)
  if (where === 'this process') {
    return {
      who: `${who} (this process)`,
      hint: "Wait for the other call that holds it. A lock can't be taken again inside itself.",
    }
  }
  if (where === 'here') {
    return { who, hint: `Try again when process ${pid} is done. ${remedyFor(pid)}` }
  }
  return {
    who: `${who}, in another container or on another machine`,
    hint: 'Try again when that process is done, or end it there. A lock whose holder has ended is free 30 seconds later.',
  }
}

function remedyFor(pid: number): string {
  if (process.platform === 'win32') return `If it hangs, end it: taskkill /F /PID ${pid}`
  return `If it is suspended, resume it: kill -CONT ${pid}. If it hangs, end it: kill ${pid}`
}

function unknownHolder(path: string): LockDescription {
  return {
    who: 'the lock file does not say who holds it',
    hint: `Try again: such a file is removed after 30 seconds of waiting. If nothing else uses ${path}, remove it yourself.`,
  }
}
