// Runs the emulator in its own process, with a login whose tokens can be refreshed.
import { OAuthClient } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'

const emulator = await startEmulator()
const client = new OAuthClient({ endpoints: emulator.endpoints })
const flow = client.startFlow('max')
const { refreshToken } = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
process.send?.({ url: emulator.endpoints.token, refreshToken })
process.once('disconnect', () => process.exit(0))
