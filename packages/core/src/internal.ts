// For the packages of this workspace: not a public API, and it may change in any release.
export { MAYBE_PROCESSED_HINT } from './error-hint.ts'
export { readAnswer } from './http-answer.ts'
export { type HttpRequest, send } from './http-client.ts'
export { errorSigns } from './network-error.ts'
export { endpointProblem, isLoopback } from './url-rules.ts'
export { assertFunction, assertSignal, memberOf, membersOf, readOptions } from './members.ts'
