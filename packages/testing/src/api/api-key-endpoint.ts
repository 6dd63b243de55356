import type { AppContext, ServerState } from '../authorization-server/server-state.ts'
import { requireBearer } from './api-authentication.ts'
import { readJsonObject } from './json-body.ts'
import { jsonResponse } from '../authorization-server/json-response.ts'

/** Handles `POST /api/oauth/claude_cli/create_api_key`: creates a key for a token with `org:create_api_key`. */
export async function handleApiKeyRequest(context: AppContext, state: ServerState): Promise<Response> {
  const { session } = requireBearer(context, state, ['org:create_api_key'])
  // Some clients send no body, others an empty object.
  if ((await context.req.text()) !== '') await readJsonObject(context.req)
  return jsonResponse({ raw_key: state.sessions.issueApiKey(session) })
}
