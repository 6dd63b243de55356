import { Hono, type Handler } from 'hono'
import { ApiError, apiErrorBody } from './api/api-error.ts'
import { handleApiKeyRequest } from './api/api-key-endpoint.ts'
import { handleMessagesRequest } from './api/messages-endpoint.ts'
import { handleModelsRequest } from './api/models-endpoint.ts'
import { handleProfileRequest } from './api/profile-endpoint.ts'
import { askForConsent, decide } from './authorization-server/authorization-endpoint.ts'
import { handleCodePage } from './authorization-server/code-page-endpoint.ts'
import { PATHS } from './authorization-server/endpoint-paths.ts'
import { findLogin } from './authorization-server/known-value.ts'
import { OAuthError } from './authorization-server/oauth-error.ts'
import type { Refusal } from './explanations/refusal.ts'
import { handleRevocation } from './authorization-server/revocation-endpoint.ts'
import type { AppContext, AppEnvironment, ServerState } from './authorization-server/server-state.ts'
import { handleTokenRequest } from './authorization-server/token-endpoint.ts'
import { PageError, errorPage } from './pages/error-page.ts'
import { explainUnknownPath } from './unknown-path.ts'

type App = Hono<AppEnvironment>

/** A part of the server. An origin serves one or both. */
export type Role = 'consent' | 'api'

/** Loads the inspector at its first request. */
export type LoadInspector = () => Promise<{ fetch(request: Request): Response | Promise<Response> }>

/** Creates the app for one origin. */
export function createApp(state: ServerState, roles: readonly Role[], loadInspector: LoadInspector): App {
  const app: App = new Hono()
  if (roles.includes('consent')) {
    addConsentRoutes(app, state)
    addInspectorRoutes(app, loadInspector)
  }
  if (roles.includes('api')) addApiRoutes(app, state)
  app.notFound((context) => respondNotFound(context, state))
  app.onError((error, context) => respondWithError(error, context, state))
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
  return ({ env, req }) => {
    env.trace.refusal = wrongMethod(req.method, allow)
    const body = apiErrorBody(405, 'Method Not Allowed', env.requestId)
    return Response.json(body, { status: 405, headers: { allow } })
  }
}

function refuseMethodOfPage(allow: string): Handler<AppEnvironment> {
  return async ({ env, req }) => {
    env.trace.refusal = wrongMethod(req.method, allow)
    const response = await errorPage(
      new PageError('This page does not support that method.', { status: 405 }),
    )
    response.headers.set('allow', allow)
    return response
  }
}

function wrongMethod(method: string, allow: string): Refusal {
  const text = `Send ${allow.replaceAll(', ', ' or ')}, not ${method}.`
  return { reason: 'Method Not Allowed', text }
}

function respondNotFound(context: AppContext, state: ServerState): Promise<Response> {
  const { path } = context.req
  const explanation = explainUnknownPath(path)
  const error = /^\/(?:v1|api)\//.test(path)
    ? new ApiError(404, 'Not Found', { text: explanation })
    : new PageError('There is no such page.', { status: 404, explanation })
  return respondWithError(error, context, state)
}

async function respondWithError(
  error: Error,
  { env, req }: AppContext,
  state: ServerState,
): Promise<Response> {
  env.trace.refusal = refusalOf(error)
  env.trace.login ??= findLogin([req.url, await req.text(), ...credentialHeaders(req)], state)
  if (error instanceof PageError) return errorPage(error)
  if (error instanceof OAuthError) return Response.json(error, { status: error.status })
  const { status, message } = error instanceof ApiError ? error : new ApiError(500, 'The emulator failed.')
  const headers = status === 401 ? { 'www-authenticate': 'Bearer' } : undefined
  return Response.json(
    apiErrorBody(status, message, env.requestId),
    headers ? { status, headers } : { status },
  )
}

function credentialHeaders({ raw }: AppContext['req']): readonly string[] {
  return ['authorization', 'x-api-key'].map((name) => raw.headers.get(name) ?? '')
}

function refusalOf(error: Error): Refusal {
  const { message: reason } = error
  if (error instanceof PageError) {
    const { parameter: name, detail: sent, expected, explanation: text } = error
    return name === null ? { reason, text } : { reason, text, mismatch: { name, sent, expected } }
  }
  return error instanceof OAuthError || error instanceof ApiError
    ? { ...error.explanation, reason }
    : { reason }
}
