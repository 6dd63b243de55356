import { describe, expect, it } from 'vitest'
import { brokenSiteLinks } from './broken-site-links.ts'

const OTHER = '<h2 id="here">Here</h2>'

describe('brokenSiteLinks()', () => {
  it('follows links to pages, folders, files, headings and other sites', () => {
    const page = `<a href="other#here"></a><a href="/other"></a><a href="./"></a><img src="/logo.svg"><a href="https://example.com/x"></a><a href="#top" id="top"></a>`
    const files = new Map([
      ['index.html', ''],
      ['page.html', page],
      ['other.html', OTHER],
      ['logo.svg', ''],
    ])

    expect(brokenSiteLinks(files)).toEqual([])
  })

  it('names the page and the link', () => {
    const files = new Map([
      ['a/page.html', '<a href="../other#there"></a><a href="missing"></a><img src="/logo.svg">'],
      ['other.html', OTHER],
    ])

    expect(brokenSiteLinks(files)).toEqual([
      'a/page.html links to ../other#there',
      'a/page.html links to missing',
      'a/page.html links to /logo.svg',
    ])
  })

  it('refuses links that leave the base of the site', () => {
    const files = new Map([['page.html', '<a href="/base/page"></a><a href="/page"></a>']])

    expect(brokenSiteLinks(files, '/base/')).toEqual(['page.html links to /page'])
  })
})
