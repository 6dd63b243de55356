import {
  type AnthropicAuthError,
  type Awaitable,
  type TokenSet,
  isAnthropicAuthError,
} from '@anthropic-auth/core'
import { blankFile, isBlank } from './blank-file.ts'
import { isLoggedOutMark } from './in-place-file.ts'
import { type Leftover, NO_TOKENS, type Remains, digestOf, findRemains, readLeftover } from './leftover.ts'
import { SECRET, readOwnFile } from './own-file.ts'
import { assertOwnFolders } from './own-folder.ts'

/** The content of a file that holds the tokens of one login. */
export interface TokenContent {
  readonly tokens: TokenSet
}

/** Reads the content of a file; throws an `AnthropicAuthError` when it can't. */
export type Decode<C extends TokenContent> = (bytes: Uint8Array) => Awaitable<C>

/** The content of a file, and the files that interrupted saves have left next to it. */
export interface FileState<C extends TokenContent> {
  /** The bytes of the file, or of the leftover that continues it; `null` when there is no file. */
  readonly bytes: Uint8Array | null
  /** The decoded bytes; `null` when there is no file, or when `problem` says why it can't be read. */
  readonly content: C | null
  readonly problem: AnthropicAuthError | null
  /** There is a file, but it is blank. */
  readonly isBlank: boolean
  readonly identity: StateIdentity
  /** The same for the file alone, without its leftovers. */
  readonly fileIdentity: StateIdentity
  /** The leftover that this state was read from; `null` for the file itself. */
  readonly leftover: Leftover | null
  readonly remains: Remains
}

/** Tells states apart: by their token, or by the bytes that can't be read. It is `null` when there is no file. */
export type StateIdentity = string | Uint8Array | null

/** How to read the states of a file. */
export interface StateFormat<C extends TokenContent> {
  readonly decode: Decode<C>
  /**
   * The settings that the tokens belong to, such as their server. A leftover of other settings continues nothing: its
   * tokens would be sent to the wrong server.
   *
   * @default ''
   */
  readonly binding?: string | undefined
}

/** Returns the part of a leftover's name that says which state it replaces, and with which settings. */
export async function replacedBy(identity: StateIdentity, binding: string): Promise<string> {
  const digest = identity === null ? NO_TOKENS : await digestOf(identity)
  return binding === '' ? digest : digestOf(`${digest} ${binding}`)
}

/**
 * Reads a file and the leftovers that continue it: each of them replaces exactly the tokens of the one before. A
 * leftover of a save in place also continues a file that can't be read. Times and expiry dates play no part: they
 * could bring back an older account, undo a logout, or replace tokens that another program has rotated since.
 *
 * @throws AnthropicAuthError `store_failed` with `reason` `unsafe_file` or `read_failed`
 */
export async function readFileState<C extends TokenContent>(
  path: string,
  { decode, binding = '' }: StateFormat<C>,
): Promise<FileState<C>> {
  const bytes = await readOwnFile(path, SECRET)
  const remains = await findRemains(path)
  const own = await stateOf(path, bytes, decode)
  let state: FileState<C> = { ...own, fileIdentity: own.identity, leftover: null, remains }
  if (remains.leftovers.length > 0) await assertOwnFolders(path)
  const unused = new Set(remains.leftovers)
  for (;;) {
    const next = await continued(state, unused, { decode, binding })
    if (next === null) return state
    state = next
  }
}

/** Reads all tokens that interrupted saves have left next to a file, even if they continue nothing. */
export async function readLeftoverContents<C extends TokenContent>(
  path: string,
  decode: Decode<C>,
): Promise<readonly C[]> {
  const { leftovers, probes } = await findRemains(path)
  const contents: C[] = []
  for (const each of [...leftovers.map((leftover) => leftover.path), ...probes]) {
    const content = await readTokens(each, decode)
    if (content !== null) contents.push(content)
  }
  return contents
}

/** Reads a temporary file; `null` when it holds no readable tokens. */
export async function readTokens<C extends TokenContent>(path: string, decode: Decode<C>): Promise<C | null> {
  try {
    const bytes = await readOwnFile(path, SECRET)
    return bytes === null ? null : await decode(bytes)
  } catch {
    return null
  }
}

type FileContent<C extends TokenContent> = Omit<FileState<C>, 'fileIdentity' | 'leftover' | 'remains'>

async function stateOf<C extends TokenContent>(
  path: string,
  bytes: Uint8Array | null,
  decode: Decode<C>,
): Promise<FileContent<C>> {
  const none = { bytes, content: null, problem: null, isBlank: false }
  if (bytes === null) return { ...none, identity: null }
  if (isLoggedOutMark(bytes)) return { ...none, identity: bytes }
  if (isBlank(bytes)) return { ...none, problem: blankFile(path), isBlank: true, identity: bytes }
  try {
    const content = await decode(bytes)
    return { ...none, content, identity: identityOf(content) }
  } catch (problem) {
    if (!isAnthropicAuthError(problem)) throw problem
    return { ...none, problem, identity: bytes }
  }
}

/** A refresh token works once, so it identifies a state best. */
function identityOf({ tokens }: TokenContent): string {
  return tokens.refreshToken ?? tokens.accessToken
}

/**
 * Returns the state after the leftover that continues `state`; `null` if there is none. Each leftover is used once,
 * so the search ends.
 *
 * @throws the error of `decode`: a leftover that can't be read may be the only copy of the tokens
 */
async function continued<C extends TokenContent>(
  state: FileState<C>,
  unused: Set<Leftover>,
  { decode, binding = '' }: StateFormat<C>,
): Promise<FileState<C> | null> {
  // Reading a profile must not load Node's cryptography for nothing.
  if (unused.size === 0) return null
  const replaced = await replacedBy(state.identity, binding)
  for (const leftover of unused) {
    if (leftover.replaced !== replaced && !(leftover.isInPlace && state.problem !== null)) continue
    unused.delete(leftover)
    const bytes = await readLeftover(leftover)
    if (bytes === null) continue
    const content = await decode(bytes)
    const identity = identityOf(content)
    return { ...state, bytes, content, problem: null, isBlank: false, identity, leftover }
  }
  return null
}
