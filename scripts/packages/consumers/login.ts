import { isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import {
  type CodeRequest,
  login,
  type LoginOptions,
  type LoginProgress,
  type OpenUrl,
} from '@anthropic-auth/login'

const openUrl: OpenUrl = async (url, { signal }) => console.log(url, signal.aborted)

const options: LoginOptions = {
  mode: 'max',
  port: [8976, 0],
  openBrowser: openUrl,
  promptForCode: async ({ url, previousError, signal }: CodeRequest) =>
    `${url}${previousError?.code}${signal.aborted}`,
  onProgress: ({ type, message }: LoginProgress) => console.log(type, message),
  timeoutMs: undefined,
}

export async function logIn(): Promise<TokenSet | null> {
  try {
    return await login(options)
  } catch (error) {
    if (isAnthropicAuthError(error, 'timeout')) return null
    throw error
  }
}
