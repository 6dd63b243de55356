import { AnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import type { FileState, StateIdentity, TokenContent } from './files/file-state.ts'
import { removeQuietly } from './files/remove-file.ts'
import type { WrittenFile } from './files/replace-file.ts'

/** The settings that new tokens belong to, and whether they change with the save. */
export interface Rebindable {
  readonly binding: string
  readonly isRebound: boolean
}

/** Tokens that were written to the disk before the file was read again. */
export interface EarlyWrite<C extends TokenContent> {
  readonly file: Rebindable & { readonly path: string; readonly state: FileState<C> }
  readonly written: WrittenFile
}

/**
 * Throws if a program that takes no lock has logged out or saved another login since `prepareSave()`. A file that has
 * become unreadable means neither.
 */
export async function assertUnchanged<C extends TokenContent>(
  early: EarlyWrite<C>,
  state: FileState<C>,
): Promise<void> {
  const { file, written } = early
  const isSame = isCurrent(early, state) || state.problem !== null || file.state.content === null
  if (isSame) return
  await removeQuietly(written.path)
  const what = state.bytes === null ? 'has removed' : 'has changed'
  throw new AnthropicAuthError('store_failed', `Another program ${what} ${file.path}: nothing was saved`, {
    reason: 'lock_lost',
    retryable: true,
    hint: 'Load the tokens again, and use the loaded ones.',
  })
}

/** Whether the written tokens still replace the present state: no other program has written the file meanwhile. */
export function isCurrent<C extends TokenContent>(
  { file, written }: EarlyWrite<C>,
  state: FileState<C>,
): boolean {
  if (state.leftover !== null) return state.leftover.path === written.path
  return isSameState(state.identity, file.state.identity)
}

/** Whether an earlier try of this save has left exactly these tokens. */
export function holdsAlready<C extends TokenContent>(
  { leftover, bytes, content }: FileState<C>,
  tokens: TokenSet,
  encoded: Uint8Array,
): boolean {
  if (leftover === null || bytes === null || content === null) return false
  return areEqual(bytes, encoded) || JSON.stringify(content.tokens) === JSON.stringify(tokens)
}

function isSameState(one: StateIdentity, other: StateIdentity): boolean {
  return one instanceof Uint8Array && other instanceof Uint8Array ? areEqual(one, other) : one === other
}

export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
