/** @throws TypeError when `app` can't be the name of a program */
export function checkedApp(app: string | undefined): string | undefined {
  if (app === undefined || (typeof app === 'string' && app !== '' && !app.includes('\0'))) return app
  throw new TypeError('`app` must be the name or path of a browser')
}
