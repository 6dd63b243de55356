import { ACCOUNT, ORGANIZATION } from './account.ts'
import { requireBearer } from './api-authentication.ts'
import type { AppContext, ServerState } from './server-environment.ts'

/** Answers `GET /api/oauth/profile`: who is signed in, for a token with `user:profile`. */
export function answerProfileRequest(context: AppContext, { sessions }: ServerState): Response {
  const { request } = requireBearer(context.req, sessions, 'user:profile').session
  const isSubscription = request.mode === 'max'
  return context.json({
    account: {
      uuid: ACCOUNT.uuid,
      email: ACCOUNT.email,
      full_name: ACCOUNT.fullName,
      display_name: ACCOUNT.displayName,
    },
    organization: {
      uuid: request.organizationId ?? ORGANIZATION.uuid,
      name: ORGANIZATION.name,
      organization_type: isSubscription ? 'claude_max' : 'api',
      rate_limit_tier: isSubscription ? 'default_claude_max_5x' : 'default',
    },
  })
}
