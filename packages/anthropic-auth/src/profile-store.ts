export * from '@anthropic-auth/profile-store'
