export { login } from './login.ts'

export type { CodeRequest, LoginOptions } from './login-options.ts'
export type { LoginProgress } from './login-progress.ts'
export type { OpenUrl } from './login-browser.ts'
