import type { Fault, FaultEndpoint } from '../faults/fault.ts'

/** A fault to choose in the inspector. */
export interface FaultPreset {
  readonly title: string
  readonly fault: Fault
}

/** The endpoints in words. */
export const ENDPOINT_TITLES: Readonly<Record<FaultEndpoint, string>> = {
  token: 'Token endpoint',
  apiKey: 'API key creation',
  profile: 'Profile',
  revoke: 'Revocation',
  messages: 'Messages',
}

/** The faults to choose from, the most usual first. */
export const FAULT_PRESETS: readonly FaultPreset[] = [
  { title: '429, try again in 5 s', fault: { type: 'rate_limit', retryAfter: 5 } },
  { title: '429 without Retry-After', fault: { type: 'rate_limit' } },
  { title: '500, server error', fault: { type: 'server_error' } },
  { title: '529, overloaded', fault: { type: 'server_error', status: 529 } },
  { title: '403 web page of a proxy', fault: { type: 'html', status: 403 } },
  { title: '502 web page of a proxy', fault: { type: 'html', status: 502 } },
  { title: 'Response after 5 s', fault: { type: 'delay', ms: 5000 } },
  { title: 'Response byte by byte', fault: { type: 'drip', intervalMs: 100 } },
  { title: 'No response', fault: { type: 'no_answer' } },
  { title: 'Connection reset, nothing done', fault: { type: 'reset_before' } },
  { title: 'Connection reset, request done', fault: { type: 'reset_after' } },
  { title: 'Redirect (307)', fault: { type: 'redirect', location: 'https://example.com/' } },
  { title: 'Body that is not JSON', fault: { type: 'body', body: '{"access_token":' } },
  { title: 'Empty JSON object', fault: { type: 'body', body: '{}' } },
  { title: 'Body of 16 MiB', fault: { type: 'oversize', bytes: 16_777_216 } },
  { title: 'Small gzip body, 1 GiB unpacked', fault: { type: 'gzip_bomb', bytes: 1_073_741_824 } },
  { title: 'Response without expires_in', fault: { type: 'changed_answer', omit: ['expires_in'] } },
  {
    title: 'Scope org:create_api_key dropped',
    fault: { type: 'dropped_scope', scopes: ['org:create_api_key'] },
  },
  { title: 'Refresh token not rotated', fault: { type: 'no_rotation' } },
  { title: 'Wrong organization', fault: { type: 'other_organization' } },
  { title: 'Wrong workspace', fault: { type: 'other_workspace' } },
  { title: 'Subscription token refused', fault: { type: 'subscription_refused' } },
  { title: 'Organization must be verified', fault: { type: 'verification_required' } },
]

/** Returns the name of a fault as the inspector lists it. */
export function titleOf(fault: Fault): string {
  const text = JSON.stringify(fault)
  return FAULT_PRESETS.find((preset) => JSON.stringify(preset.fault) === text)?.title ?? text
}
