import Anthropic from '@anthropic-ai/sdk'
import type { OAuthClient, TokenSet } from '@anthropic-auth/core'
import type { Emulator } from '@anthropic-auth/testing'
import { mask } from './mask.ts'
import { narration } from './narration.ts'

/** Refreshes the tokens, as a program does after some hours. */
export async function refresh(client: OAuthClient, tokens: TokenSet): Promise<TokenSet> {
  narration.step('Refresh: this uses the refresh token up and returns a new one')
  const refreshed = await client.refreshToken(tokens)
  ensure(refreshed.refreshToken !== tokens.refreshToken, 'The refresh token did not rotate')
  narration.success(`valid for ${refreshed.expiresIn()} seconds more`)
  return refreshed
}

/** Creates an API key. */
export async function createKey(client: OAuthClient, tokens: TokenSet): Promise<string> {
  narration.step('Create an API key')
  const apiKey = await client.createApiKey(tokens)
  narration.success('the key is a secret: store it where you store secrets')
  return apiKey
}

/** Makes a request with the key, through the official SDK. */
export async function useKey(emulator: Emulator, apiKey: string): Promise<void> {
  narration.step('Use the key with the official SDK')
  const anthropic = new Anthropic({ apiKey, baseURL: emulator.apiUrl, maxRetries: 0 })
  const message = await anthropic.messages.create({
    model: 'claude-sonnet-5-5',
    max_tokens: 64,
    messages: [{ role: 'user', content: 'Hello!' }],
  })
  const [block] = message.content
  narration.line(`anthropic.messages.create() with ${mask(apiKey)}`, '>')
  narration.line(block?.type === 'text' ? block.text : (message.stop_reason ?? ''), '<')
}

/** Makes the demo fail when a claim of it is false. */
export function ensure(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}
