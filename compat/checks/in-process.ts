// For Node, Deno and Bun: the argument is the setup, and the output has the results.
import { runBlockingChecks } from './blocking-checks.ts'
import type { CheckSetup } from './check-setup.ts'
import { runChecks } from './run-checks.ts'
import { runUmbrellaChecks } from './umbrella-checks.ts'

const setup = JSON.parse(process.argv[2] ?? '') as CheckSetup
const results = await runChecks(setup)
if (setup.emulator !== null) {
  results.push(...(await runBlockingChecks(setup.emulator)), ...(await runUmbrellaChecks(setup.emulator)))
}
console.log(JSON.stringify(results))
