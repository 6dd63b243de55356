export * from '@anthropic-auth/core'
export * from '@anthropic-auth/blocking'
export * from '@anthropic-auth/browser'
export * from '@anthropic-auth/callback-server'
export * from '@anthropic-auth/federation'
export * from '@anthropic-auth/login'

export { terminalLogin } from './terminal/terminal-login.ts'
