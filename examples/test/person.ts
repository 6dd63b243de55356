/** Opens a link and presses Allow, as a person with a browser does; returns the code#state that is then shown. */
export async function allowAccess(link: string): Promise<string> {
  const page = await (await fetch(link)).text()
  const consent = /name="consent" value="([\w-]+)"/.exec(page)?.[1] ?? ''
  const shown = await fetch(link, {
    method: 'POST',
    body: new URLSearchParams({ consent, decision: 'allow' }),
  })
  const { searchParams } = new URL(shown.url)
  const answer = `${searchParams.get('code')}#${searchParams.get('state')}`
  if (!(await shown.text()).includes(answer)) throw new Error('The code page does not show the answer')
  return answer
}
