// For browsers: the page calls this.
import { runChecks } from './run-checks.ts'

Object.assign(globalThis, { runChecks })
