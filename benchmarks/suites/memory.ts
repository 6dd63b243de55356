import { inTurn, type Length, mapValues, type Sample, sampleOf } from '../comparison.ts'
import { output, type Program, script } from '../processes.ts'
import { atMost, excess, noTarget, quantity, ratio, type Result } from '../result.ts'
import { withServer } from '../server-process.ts'

const PRINT = 'gc(); console.log(process.memoryUsage.rss() / 1e6)'

function provider(calls: number): Program {
  return program(`
    import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
    const tokens = { accessToken: 'token', expiresAt: 4_000_000_000 }
    const provider = createTokenProvider(new OAuthClient(), { tokens })
    for (let i = 0; i < ${calls}; i++) if ((await provider()).token !== 'token') throw new Error('no token')
    ${PRINT}
  `)
}

function blocking(token: string, calls: number): Program {
  return program(`
    import { BlockingOAuthClient } from '@anthropic-auth/blocking'
    const client = new BlockingOAuthClient({ endpoints: { token: '${token}' } })
    for (let i = 0; i < ${calls}; i++) client.refreshToken('a-refresh-token')
    ${PRINT}
    client.close()
  `)
}

/** Measures the memory that Node itself takes for as many promises. */
function asyncFunction(calls: number): Program {
  return program(`
    const call = async () => ({ token: 'token' })
    for (let i = 0; i < ${calls}; i++) if ((await call()).token !== 'token') throw new Error('no token')
    ${PRINT}
  `)
}

/** Measures the memory that Node itself takes for as many requests. */
function plainFetch(token: string, calls: number): Program {
  return program(`
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ grant_type: 'refresh_token', refresh_token: 'a-refresh-token' })
    for (let i = 0; i < ${calls}; i++) {
      const response = await fetch('${token}', { method: 'POST', headers, body })
      if ((await response.json()).token_type !== 'Bearer') throw new Error('no token')
    }
    ${PRINT}
  `)
}

function program(code: string): Program {
  return { args: ['--expose-gc', ...script(code)] }
}

/** The resident memory of whole processes, after the first call and after many. */
export function run({ rounds, timeMs }: Length): Promise<readonly Result[]> {
  const [few, many] = timeMs < 100 ? [100, 1000] : [4000, 100_000]
  return withServer('token-server.ts', async ({ url }) => {
    const { bare, ...of } = await memory(
      {
        bare: program(PRINT),
        provider: provider(1),
        providerEarlier: provider(few),
        providerLater: provider(many),
        functionEarlier: asyncFunction(few),
        functionLater: asyncFunction(many),
        blocking: blocking(url, 1),
      },
      Math.min(rounds, 5),
    )
    // These calls take a minute, so they run once.
    const { earlier, later, fetched } = await memory(
      { earlier: blocking(url, few), later: blocking(url, many), fetched: plainFetch(url, few) },
      1,
    )
    return [
      overBare('core with a provider', of.provider, { bare, target: 10 }),
      flat('core with a provider', { few, many, ours: of.providerLater, earlier: of.providerEarlier }),
      {
        ...flat('an async function alone', {
          few,
          many,
          ours: of.functionLater,
          earlier: of.functionEarlier,
        }),
        ...noTarget(ratio(of.functionLater, of.functionEarlier), 'of it'),
      },
      overBare('blocking', of.blocking, { bare, target: 45 }),
      flat('blocking', { few, many, ours: later, earlier }),
      {
        row: 13,
        work: `memory: blocking, ${few.toLocaleString('en')} calls`,
        ours: quantity(earlier, 'MB'),
        peer: `fetch alone ${quantity(fetched, 'MB')}`,
        ...noTarget(ratio(earlier, fetched), 'of it'),
      },
    ]
  })
}

/** In megabytes. */
async function memory<K extends string>(
  programs: Readonly<Record<K, Program>>,
  rounds: number,
): Promise<Readonly<Record<K, Sample>>> {
  const measure = mapValues(programs, (each: Program) => () => Number(output(each)))
  return mapValues(await inTurn(measure, rounds), sampleOf)
}

function overBare(what: string, ours: Sample, { bare, target }: { bare: Sample; target: number }): Result {
  return {
    row: 13,
    work: `memory: ${what}, one call`,
    ours: quantity(ours, 'MB'),
    peer: `bare node ${quantity(bare, 'MB')}`,
    ...atMost(excess(ours, bare), target, 'MB more'),
  }
}

interface Growth {
  readonly few: number
  readonly many: number
  readonly ours: Sample
  readonly earlier: Sample
}

function flat(what: string, { few, many, ours, earlier }: Growth): Result {
  return {
    row: 13,
    work: `memory: ${what}, ${many.toLocaleString('en')} calls`,
    ours: quantity(ours, 'MB'),
    peer: `after ${few.toLocaleString('en')} ${quantity(earlier, 'MB')}`,
    ...atMost(ratio(ours, earlier), 1.1, 'of it'),
  }
}
