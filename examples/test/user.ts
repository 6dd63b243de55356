/** Opens a link and presses Allow, as a user with a browser does. Returns the code#state that the page then shows. */
export async function allowAccess(link: string): Promise<string> {
  const page = await (await fetch(link)).text()
  const consent = /name="consent" value="([\w-]+)"/.exec(page)?.[1] ?? ''
  const shown = await fetch(link, {
    method: 'POST',
    body: new URLSearchParams({ consent, decision: 'allow' }),
  })
  const { searchParams } = new URL(shown.url)
  const response = `${searchParams.get('code')}#${searchParams.get('state')}`
  if (!(await shown.text()).includes(response)) throw new Error('The code page does not show code#state')
  return response
}
