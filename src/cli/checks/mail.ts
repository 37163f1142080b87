// Does the mail server take us?

import { type Finding, findingsOf } from './finding.ts'

const { ok, note, fault } = findingsOf('mail')
const WAIT_MILLISECONDS_MAX = 10_000

/** Connects and signs in to the server of `smtp://user:password@host:port`, and sends nothing. */
export async function checkMail(smtpUrl: string | undefined): Promise<Finding[]> {
  if (smtpUrl === undefined)
    return [
      note(
        'Local mode: no mail server is configured; codes are shown on this terminal.',
        'To serve others: CRMKIT_SMTP_URL',
      ),
    ]
  const { hostname, port } = new URL(smtpUrl)
  const place = `${hostname}${port && `:${port}`}`
  const { default: nodemailer } = await import('nodemailer')
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    ...{ connectionTimeout: WAIT_MILLISECONDS_MAX, greetingTimeout: WAIT_MILLISECONDS_MAX },
    socketTimeout: WAIT_MILLISECONDS_MAX,
  })
  try {
    await transport.verify()
    return [ok(`The mail server ${place} takes us.`)]
  } catch (error) {
    const { code, responseCode } = error as { code?: string; responseCode?: number }
    return [
      fault(
        `The mail server ${place} does not: ${responseCode ?? code ?? 'no answer'}.`,
        hints[code ?? ''] ?? hints.other!,
      ),
    ]
  } finally {
    transport.close()
  }
}

const hints: Readonly<Record<string, string>> = {
  EAUTH: 'Check user and password in CRMKIT_SMTP_URL; write special characters percent-encoded.',
  EDNS: 'The name is unknown. Check the host in CRMKIT_SMTP_URL.',
  ESOCKET: 'Nothing listens there, or a firewall is between. Check host and port: 587 (STARTTLS) or smtps://…:465.',
  ETIMEDOUT: 'Nothing answers in 10 seconds. Many hosts block outgoing port 25; try 587 or 465.',
  other:
    'Check CRMKIT_SMTP_URL: smtp://user:password@host:port. Sign-in waits for mail: without it nobody gets a code.',
}
