import { Hono, type Handler } from 'hono'
import { ApiRefusal, apiErrorBody } from './api-refusal.ts'
import { answerApiKeyRequest } from './api-key-endpoint.ts'
import { askForConsent, decide } from './authorization-endpoint.ts'
import { codePage } from './code-page.ts'
import { PATHS } from './endpoint-paths.ts'
import { PageRefusal, errorPage } from './error-page.ts'
import { answerMessagesRequest } from './messages-endpoint.ts'
import { answerModelsRequest } from './models-endpoint.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import { answerProfileRequest } from './profile-endpoint.ts'
import { answerRevocation } from './revocation-endpoint.ts'
import type { AppContext, AppEnvironment, ServerState } from './server-environment.ts'
import { answerTokenRequest } from './token-endpoint.ts'

type App = Hono<AppEnvironment>

/** The part of the server that an origin serves. */
export type Role = 'consent' | 'api'

/** The server behind one origin. */
export function createApp(state: ServerState, roles: readonly Role[]): App {
  const app: App = new Hono()
  if (roles.includes('consent')) addConsentRoutes(app, state)
  if (roles.includes('api')) addApiRoutes(app, state)
  app.notFound(answerNotFound)
  app.onError(answerError)
  return app
}

function addConsentRoutes(app: App, state: ServerState): void {
  app.use(PATHS.authorizeMax, refuseLargeForm)
  app.use(PATHS.authorizeConsole, refuseLargeForm)
  app.get(PATHS.authorizeMax, (context) => askForConsent(context, state, 'max'))
  app.get(PATHS.authorizeConsole, (context) => askForConsent(context, state, 'console'))
  app.on('POST', [PATHS.authorizeMax, PATHS.authorizeConsole], (context) => decide(context, state))
  app.get(PATHS.codePage, (context) => codePage(new URL(context.req.url).searchParams))
  app.all(PATHS.authorizeMax, refuseMethodOfPage('GET, HEAD, POST'))
  app.all(PATHS.authorizeConsole, refuseMethodOfPage('GET, HEAD, POST'))
  app.all(PATHS.codePage, refuseMethodOfPage('GET, HEAD'))
}

function addApiRoutes(app: App, state: ServerState): void {
  const post = (path: string, answer: Handler<AppEnvironment>) =>
    app.post(path, refuseLargeBody, answer).all(path, refuseMethod('POST'))
  const get = (path: string, answer: Handler<AppEnvironment>) =>
    app.get(path, answer).all(path, refuseMethod('GET, HEAD'))
  post(PATHS.token, (context) => answerTokenRequest(context, state))
  post(PATHS.revoke, (context) => answerRevocation(context, state))
  post(PATHS.apiKey, (context) => answerApiKeyRequest(context, state))
  get(PATHS.profile, (context) => answerProfileRequest(context, state))
  get(PATHS.models, (context) => answerModelsRequest(context, state))
  post(PATHS.messages, (context) => answerMessagesRequest(context, state))
}

function refuseLargeBody({ env }: AppContext, next: () => Promise<void>): Promise<void> {
  if (env.bodyTooLarge) throw new ApiRefusal(413, 'The request exceeds 64 KiB.')
  return next()
}

function refuseLargeForm({ env }: AppContext, next: () => Promise<void>): Promise<void> {
  if (env.bodyTooLarge) throw new PageRefusal('The request exceeds 64 KiB.', null, 413)
  return next()
}

function refuseMethod(allow: string): Handler<AppEnvironment> {
  return ({ env }) => {
    const body = apiErrorBody(405, 'Method Not Allowed', env.requestId)
    return Response.json(body, { status: 405, headers: { allow } })
  }
}

function refuseMethodOfPage(allow: string): Handler<AppEnvironment> {
  return async () => {
    const response = await errorPage(new PageRefusal('This page does not take that method.', null, 405))
    response.headers.set('allow', allow)
    return response
  }
}

function answerNotFound(context: AppContext): Response | Promise<Response> {
  if (/^\/(?:v1|api)\//.test(context.req.path)) return answerError(new ApiRefusal(404, 'Not Found'), context)
  return errorPage(new PageRefusal('There is no such page.', null, 404))
}

function answerError(error: Error, { env }: AppContext): Response | Promise<Response> {
  if (error instanceof PageRefusal) return errorPage(error)
  if (error instanceof OAuthRefusal) return Response.json(error, { status: error.status })
  const { status, message } =
    error instanceof ApiRefusal ? error : new ApiRefusal(500, 'The emulator failed.')
  const headers = status === 401 ? { 'www-authenticate': 'Bearer' } : undefined
  return Response.json(
    apiErrorBody(status, message, env.requestId),
    headers ? { status, headers } : { status },
  )
}
