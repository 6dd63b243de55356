// Creates a client, makes no call, and ends.
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

const client = new BlockingOAuthClient()
console.log(client.startFlow('console').mode)
