import type { AppContext, ServerState } from '../authorization-server/server-state.ts'
import { requireBearer } from './api-authentication.ts'
import { jsonResponse } from '../authorization-server/json-response.ts'

/** Handles `GET /api/oauth/profile`: returns the signed-in user for a token with `user:profile`. */
export function handleProfileRequest(context: AppContext, state: ServerState): Response {
  const { account } = state
  const { mode, organization } = requireBearer(context, state, ['user:profile']).session
  const isSubscription = mode === 'max'
  return jsonResponse({
    account: {
      uuid: account.uuid,
      email: account.email,
      full_name: account.fullName,
      display_name: account.displayName,
    },
    organization: {
      uuid: organization.uuid,
      name: organization.name,
      organization_type: isSubscription ? 'claude_max' : 'api',
      rate_limit_tier: isSubscription ? 'default_claude_max_5x' : 'default',
    },
  })
}
