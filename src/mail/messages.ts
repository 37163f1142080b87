// The mails, of fixed wording: what a person reads and can act on. Nothing that others wrote stands in a code mail; an
// invite quotes the workspace's name, defused so that no mail program makes a link of it.

export type Mail =
  | { readonly kind: 'sign-in code'; readonly to: string; readonly code: string; readonly expiresAt: number }
  | { readonly kind: 'step-up code'; readonly to: string; readonly code: string; readonly expiresAt: number }
  | { readonly kind: 'invite'; readonly to: string; readonly workspaceName: string }

export interface Message {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

const NAME_CHARACTERS_MAX = 60

/** Whether the code in it is dead, so that it would only mislead; `now` in seconds. */
export function isExpired(mail: Mail, now: number): boolean {
  return 'expiresAt' in mail && mail.expiresAt <= now
}

/** `url` is the server's public address, from its configuration. */
export function messageOf(mail: Mail, url: string): Message {
  if (mail.kind === 'sign-in code')
    return codeMessage(mail, 'Your sign-in code for crmkit', [
      'Somebody, most likely you or your agent, is signing in to crmkit with this address. The code is:',
      `Give it only to an agent that you asked to sign in. If you did not ask for it, ignore this mail: without the code nobody can sign in. (Server: ${url})`,
    ])
  if (mail.kind === 'step-up code')
    return codeMessage(mail, 'Confirm a change in crmkit', [
      'Your agent is about to make a change in crmkit that needs your consent: it makes somebody an administrator, or deletes a workspace with all its data. If you want that, give it this code:',
      `If you do not know of such a change, do not pass the code on, and revoke tokens that you do not know: GET /tokens, DELETE /tokens/{id}. (Server: ${url})`,
    ])
  return invitation(mail, url)
}

function codeMessage(
  { to, code, expiresAt }: { to: string; code: string; expiresAt: number },
  subject: string,
  [before, after]: readonly [string, string],
): Message {
  // It leaves only while the code lives, which is minutes: the time of day says which.
  const until = `It works once, until ${new Date(expiresAt * 1000).toISOString().slice(11, 16)} UTC.`
  return {
    ...{ to, subject },
    text: wrapped([before, `    ${code}`, until, after]),
    html: page([
      paragraph(before),
      `<p style="font:600 28px/1.4 ui-monospace,Menlo,Consolas,monospace;letter-spacing:3px;margin:24px 0">${escaped(code)}</p>`,
      paragraph(until),
      paragraph(after),
    ]),
  }
}

function invitation({ to, workspaceName }: { to: string; workspaceName: string }, url: string): Message {
  const name = harmless(workspaceName)
  const invited = name
    ? `You are invited to the workspace “${name}” in crmkit, a CRM that AI agents drive.`
    : 'You are invited to a workspace in crmkit, a CRM that AI agents drive.'
  const how = `To join, sign in with this address: have your agent read ${url}/help and sign you in. You will be asked for a code that is mailed to you.`
  const not = 'If you do not want to join, do nothing.'
  return {
    ...{ to, subject: 'You are invited to a workspace in crmkit' },
    text: wrapped([invited, how, not]),
    html: page([invited, how, not].map(paragraph)),
  }
}

/** Letters, digits and a little punctuation: nothing that makes a link, a mark-up or another direction of writing. */
export function harmless(name: string): string {
  const kept = name.replace(/[^\p{L}\p{N}\p{M}'’&,()-]+/gu, ' ').trim()
  const characters = [...kept]
  return characters.length <= NAME_CHARACTERS_MAX ? kept : `${characters.slice(0, NAME_CHARACTERS_MAX - 1).join('')}…`
}

function wrapped(paragraphs: readonly string[]): string {
  return `${paragraphs.join('\n\n')}\n`
}

function page(parts: readonly string[]): string {
  return `<!doctype html><html lang="en"><body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;max-width:560px">${parts.join('')}</body></html>`
}

function paragraph(text: string): string {
  return `<p>${escaped(text)}</p>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
