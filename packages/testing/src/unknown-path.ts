import { PATHS } from './authorization-server/endpoint-paths.ts'
import { nearest } from './explanations/nearest.ts'

const ENDPOINTS: readonly (readonly [path: string, name: string])[] = [
  [PATHS.token, `The token endpoint is \`POST ${PATHS.token}\`.`],
  [PATHS.revoke, `The revocation endpoint is \`POST ${PATHS.revoke}\`.`],
  [PATHS.authorizeConsole, `The login link of mode console begins with \`${PATHS.authorizeConsole}\`.`],
  [PATHS.authorizeMax, `The login link of mode max begins with \`${PATHS.authorizeMax}\`.`],
  [PATHS.codePage, `The code page is \`${PATHS.codePage}\`.`],
  [PATHS.apiKey, `API keys are created with \`POST ${PATHS.apiKey}\`.`],
  [PATHS.profile, `The profile is \`GET ${PATHS.profile}\`.`],
  [PATHS.models, `The models are \`GET ${PATHS.models}\`.`],
  [PATHS.messages, `Messages are sent with \`POST ${PATHS.messages}\`.`],
]

/** Names the endpoints whose path resembles one that the emulator doesn't serve; `undefined` if none does. */
export function explainUnknownPath(path: string): string | undefined {
  if (path.startsWith('/.well-known/')) return 'This server has no discovery document.'
  const exact = ENDPOINTS.find(([served]) => served === path)
  if (exact !== undefined) return `${exact[1]} It is on the other origin of this emulator.`
  const names = similarTo(path)
  return names.length === 0 ? undefined : names.join(' ')
}

/** The last part of a path says the most: `/token` and `/v1/token` mean `/v1/oauth/token`. */
function similarTo(path: string): readonly string[] {
  const last = nearest(
    lastPart(path),
    ENDPOINTS.map(([served]) => lastPart(served)),
  )
  const sameEnd = ENDPOINTS.filter(([served]) => lastPart(served) === last)
  const whole = nearest(
    path,
    ENDPOINTS.map(([served]) => served),
  )
  const found = sameEnd.length > 0 ? sameEnd : ENDPOINTS.filter(([served]) => served === whole)
  return found.map(([, name]) => name)
}

function lastPart(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? ''
}
