interface Step {
  readonly url: string
  readonly form?: URLSearchParams
}

/** Far more pages than a login has. */
const MAX_STEPS = 20

/** Signs in and allows access, page by page as in a browser. Returns the redirect URL without requesting it. */
export function allow(authorizationUrl: string): Promise<string> {
  return walk(authorizationUrl, fillIn)
}

/** Cancels on the first page. Returns the redirect URL without requesting it. */
export function decline(authorizationUrl: string): Promise<string> {
  return walk(authorizationUrl, (page) => ({ url: find(page, /href="([^"]+\/abort)"/) }))
}

async function walk(authorizationUrl: string, act: (page: string) => Step): Promise<string> {
  const cookies = new Map<string, string>()
  let step: Step = { url: authorizationUrl }
  for (let count = 0; count < MAX_STEPS; count++) {
    const response = await visit(step, cookies)
    const location = response.headers.get('location')
    const page = await response.text()
    step = location === null ? act(page) : { url: new URL(location, step.url).href }
    if (new URL(step.url).origin !== new URL(authorizationUrl).origin) return step.url
  }
  throw new Error('The pages go in circles')
}

async function visit({ url, form }: Step, cookies: Map<string, string>): Promise<Response> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const init = { headers: { cookie }, redirect: 'manual' } as const
  const response = await fetch(url, form === undefined ? init : { ...init, method: 'POST', body: form })
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
  return response
}

function fillIn(page: string): Step {
  const prompt = find(page, /name="prompt" value="(\w+)"/)
  const form = new URLSearchParams({ prompt, login: 'person', password: 'any' })
  return { url: find(page, /<form[^>]* action="([^"]+)"/), form }
}

function find(page: string, pattern: RegExp): string {
  const [, value] = pattern.exec(page) ?? []
  if (value === undefined) throw new Error(`This page offers no way on: ${page.replaceAll(/<[^>]*>/g, ' ')}`)
  return value
}
