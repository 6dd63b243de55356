import { codePage, deniedPage, onHoldPage } from '../pages/code-page.ts'
import { PageError } from '../pages/error-page.ts'
import { HOLD_PAGE, ON_HOLD } from './account-hold.ts'
import type { AppContext, ServerState } from './server-state.ts'

const VISIBLE_ASCII = /^[\x21-\x7e]{1,512}$/

/**
 * Handles `GET /oauth/code/callback`: shows the code, or why there is none.
 *
 * @throws PageError when the query holds neither
 */
export function handleCodePage({ req, env }: AppContext, { logins }: ServerState): Promise<Response> {
  const parameters = new URL(req.url).searchParams
  env.trace.login = logins.find(parameters.get('state') ?? '')
  if (parameters.get('error') === 'access_denied') {
    return parameters.get('error_description') === ON_HOLD ? onHoldPage(HOLD_PAGE) : deniedPage()
  }
  return codePage(readOnce(parameters, 'code'), readOnce(parameters, 'state'))
}

function readOnce(parameters: URLSearchParams, name: string): string {
  const [value, ...others] = parameters.getAll(name)
  if (value === undefined) throw new PageError(`The parameter ${name} is missing.`)
  if (others.length > 0) throw new PageError('A parameter was sent more than once.', { detail: name })
  if (!VISIBLE_ASCII.test(value)) throw new PageError(`The parameter ${name} is malformed.`)
  return value
}
