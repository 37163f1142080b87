// Sends what is in the outbox: at once when a mail was put there, and again and again while the mail server is down.

import { setTimeout as aMoment } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Database } from '../store/dialect.ts'
import { secondsOf } from '../text/times.ts'
import { isExpired, messageOf } from './messages.ts'
import { type Claimed, claimMails, isMailDue, markRefused, markSent, postpone } from './outbox.ts'
import { type Mailer, MailTrouble } from './smtp.ts'

const AT_ONCE_MAX = 4
/**
 * A mail leaves so long after it was asked for. At once its claim would be written before the request is answered, whose time
 * would tell that a mail leaves, and so whether the address may sign in.
 */
const AFTER_ANSWER_MILLISECONDS = 50
/** How often somebody looks for mails whose pause is over, or that another node left behind. */
const LOOK_MILLISECONDS = 1_000
/** A mail server that hangs is not waited for any longer at the end: its mails wait for another node, or the next start. */
const STOP_MILLISECONDS_MAX = 5_000

export interface Sending {
  /** Looks now: something was put into the outbox. */
  readonly poke: () => void
  /** Stops looking; resolves when what is being sent was handed over, or was not within a few seconds. */
  readonly stop: () => Promise<void>
}

export interface SendingDependencies {
  readonly database: Database
  readonly mailer: Mailer
  readonly secret: string
  readonly now: () => number
  readonly log: Logger
  readonly publicUrl: () => string
}

export function startSending(deps: SendingDependencies): Sending {
  const sending = new Set<Promise<void>>()
  let claiming: Promise<void> | undefined
  let again = false
  let stopped = false
  const look = () => {
    if (stopped) return
    if (claiming) again = true
    else
      claiming = logged(deps, claim()).finally(() => {
        claiming = undefined
        if (again) {
          again = false
          look()
        }
      })
  }
  /** Each on its own: one that the mail server takes its time over keeps none but itself. */
  const claim = async () => {
    const now = secondsOf(deps.now())
    const free = AT_ONCE_MAX - sending.size
    if (free === 0 || !(await isMailDue(deps.database.read, now))) return
    for (const claimed of await deps.database.write((db) => claimMails(db, deps.secret, now, free))) {
      const sent = logged(deps, sendOne(deps, claimed)).finally(() => {
        sending.delete(sent)
        look()
      })
      sending.add(sent)
    }
  }
  const ended = async () => {
    await claiming
    await Promise.all(sending)
  }
  const timer = setInterval(look, LOOK_MILLISECONDS)
  let soon: NodeJS.Timeout | undefined
  return {
    poke: () => {
      soon ??= setTimeout(() => {
        soon = undefined
        look()
      }, AFTER_ANSWER_MILLISECONDS).unref()
    },
    stop: async () => {
      stopped = true
      clearInterval(timer)
      clearTimeout(soon)
      await Promise.race([ended(), aMoment(STOP_MILLISECONDS_MAX, undefined, { ref: false })])
      deps.mailer.close()
    },
  }
}

function logged({ log }: SendingDependencies, job: Promise<void>): Promise<void> {
  return job.catch((error) => log.error({ err: error }, 'mail_outbox_unreachable'))
}

async function sendOne({ database, mailer, log, now, publicUrl }: SendingDependencies, claimed: Claimed) {
  const { id, mail } = claimed
  if (!mail) {
    log.error({ mail: id }, 'mail_unreadable')
    return database.write((db) => markRefused(db, id, 'sealed under another secret'))
  }
  if (isExpired(mail, secondsOf(now()))) {
    log.error({ mail: id, kind: mail.kind, attempts: claimed.attempts }, 'mail_expired')
    return database.write((db) => markRefused(db, id, 'its code had expired before it could be sent'))
  }
  try {
    await mailer.send(messageOf(mail, publicUrl()), id)
  } catch (error) {
    const trouble = error instanceof MailTrouble ? error : new MailTrouble('unknown', false)
    log.error({ mail: id, why: trouble.message, attempts: claimed.attempts }, 'mail_not_sent')
    return database.write((db) =>
      trouble.final ? markRefused(db, id, trouble.message) : postpone(db, claimed, secondsOf(now()), trouble.message),
    )
  }
  await database.write((db) => markSent(db, id))
  log.info({ mail: id, kind: mail.kind, attempts: claimed.attempts }, 'mail_sent')
}
