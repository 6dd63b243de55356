// For the packages of this workspace: not a public API, and it may change in any release.
export { MAYBE_PROCESSED_HINT } from './error/error-hint.ts'
export { readJsonResponse } from './http/http-response.ts'
export { type HttpRequest, send } from './http/http-client.ts'
export { errorSigns } from './http/network-error.ts'
export { endpointProblem, isLoopback } from './syntax/url-rules.ts'
export { findNodeBuiltin, requireNodeBuiltin } from './node-builtin.ts'
export { assertFunction, assertSignal, memberOf, membersOf, readOptions } from './syntax/members.ts'
