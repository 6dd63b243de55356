import { Hono, type Handler } from 'hono'
import { ApiError, apiErrorBody } from './api/api-error.ts'
import { handleApiKeyRequest } from './api/api-key-endpoint.ts'
import { handleMessagesRequest } from './api/messages-endpoint.ts'
import { handleModelsRequest } from './api/models-endpoint.ts'
import { handleProfileRequest } from './api/profile-endpoint.ts'
import { askForConsent, decide } from './authorization-server/authorization-endpoint.ts'
import { handleCodePage } from './authorization-server/code-page-endpoint.ts'
import { PATHS } from './authorization-server/endpoint-paths.ts'
import { OAuthError } from './authorization-server/oauth-error.ts'
import type { Refusal } from './authorization-server/refusal.ts'
import { handleRevocation } from './authorization-server/revocation-endpoint.ts'
import type { AppContext, AppEnvironment, ServerState } from './authorization-server/server-state.ts'
import { handleTokenRequest } from './authorization-server/token-endpoint.ts'
import { PageError, errorPage } from './pages/error-page.ts'

type App = Hono<AppEnvironment>

/** A part of the server. An origin serves one or both. */
export type Role = 'consent' | 'api'

/** Loads the inspector when somebody opens it. */
export type LoadInspector = () => Promise<{ fetch(request: Request): Response | Promise<Response> }>

/** Creates the app for one origin. */
export function createApp(state: ServerState, roles: readonly Role[], loadInspector: LoadInspector): App {
  const app: App = new Hono()
  if (roles.includes('consent')) {
    addConsentRoutes(app, state)
    addInspectorRoutes(app, loadInspector)
  }
  if (roles.includes('api')) addApiRoutes(app, state)
  app.notFound(respondNotFound)
  app.onError(respondWithError)
  return app
}

function addConsentRoutes(app: App, state: ServerState): void {
  app.use(PATHS.authorizeMax, refuseLargeForm)
  app.use(PATHS.authorizeConsole, refuseLargeForm)
  app.get(PATHS.authorizeMax, (context) => askForConsent(context, state, 'max'))
  app.get(PATHS.authorizeConsole, (context) => askForConsent(context, state, 'console'))
  app.on('POST', [PATHS.authorizeMax, PATHS.authorizeConsole], (context) => decide(context, state))
  app.get(PATHS.codePage, (context) => handleCodePage(context, state))
  app.all(PATHS.authorizeMax, refuseMethodOfPage('GET, HEAD, POST'))
  app.all(PATHS.authorizeConsole, refuseMethodOfPage('GET, HEAD, POST'))
  app.all(PATHS.codePage, refuseMethodOfPage('GET, HEAD'))
}

function addInspectorRoutes(app: App, loadInspector: LoadInspector): void {
  const inspect: Handler<AppEnvironment> = async ({ req }) => (await loadInspector()).fetch(req.raw)
  app.all('/', inspect)
  app.all('/inspector/*', inspect)
}

function addApiRoutes(app: App, state: ServerState): void {
  const post = (path: string, handle: Handler<AppEnvironment>) =>
    app.post(path, refuseLargeBody, handle).all(path, refuseMethod('POST'))
  const get = (path: string, handle: Handler<AppEnvironment>) =>
    app.get(path, handle).all(path, refuseMethod('GET, HEAD'))
  post(PATHS.token, (context) => handleTokenRequest(context, state))
  post(PATHS.revoke, (context) => handleRevocation(context, state))
  post(PATHS.apiKey, (context) => handleApiKeyRequest(context, state))
  get(PATHS.profile, (context) => handleProfileRequest(context, state))
  get(PATHS.models, (context) => handleModelsRequest(context, state))
  post(PATHS.messages, (context) => handleMessagesRequest(context, state))
}

function refuseLargeBody({ env }: AppContext, next: () => Promise<void>): Promise<void> {
  if (env.bodyTooLarge) throw new ApiError(413, 'The request exceeds 64 KiB.')
  return next()
}

function refuseLargeForm({ env }: AppContext, next: () => Promise<void>): Promise<void> {
  if (env.bodyTooLarge) throw new PageError('The request exceeds 64 KiB.', { status: 413 })
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
    const response = await errorPage(
      new PageError('This page does not support that method.', { status: 405 }),
    )
    response.headers.set('allow', allow)
    return response
  }
}

function respondNotFound(context: AppContext): Response | Promise<Response> {
  if (/^\/(?:v1|api)\//.test(context.req.path)) {
    return respondWithError(new ApiError(404, 'Not Found'), context)
  }
  return errorPage(new PageError('There is no such page.', { status: 404 }))
}

function respondWithError(error: Error, { env }: AppContext): Response | Promise<Response> {
  env.trace.refusal = refusalOf(error)
  if (error instanceof PageError) return errorPage(error)
  if (error instanceof OAuthError) return Response.json(error, { status: error.status })
  const { status, message } = error instanceof ApiError ? error : new ApiError(500, 'The emulator failed.')
  const headers = status === 401 ? { 'www-authenticate': 'Bearer' } : undefined
  return Response.json(
    apiErrorBody(status, message, env.requestId),
    headers ? { status, headers } : { status },
  )
}

function refusalOf(error: Error): Refusal {
  const { message: reason } = error
  if (error instanceof PageError) {
    const { parameter: name, detail: sent, expected } = error
    return name === null ? { reason } : { reason, mismatch: { name, sent, expected } }
  }
  return error instanceof OAuthError || error instanceof ApiError
    ? { ...error.explanation, reason }
    : { reason }
}
