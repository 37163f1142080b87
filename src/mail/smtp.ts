// Hands mails to a mail server over SMTP (RFC 5321), with TLS and a login where the URL says so.

import type { Transporter } from 'nodemailer'
import type { MailSettings } from '../settings/lists.ts'
import type { Message } from './messages.ts'

const CONNECT_MILLISECONDS_MAX = 10_000
const SILENCE_MILLISECONDS_MAX = 30_000
const SEND_MILLISECONDS_MAX = 60_000

export interface Mailer {
  /** Resolves when the mail server has taken it. Throws MailTrouble. */
  readonly send: (message: Message, id: string) => Promise<void>
  readonly close: () => void
}

/** Why a mail did not leave: a short code for the log and `/readyz`, and whether trying again is of use. */
export class MailTrouble extends Error {
  readonly final: boolean

  constructor(why: string, final: boolean) {
    super(why)
    this.final = final
  }
}

/** Connects when the first mail leaves. */
export function smtpMailer({ url, from }: MailSettings): Mailer {
  let opened: Promise<Transporter> | undefined
  const open = async (): Promise<Transporter> => {
    const { default: nodemailer } = await import('nodemailer')
    return nodemailer.createTransport(
      {
        ...{ url, pool: true, maxConnections: 4, disableFileAccess: true, disableUrlAccess: true },
        ...{ connectionTimeout: CONNECT_MILLISECONDS_MAX, greetingTimeout: CONNECT_MILLISECONDS_MAX },
        socketTimeout: SILENCE_MILLISECONDS_MAX,
      } as Parameters<typeof nodemailer.createTransport>[0],
      { disableFileAccess: true, disableUrlAccess: true },
    )
  }
  const host = from.address.split('@')[1]
  return {
    send: async ({ to, subject, text, html }, id) => {
      const mail = {
        ...{ from, to: { name: '', address: to }, subject, text, html },
        // The envelope is explicit: what is sent where never depends on how a header is read.
        envelope: { from: from.address, to: [to] },
        // The same at each attempt, so that a mail program shows one where the answer of the mail server was lost.
        messageId: `<${id}@${host}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      }
      opened ??= open()
      await withinTime((await opened).sendMail(mail)).catch((error) => {
        throw troubleOf(error)
      })
    },
    close: () => void opened?.then((transport) => transport.close()),
  }
}

function withinTime<T>(sending: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MailTrouble('ETIMEDOUT', false)), SEND_MILLISECONDS_MAX)
  })
  return Promise.race([sending, late]).finally(() => clearTimeout(timer))
}

/**
 * Only codes: what a mail server says may quote the mail. A 5xx answer to the recipient or the mail is final; one to us, such as
 * 530 where it wants a login, is a setting that somebody will mend.
 */
function troubleOf(error: unknown): MailTrouble {
  if (error instanceof MailTrouble) return error
  const { code, responseCode, command } = error as { code?: string; responseCode?: number; command?: string }
  const why = [code, responseCode].filter((part) => part !== undefined).join(' ') || 'unknown'
  const about = code === 'EMESSAGE' || (code === 'EENVELOPE' && command !== 'MAIL FROM')
  return new MailTrouble(why, about && responseCode !== undefined && responseCode >= 500)
}
