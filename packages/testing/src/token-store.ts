export { checkTokenStore } from './token-store-check/token-store-check.ts'

export type { TokenStoreCheckOptions } from './token-store-check/token-store-check.ts'
export type { TokenStoreModule } from './token-store-check/store-process.ts'
export type { TokenStorage } from './token-store-check/corruption-rules.ts'
