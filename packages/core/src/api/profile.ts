import type { ResolvedConfig } from '../config/oauth-config.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { type HttpRequest, send } from '../http/http-client.ts'
import { readJsonResponse } from '../http/http-response.ts'
import { MAX_RETRIES } from '../http/retry.ts'
import type { RequestOptions } from '../http/request-options.ts'
import { isJsonObject, type JsonObject } from '../syntax/json-object.ts'
import { membersOf } from '../syntax/members.ts'

/**
 * The account and organization of a login.
 *
 * @experimental The endpoint is undocumented. Values that it leaves out are `null`.
 */
export interface Profile {
  readonly account: { readonly id: string; readonly email: string | null; readonly name: string | null }
  readonly organization: {
    readonly id: string
    readonly name: string | null
    /** Such as `claude_max` or `claude_team`. */
    readonly type: string | null
  } | null
}

/** Requests the profile of the account that the token belongs to. */
export async function getProfile(
  config: ResolvedConfig,
  url: string,
  accessToken: string,
  options: RequestOptions,
): Promise<Profile> {
  const request: HttpRequest = {
    name: 'profile endpoint',
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${accessToken}` },
    secrets: [accessToken],
    repeatable: true,
    retries: MAX_RETRIES,
  }
  return readProfile(readJsonResponse(await send(request, config, options), request))
}

function readProfile(body: JsonObject): Profile {
  const account = readAccount(member(body, 'account'))
  return Object.freeze({ account, organization: readOrganization(member(body, 'organization')) })
}

function readAccount(account: JsonObject): Profile['account'] {
  const id = text(account, 'uuid')
  if (id === null) {
    throw new AnthropicAuthError(
      'invalid_token_response',
      'The response of the profile endpoint has no valid account',
      { reason: 'account' },
    )
  }
  const name = text(account, 'full_name') ?? text(account, 'display_name')
  return Object.freeze({ id, email: text(account, 'email'), name })
}

function readOrganization(organization: JsonObject): Profile['organization'] {
  const id = text(organization, 'uuid')
  if (id === null) return null
  return Object.freeze({
    id,
    name: text(organization, 'name'),
    type: text(organization, 'organization_type'),
  })
}

function member(body: JsonObject, key: string): JsonObject {
  const value = body[key]
  return membersOf(isJsonObject(value) ? value : {})
}

function text(object: JsonObject, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' && value !== '' ? value : null
}
