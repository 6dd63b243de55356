export * from '@anthropic-auth/core'
