import type { AppContext, ServerState } from '../authorization-server/server-state.ts'
import { authenticateApiRequest } from './api-authentication.ts'
import { jsonResponse } from '../authorization-server/json-response.ts'

const MODELS = [
  {
    type: 'model',
    id: 'claude-opus-5-5',
    display_name: 'Claude Opus 5.5',
    created_at: '2026-09-01T00:00:00Z',
  },
  {
    type: 'model',
    id: 'claude-sonnet-5-5',
    display_name: 'Claude Sonnet 5.5',
    created_at: '2026-08-01T00:00:00Z',
  },
  {
    type: 'model',
    id: 'claude-haiku-5-5',
    display_name: 'Claude Haiku 5.5',
    created_at: '2026-07-01T00:00:00Z',
  },
] as const

/** Handles `GET /v1/models`: returns one page with a few models. */
export function handleModelsRequest(context: AppContext, state: ServerState): Response {
  authenticateApiRequest(context, state)
  return jsonResponse({ data: MODELS, has_more: false, first_id: MODELS[0].id, last_id: MODELS[2].id })
}
