// For the packages of this workspace: not a public API, and it may change in any release.
export { reportProgress, sentences } from './login-progress.ts'
