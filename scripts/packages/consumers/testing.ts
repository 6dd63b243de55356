import { checkTokenStore, startEmulator, type Emulator, type EmulatorOptions } from '@anthropic-auth/testing'
import {
  checkTokenStore as checkAlone,
  type TokenStoreCheckOptions,
} from '@anthropic-auth/testing/token-store'

const options: EmulatorOptions = { port: undefined, tokenLifetimeSeconds: 60 }

export async function logIn(authorizationUrl: string): Promise<string> {
  const emulator: Emulator = await startEmulator(options)
  try {
    emulator.faults.clear()
    return await emulator.approve(authorizationUrl)
  } finally {
    await emulator.close()
  }
}

export const storeContract: Promise<void> = checkTokenStore(() => ({
  load: () => Promise.resolve(null),
  save: () => Promise.resolve(),
}))

const checkOptions: TokenStoreCheckOptions = { members: ['accessToken', 'refreshToken'] }

export const aloneContract: Promise<void> = checkAlone(
  () => ({ load: () => Promise.resolve(null), save: () => Promise.resolve() }),
  checkOptions,
)
