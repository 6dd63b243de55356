import type { AppContext, ServerState } from '../authorization-server/server-state.ts'
import { requireBearer } from './api-authentication.ts'
import { readJsonObject } from './json-body.ts'

/** Answers `POST /api/oauth/claude_cli/create_api_key`: a new key, for a token with `org:create_api_key`. */
export async function handleApiKeyRequest(context: AppContext, state: ServerState): Promise<Response> {
  requireBearer(context.req, state, ['org:create_api_key'])
  // Clients in the wild send no body at all, or an empty object.
  if ((await context.req.text()) !== '') await readJsonObject(context.req)
  return context.json({ raw_key: state.sessions.issueApiKey() })
}
