import { Hono, type Context } from 'hono'
import { PageError, errorPage } from '../pages/error-page.ts'
import { act } from './actions.ts'
import type { InspectedServer } from './inspected-server.ts'
import { inspectorPage } from './inspector-page.ts'
import { LiveUpdates } from './live-updates.ts'
import { isFromOwnPage, mayRead } from './own-page.ts'

/** The emulator's own web page. */
export type Inspector = Hono

/** Creates the app of the inspector: a page, a stream that keeps it up to date, and the actions of its buttons. */
export function createInspector(server: InspectedServer): Inspector {
  const inspector = new Hono()
  const updates = new LiveUpdates(server)
  inspector.get('/', async () => {
    const response = await inspectorPage(server)
    // Without a referrer, browsers send no Origin with a form, by which the actions know their own page.
    response.headers.set('referrer-policy', 'same-origin')
    return response
  })
  inspector.get('/inspector/events', ({ req }) =>
    mayRead(req.raw.headers, server.url) ? updates.subscribe() : new Response(null, { status: 403 }),
  )
  inspector.post('/inspector/actions', (context) => handleAction(context, server, updates))
  inspector.notFound(() => errorPage(new PageError('There is no such page.', { status: 404 })))
  return inspector
}

async function handleAction(
  { req, redirect }: Context,
  server: InspectedServer,
  updates: LiveUpdates,
): Promise<Response> {
  if (!isFromOwnPage(req.raw.headers, server.url)) {
    return new Response('Only the page of the emulator itself can do this.\n', { status: 403 })
  }
  try {
    act(server, new URLSearchParams(await req.text()))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return new Response(`${error.message}\n`, { status: 400 })
  }
  await updates.sendAll()
  return redirect('/', 303)
}
