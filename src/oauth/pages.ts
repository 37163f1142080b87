// The sign-in page in all its states: the only HTML of crmkit. It works without script, by keyboard, and read aloud.

import { type Html, html } from './html.ts'
import type { Destination } from './redirects.ts'
import type { Access } from './resource.ts'
import { style } from './style.ts'

/** What every step of a request shows and sends. */
export interface PageFacts {
  readonly clientName: string
  readonly destination: Destination
  /** Where the forms go. */
  readonly action: string
  readonly formKey: string
  /** What went wrong with the last try, as a sentence that says what to do. */
  readonly problem?: string
}

export function emailPage(facts: PageFacts, typed = ''): string {
  const { clientName, problem } = facts
  return document({
    ...{ title: 'Sign in', problem, asks: true },
    body: html`<h1>Sign in to connect ${app(clientName)}</h1>
<p>An app calling itself ${app(clientName)} wants to work in your CRM. ${returns(facts.destination)}</p>
${alert(problem)}
${form(
  facts,
  'email',
  html`<label class="field" for="email">Your e-mail address</label>
<input type="email" id="email" name="email" value="${typed}" required maxlength="254" autocomplete="email" autocapitalize="none" spellcheck="false" autofocus ${invalid(problem, 'email-hint')}>
<p class="hint" id="email-hint">You get a code by mail. There is no password.</p>
<div class="actions"><button class="main" type="submit">Continue</button></div>`,
)}
${cancel(facts)}`,
  })
}

export interface CodeFacts {
  readonly email: string
  /** The code is on the terminal of this machine, as no mail leaves it. */
  readonly localMode: boolean
  /** The full keyboard instead of digits: after many wrong guesses, codes have letters. */
  readonly letters: boolean
  readonly sentAgain: boolean
}

export function codePage(facts: PageFacts, { email, localMode, letters, sentAgain }: CodeFacts): string {
  const { problem } = facts
  const where = localMode
    ? html`<p>This crmkit sends no mail. It printed a code for <strong><bdi>${email}</bdi></strong> on the terminal in which it runs.</p>`
    : html`<p>If <strong><bdi>${email}</bdi></strong> may sign in here, a code is on its way to it. It is good for 10 minutes.</p>`
  const again = localMode
    ? 'If fewer than three codes wait, a new one was printed. Any of them works once.'
    : 'If fewer than three codes wait, a new one is on its way. Any of them works once.'
  return document({
    ...{ title: 'Enter the code', problem, asks: true },
    body: html`<h1>${localMode ? 'Look at the terminal' : 'Check your mail'}</h1>
${where}
${sentAgain && !problem && html`<p class="note" role="status">${again}</p>`}
${alert(problem)}
${form(
  facts,
  'code',
  html`<label class="field" for="code">Code</label>
<input type="text" class="code${letters && ' letters'}" id="code" name="code" required maxlength="40" inputmode="${letters ? 'text' : 'numeric'}" autocomplete="one-time-code" autocapitalize="none" autocorrect="off" spellcheck="false" autofocus ${invalid(problem, 'code-hint')}>
<p class="hint" id="code-hint">Never give this code to anybody, whoever asks.</p>
<div class="actions"><button class="main" type="submit">Continue</button></div>`,
)}
<div class="links">
${form(facts, 'resend', html`<button type="submit">Send a new code</button>`)}
${form(facts, 'back', html`<button type="submit">Use another address</button>`)}
${!letters && html`<a href="${facts.action}&amp;letters=yes">My code has letters</a>`}
</div>
${cancel(facts)}`,
  })
}

export interface ConsentFacts {
  readonly email: string
  /** The most that the app asks for. */
  readonly asked: Access
  readonly workspaces: readonly { readonly id: string; readonly name: string; readonly role: string }[]
  readonly chosen: {
    /** The id of a workspace, or `new`. */
    readonly workspace: string
    readonly workspaceName: string
    readonly access: Access
    readonly maySwitch: boolean
  }
}

export function consentPage(facts: PageFacts, { email, asked, workspaces, chosen }: ConsentFacts): string {
  const { clientName, destination, problem } = facts
  const radio = (name: string, value: string, id: string, checked: boolean) =>
    html`<input type="radio" name="${name}" value="${value}" id="${id}" ${checked && CHECKED} required>`
  const isNew = chosen.workspace === 'new'
  return document({
    ...{ title: 'Allow access', problem, asks: true },
    body: html`<h1>Let ${app(clientName)} work in your CRM?</h1>
${warning(destination)}
${alert(problem)}
<dl>
<div><dt>App</dt><dd>An app calling itself ${app(clientName)}</dd></div>
<div><dt>Returns to</dt><dd><strong><bdi>${destination.host}</bdi></strong>${PLACES[destination.kind]}</dd></div>
<div><dt>Signed in as</dt><dd><bdi>${email}</bdi></dd></div>
</dl>
${form(
  facts,
  'consent',
  html`<fieldset class="choices"><legend>Workspace</legend>
${workspaces.map(
  (
    { id, name, role },
    at,
  ) => html`<label class="choice">${radio('workspace', id, `workspace-${at}`, chosen.workspace === id)}<span><b><bdi>${name}</bdi></b><span>You are ${role === 'admin' ? 'an admin' : 'a member'}</span></span></label>
`,
)}<label class="choice">${radio('workspace', 'new', 'workspace-new', isNew)}<span><b>A new workspace</b><span>Empty, and yours</span></span></label>
<div class="new-name"><label class="field" for="workspace-name">Name of the new workspace</label>
<input type="text" id="workspace-name" name="workspace_name" value="${chosen.workspaceName}" maxlength="100" autocomplete="off" ${isNew && problem !== undefined && html`autofocus `}${isNew && invalid(problem)}></div>
</fieldset>
<fieldset class="choices"><legend>What the app may do</legend>
${
  asked === 'write' &&
  html`<label class="choice">${radio('access', 'write', 'access-write', chosen.access === 'write')}<span><b>Read and write</b><span>Find, add, change and delete records; invite and remove members where you are an admin</span></span></label>
`
}<label class="choice">${radio('access', 'read', 'access-read', chosen.access === 'read')}<span><b>Read only</b><span>Find records, and change nothing</span></span></label>
</fieldset>
<fieldset><legend>Other workspaces</legend>
<label class="choice alone"><input type="checkbox" name="may_switch" value="yes" id="may-switch" ${chosen.maySwitch && CHECKED}><span><b>May switch workspaces</b><span>Act in all of yours, and list, make and revoke your tokens</span></span></label>
</fieldset>
<div class="actions pair"><button class="main" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" formnovalidate>Do not allow</button></div>`,
)}
<p class="hint">You can take this back at any time: let an agent that you signed in yourself revoke the token that is named after this app.</p>`,
  })
}

/** A page without a form: what happened, and what to do. */
export function messagePage(title: string, sentences: readonly string[]): string {
  return document({
    ...{ title, asks: false },
    body: html`<h1>${title}</h1>
${sentences.map((sentence) => html`<p>${sentence}</p>`)}`,
  })
}

/** Titles begin with "Error" where something went wrong, so that a screen reader says it first. */
interface Document {
  readonly title: string
  readonly problem?: string
  readonly body: Html
  /** Whether something is to be typed. */
  readonly asks: boolean
}

function document({ title, problem, body, asks }: Document): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${OWN_REFERRER}
<title>${problem && 'Error: '}${title} – crmkit</title>
<style>${{ html: style }}</style>
</head>
<body>
<div class="column">
<p class="brand"><b>crm</b>kit</p>
<main>
${body}
</main>
${asks && FOOTER}
</div>
</body>
</html>
`
  return page.html
}

/** The header says no-referrer; our own forms must still carry Origin, which that would turn into `null`. */
const OWN_REFERRER = html`<meta name="referrer" content="same-origin">`
const FOOTER = html`<footer>Check that the address bar shows the crmkit that you know, before you type anything.</footer>`
const CHECKED = html`checked`

const PLACES: Readonly<Record<Destination['kind'], string>> = {
  known: '',
  editor: ', an editor on this computer',
  'this computer': ', a program on this computer',
  unknown: '',
}

function app(name: string): Html {
  return html`“<bdi>${name}</bdi>”`
}

function returns({ host, kind }: Destination): Html {
  return html`It will take you back to <strong><bdi>${host}</bdi></strong>${PLACES[kind]}.`
}

function warning({ host, kind }: Destination): Html | undefined {
  if (kind !== 'unknown') return undefined
  return html`<p class="care"><strong>crmkit does not know <bdi>${host}</bdi>.</strong> Go on only if you came from there just now and trust it with your data.</p>`
}

function alert(problem: string | undefined): Html | undefined {
  return problem === undefined ? undefined : html`<p class="alert" role="alert" id="problem">${problem}</p>`
}

/** What tells a screen reader that a field is at fault, and which words belong to it. */
function invalid(problem: string | undefined, hint?: string): Html {
  const words = [...(problem === undefined ? [] : ['problem']), ...(hint === undefined ? [] : [hint])]
  const described = words.length > 0 && html`aria-describedby="${words.join(' ')}"`
  return html`${problem !== undefined && html`aria-invalid="true" `}${described}`
}

function form({ action, formKey }: PageFacts, step: string, fields: Html): Html {
  return html`<form method="post" action="${action}"><input type="hidden" name="step" value="${step}"><input type="hidden" name="form_key" value="${formKey}">
${fields}
</form>`
}

function cancel(facts: PageFacts): Html {
  return html`<div class="links">${form(facts, 'cancel', html`<button type="submit">Cancel and go back</button>`)}</div>`
}
