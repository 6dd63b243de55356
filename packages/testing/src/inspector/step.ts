import { PATHS } from '../authorization-server/endpoint-paths.ts'
import { JWT_BEARER } from '../authorization-server/grant-parameters.ts'
import type { RecordedRequest } from '../request-log.ts'
import { decodeBody } from './decoded-body.ts'

/** A step of a login, explained. */
export interface Step {
  readonly title: string
  /** One or two sentences on what the step is for. */
  readonly sentence: string
  readonly specification: { readonly name: string; readonly url: string } | null
}

const rfc = (number: number, section: string): Step['specification'] => ({
  name: `RFC ${number}, section ${section}`,
  url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
})

const AUTHORIZATION_REQUEST: Step = {
  title: 'Authorization request',
  sentence:
    'The program sends the browser here to ask the user for consent. The code challenge and the state protect the rest of the login.',
  specification: rfc(6749, '4.1.1'),
}
const DECISION: Step = {
  title: "The user's decision",
  sentence: 'The user allows or denies access. The redirect takes a code or an error back to the program.',
  specification: rfc(6749, '4.1.2'),
}
const TOKEN_REQUEST: Step = {
  title: 'Token request',
  sentence: 'The grant_type says how the program proves that it may have tokens.',
  specification: rfc(6749, '3.2'),
}
const UNKNOWN: Step = {
  title: 'Unknown address',
  sentence: 'The emulator has nothing here. Check the endpoints that the program uses.',
  specification: null,
}

const GRANTS: Readonly<Record<string, Step>> = {
  authorization_code: {
    title: 'Code exchange',
    sentence:
      'The program exchanges the code for tokens. The code verifier proves that it is the program that started the login.',
    specification: rfc(7636, '4.6'),
  },
  refresh_token: {
    title: 'Refresh',
    sentence:
      'The program gets a new access token. The refresh token is used up, and the response has the next one.',
    specification: rfc(6749, '6'),
  },
  [JWT_BEARER]: {
    title: 'Identity token exchange',
    sentence: 'A machine logs in with an identity token of its own platform, without a user.',
    specification: rfc(7523, '2.1'),
  },
}

const STEPS: Readonly<Record<string, Step>> = {
  [`GET ${PATHS.authorizeMax}`]: AUTHORIZATION_REQUEST,
  [`GET ${PATHS.authorizeConsole}`]: AUTHORIZATION_REQUEST,
  [`POST ${PATHS.authorizeMax}`]: DECISION,
  [`POST ${PATHS.authorizeConsole}`]: DECISION,
  [`GET ${PATHS.codePage}`]: {
    title: 'Code page',
    sentence: 'The browser shows the code, for the user to paste into the program.',
    specification: null,
  },
  [`POST ${PATHS.revoke}`]: {
    title: 'Revocation',
    sentence: 'The program logs out: the token, and every token that belongs to it, stops working.',
    specification: rfc(7009, '2.1'),
  },
  [`POST ${PATHS.apiKey}`]: {
    title: 'API key creation',
    sentence: 'The program creates an API key. The access token needs the scope org:create_api_key.',
    specification: null,
  },
  [`GET ${PATHS.profile}`]: {
    title: 'Profile request',
    sentence: 'The program asks who is logged in. The access token needs the scope user:profile.',
    specification: rfc(6750, '2.1'),
  },
  [`GET ${PATHS.models}`]: {
    title: 'Models request',
    sentence: 'The program uses the API with its access token or API key.',
    specification: rfc(6750, '2.1'),
  },
  [`POST ${PATHS.messages}`]: {
    title: 'Message',
    sentence:
      'The program uses the API with its access token or API key. The response is always the same text.',
    specification: rfc(6750, '2.1'),
  },
}

/** Returns the step of a login that the request is. */
export function stepOf(record: RecordedRequest): Step {
  const key = `${record.method === 'HEAD' ? 'GET' : record.method} ${record.path.split('?')[0]}`
  if (key !== `POST ${PATHS.token}`) return STEPS[key] ?? UNKNOWN
  const grantType = decodeBody(record)?.find(({ name }) => name === 'grant_type')?.value ?? ''
  return (Object.hasOwn(GRANTS, grantType) ? GRANTS[grantType] : undefined) ?? TOKEN_REQUEST
}
