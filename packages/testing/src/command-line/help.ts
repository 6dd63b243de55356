/** The text of `--help`. */
export const HELP = `Run an emulator of Claude's OAuth 2.0 login, and watch your login in the browser.

Usage: anthropic-auth-emulator [options]

  --port NUMBER                the port on 127.0.0.1 (default: any free port)
  --open                       open the inspector in the browser
  --client ID=REDIRECT_URI...  add a client; repeat it for more clients or redirect
                               URIs. On loopback, the port * allows any port
  --workspace ID               the workspace of the account (default: default)
  --token-lifetime DURATION    the lifetime of access tokens (default: 8h)
  --login-lifetime DURATION    the lifetime of a login, however often it is refreshed
                               (default: unlimited)
  --separate-api-origin        serve the token endpoint and the API on another port
  --version                    print the version
  --help                       print this text

A duration is a number of seconds, or a number with s, m, h or d: 90, 30s, 10m, 2h, 30d.

Examples:
  anthropic-auth-emulator --port 8484 --open
  anthropic-auth-emulator --token-lifetime 30s
  anthropic-auth-emulator --client 'my-app=http://localhost:*/callback'

The emulator runs until you press Ctrl-C. Its logins, tokens and keys stop
working then.
`
