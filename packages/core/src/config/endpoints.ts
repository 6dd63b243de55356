/** The absolute URLs of an authorization server: https, or http on a loopback host. */
export interface Endpoints {
  /** The consent page of each mode (RFC 6749, section 3.1). */
  readonly authorize: { readonly max: string; readonly console: string }
  /** Exchanges codes and refresh tokens (RFC 6749, section 3.2). */
  readonly token: string
  /** Creates API keys. */
  readonly apiKey: string
  /** Describes the account that is logged in. Undocumented. */
  readonly profile: string
  /** Revokes tokens (RFC 7009). Undocumented. */
  readonly revoke: string
  /** The hosted page that shows `code#state` to the user: the redirect URI of a login without a loopback server. */
  readonly codePage: string
}

/** Endpoints that replace the default ones. A string as `authorize` applies to both modes. */
export interface EndpointOverrides extends Optional<Omit<Endpoints, 'authorize'>> {
  readonly authorize?: string | Optional<Endpoints['authorize']> | undefined
}

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** The client id of the Rust crate `anthropic-auth`, in all its versions: a public client without a secret. */
export const DEFAULT_CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e'

/** The scopes that both modes request by default, as in version 0.1 of the Rust crate. Version 0.2 requests three more. */
export const DEFAULT_SCOPES: readonly string[] = Object.freeze([
  'org:create_api_key',
  'user:profile',
  'user:inference',
])

/** The endpoints of the default client id, as of November 2026. */
export const defaultEndpoints: Endpoints = /* @__PURE__ */ freezeEndpoints({
  authorize: {
    max: 'https://claude.ai/oauth/authorize',
    console: 'https://platform.claude.com/oauth/authorize',
  },
  token: 'https://platform.claude.com/v1/oauth/token',
  apiKey: 'https://api.anthropic.com/api/oauth/claude_cli/create_api_key',
  profile: 'https://api.anthropic.com/api/oauth/profile',
  revoke: 'https://platform.claude.com/v1/oauth/token/revoke',
  codePage: 'https://platform.claude.com/oauth/code/callback',
})

/**
 * The hosts of version 0.1 of the Rust crate `anthropic-auth`; version 0.2 has those of {@link defaultEndpoints}. Most of
 * them have been shut down since June 2026.
 */
export const legacyEndpoints: Endpoints = /* @__PURE__ */ variantOf(defaultEndpoints, {
  authorize: {
    max: 'https://claude.ai/oauth/authorize',
    console: 'https://console.anthropic.com/oauth/authorize',
  },
  token: 'https://console.anthropic.com/v1/oauth/token',
  codePage: 'https://console.anthropic.com/oauth/code/callback',
})

/** Tokens and the API on one host, `api.anthropic.com`, as in the official SDK and `ant`. Profile files use these. */
export const platformApiEndpoints: Endpoints = /* @__PURE__ */ variantOf(defaultEndpoints, {
  token: 'https://api.anthropic.com/v1/oauth/token',
  revoke: 'https://api.anthropic.com/v1/oauth/token/revoke',
})

/** Its calls are marked as pure above, so that bundlers drop the endpoints that a page doesn't use. */
function freezeEndpoints(endpoints: Endpoints): Endpoints {
  return Object.freeze({ ...endpoints, authorize: Object.freeze({ ...endpoints.authorize }) })
}

function variantOf(endpoints: Endpoints, changes: Partial<Endpoints>): Endpoints {
  return freezeEndpoints({ ...endpoints, ...changes })
}
