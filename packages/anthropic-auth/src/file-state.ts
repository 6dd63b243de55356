import {
  type AnthropicAuthError,
  type Awaitable,
  type TokenSet,
  isAnthropicAuthError,
} from '@anthropic-auth/core'
import { blankFile, isBlank } from './blank-file.ts'
import { type Leftover, NO_TOKENS, type Remains, digestOf, findRemains, readLeftover } from './leftover.ts'
import { SECRET, readOwnFile } from './own-file.ts'
import { assertOwnFolders } from './own-folder.ts'

/** The content of a file that holds the tokens of one login. */
export interface TokenContent {
  readonly tokens: TokenSet
}

/** Reads the content of a file; throws an `AnthropicAuthError` when it can't. */
export type Decode<C extends TokenContent> = (bytes: Uint8Array) => Awaitable<C>

/** What a file holds, and what the saves that did not end have left beside it. */
export interface FileState<C extends TokenContent> {
  /** The bytes of the file, or of the leftover that continues it; `null` when there is no file. */
  readonly bytes: Uint8Array | null
  /** What the bytes say; `null` when there is no file, or `problem` tells why it can't be read. */
  readonly content: C | null
  readonly problem: AnthropicAuthError | null
  /** There is a file, but it holds nobody's login. */
  readonly isBlank: boolean
  /** The name for this state in the name of the leftover that replaces it. */
  readonly digest: string
  /** The leftover that the state comes from; `null`: the file itself. */
  readonly leftover: Leftover | null
  readonly remains: Remains
}

/**
 * Reads a file, and the leftovers that continue it: each replaces exactly the tokens that the one before holds. A file
 * that was written in place and can't be read is continued as well. Neither times nor expiry dates count: they would
 * bring back an older account, a logout, or tokens that another program has rotated since.
 *
 * @throws AnthropicAuthError `store_failed` with `reason` `unsafe_file` or `read_failed`
 */
export async function readFileState<C extends TokenContent>(
  path: string,
  decode: Decode<C>,
): Promise<FileState<C>> {
  const bytes = await readOwnFile(path, SECRET)
  const remains = await findRemains(path)
  let state: FileState<C> = { ...(await stateOf(path, bytes, decode)), leftover: null, remains }
  if (remains.leftovers.length > 0) await assertOwnFolders(path)
  const unused = new Set(remains.leftovers)
  for (;;) {
    const next = await continued(state, unused, decode)
    if (next === null) return state
    state = next
  }
}

/** Reads all tokens that saves have left beside a file, also those that continue nothing. */
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

/** Reads what a temporary file holds; `null` when it holds no tokens, or none that can be read. */
export async function readTokens<C extends TokenContent>(path: string, decode: Decode<C>): Promise<C | null> {
  try {
    const bytes = await readOwnFile(path, SECRET)
    return bytes === null ? null : await decode(bytes)
  } catch {
    return null
  }
}

type FileContent<C extends TokenContent> = Omit<FileState<C>, 'leftover' | 'remains'>

async function stateOf<C extends TokenContent>(
  path: string,
  bytes: Uint8Array | null,
  decode: Decode<C>,
): Promise<FileContent<C>> {
  const none = { bytes, content: null, problem: null, isBlank: false }
  if (bytes === null) return { ...none, digest: NO_TOKENS }
  const digest = await digestOf(bytes)
  if (isBlank(bytes)) return { ...none, problem: blankFile(path), isBlank: true, digest }
  try {
    const content = await decode(bytes)
    return { ...none, content, digest: await digestOfTokens(content) }
  } catch (problem) {
    if (!isAnthropicAuthError(problem)) throw problem
    return { ...none, problem, digest }
  }
}

/** The refresh token is used up by what replaces it, so it names the state best. */
async function digestOfTokens({ tokens }: TokenContent): Promise<string> {
  return digestOf(tokens.refreshToken ?? tokens.accessToken)
}

/**
 * The state that a leftover makes of another state. Each leftover is used once, so that there is an end.
 *
 * @throws what `decode` throws: what can't be read may be the only copy of the tokens
 */
async function continued<C extends TokenContent>(
  state: FileState<C>,
  unused: Set<Leftover>,
  decode: Decode<C>,
): Promise<FileState<C> | null> {
  for (const leftover of unused) {
    if (!continues(leftover, state)) continue
    unused.delete(leftover)
    const bytes = await readLeftover(leftover)
    if (bytes === null) continue
    const content = await decode(bytes)
    const digest = await digestOfTokens(content)
    return { ...state, bytes, content, problem: null, isBlank: false, digest, leftover }
  }
  return null
}

function continues<C extends TokenContent>(leftover: Leftover, state: FileState<C>): boolean {
  return leftover.replaced === state.digest || (leftover.isInPlace && state.problem !== null)
}
