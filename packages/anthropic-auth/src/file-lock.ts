export * from '@anthropic-auth/profile-store/file-lock'
