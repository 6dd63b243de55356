// For workerd: the request has the setup, and the response has the results.
import type { CheckSetup } from './check-setup.ts'
import { runChecks } from './run-checks.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runChecks((await request.json()) as CheckSetup))
  },
}
