export * from '@anthropic-auth/core'
export * from '@anthropic-auth/blocking'
export * from '@anthropic-auth/browser'
export * from '@anthropic-auth/callback-server'

export { login } from './login.ts'
export { terminalLogin } from './terminal-login.ts'

export type { CodeRequest, LoginOptions } from './login.ts'
export type { LoginProgress } from './login-progress.ts'
export type { OpenUrl } from './login-browser.ts'
