import { OAuthClient } from '@anthropic-auth/core'
import { login } from '@anthropic-auth/login'
import { startEmulator } from '@anthropic-auth/testing'
import { type Length, sampleOf } from '../comparison.ts'
import { atMost, type Result, scaled, time } from '../result.ts'
import { visit } from '../visit.ts'

/** Measures whole logins on loopback. The emulator runs in the same process. */
export async function run({ rounds, timeMs }: Length): Promise<readonly Result[]> {
  await using emulator = await startEmulator()
  const client = new OAuthClient({ endpoints: emulator.endpoints })
  const times: number[] = []
  for (let logins = Math.max(10, (rounds * timeMs) / 40); logins > 0; logins--) {
    let sentAt = NaN
    const openBrowser = async (url: string): Promise<void> => {
      const redirect = await emulator.approve(url)
      sentAt = performance.now()
      await visit(redirect)
    }
    const { accessToken } = await login({ mode: 'max', client, openBrowser })
    times.push(1000 * (performance.now() - sentAt))
    if (!accessToken.startsWith('sk-ant-oat01-')) throw new Error('The login returned no access token')
  }
  const ours = sampleOf(times)
  return [
    {
      row: 11,
      work: 'login(): redirect to tokens, loopback',
      ours: time(ours),
      peer: '–',
      ...atMost(scaled(ours, 0.001), 10, 'ms'),
    },
  ]
}
