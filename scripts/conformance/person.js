// A person with a browser, as far as the sign-in page needs one: cookies, forms, redirects, and a code from the terminal.

/** Walks the page from an authorization address to where the app waits; `codeFor` says the code of an address. */
export async function allow(authorizeUrl, email, codeFor) {
  const cookies = new Map()
  let page = await visit(cookies, authorizeUrl)
  page = await submit(cookies, page, 'email', { email })
  page = await submit(cookies, page, 'code', { code: codeFor(email) })
  const [, workspace] = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)
  await submit(cookies, page, 'consent', { decision: 'allow', workspace, access: 'write' })
}

async function submit(cookies, { url, text }, step, fields) {
  const forms = [...text.matchAll(/<form method="post" action="([^"]+)">(.*?)<\/form>/gs)]
  const [, action, inner] = forms.find(([, , inner]) => inner.includes(`name="step" value="${step}"`))
  const [, form_key] = /name="form_key" value="([^"]+)"/.exec(inner)
  return visit(cookies, new URL(action, url).href, new URLSearchParams({ step, form_key, ...fields }))
}

async function visit(cookies, url, body) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, ...(body ? { origin: new URL(url).origin } : {}) }
  const response = await fetch(url, { method: body ? 'POST' : 'GET', body, headers, redirect: 'manual' })
  for (const set of response.headers.getSetCookie()) {
    const [name, value] = set.split(';')[0].split('=')
    cookies.set(name, value)
  }
  const location = response.headers.get('location')
  return location ? visit(cookies, new URL(location, url).href) : { url, text: await response.text() }
}
