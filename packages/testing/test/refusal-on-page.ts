import type { Emulator } from '../src/index.ts'
import { authorizationUrl, exchangeBody, type Login, startLogin } from './raw-login.ts'

/** A refused request, as the page of the emulator shows it. */
export interface Refusal {
  /** The heading of the request's group. */
  readonly group: string
  readonly reason: string
  /** The explanation in the request's line. */
  readonly why: string
  /** The values of the details. */
  readonly values: readonly string[]
}

/** The last refused request. */
export async function lastRefusal(emulator: Emulator): Promise<Refusal> {
  const page = await (await fetch(emulator.inspectorUrl)).text()
  const groups = page.split('<section\n').filter((part) => part.includes('class="group"'))
  const rows = groups.flatMap((group) => {
    const heading = textOf(/<h3[^>]*>([^<]*)/.exec(group)?.[1])
    return group
      .split('<li id="request-')
      .slice(1)
      .map((row) => ({ number: Number.parseInt(row, 10), heading, row }))
  })
  const [last] = rows
    .filter(({ row }) => row.includes('class="reason"'))
    .toSorted((one, other) => other.number - one.number)
  const { heading = '', row = '' } = last ?? {}
  const box = /<div class="refusal">([^]*?)<\/div>/.exec(row)?.[1] ?? ''
  return {
    group: heading,
    reason: textOf(/<span class="reason">([^]*?)<\/span>/.exec(row)?.[1]),
    why: textOf(/<span class="why">([^]*?)<\/span>/.exec(row)?.[1]),
    values: [...box.matchAll(/<dd>([^]*?)<\/dd>/g)].map(([, value]) => textOf(value)),
  }
}

function textOf(markup = ''): string {
  return markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** A login that the user has allowed, with a valid token request. */
export interface Approved {
  readonly login: Login
  readonly code: string
  readonly state: string
  readonly body: Readonly<Record<string, string>>
}

export async function approve(emulator: Emulator): Promise<Approved> {
  const login = startLogin(emulator)
  const pasted = await emulator.approve(authorizationUrl(emulator, login.parameters))
  const [code = '', state = ''] = pasted.split('#')
  return { login, code, state, body: exchangeBody(login, pasted) }
}
