export * from '@anthropic-auth/profile-store/token-file'
