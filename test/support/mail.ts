// A real mail server, and what it received.

import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { type Client, clientOf } from './client.ts'

export interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly mail: ParsedMail
  readonly raw: string
}

export interface MailServer {
  /** As CRMKIT_SMTP_URL takes it. */
  readonly url: string
  readonly received: readonly Received[]
  /** The mails to an address, once there are `count` of them. */
  readonly mailsTo: (address: string, count?: number) => Promise<readonly Received[]>
  /** The code in the latest mail to an address, once there are `count` mails. */
  readonly codeFor: (address: string, count?: number) => Promise<string>
  /** Refuses connections from now on. */
  readonly down: () => Promise<void>
  /** Takes them again, on the same port. */
  readonly up: () => Promise<void>
  /** How the server answers a recipient: an error refuses it, and a promise has the sender wait. */
  refuse: ((address: string) => Error | undefined | Promise<Error | undefined>) | undefined
  /** How it answers whoever would send. */
  refuseSender: Error | undefined
}

const WAIT_MILLISECONDS_MAX = 30_000

export async function startMailServer(login?: { user: string; pass: string }): Promise<MailServer> {
  const received: Received[] = []
  let port = 0
  let server: SMTPServer | undefined
  const self: MailServer = {
    get url() {
      return `smtp://${login ? `${login.user}:${login.pass}@` : ''}127.0.0.1:${port}`
    },
    received,
    ...{ refuse: undefined, refuseSender: undefined },
    mailsTo: async (address, count = 1) => {
      const found = () => received.filter(({ to }) => to.includes(address))
      await until(() => found().length >= count, `${count} mails to ${address}`)
      return found()
    },
    codeFor: async (address, count) => {
      const mails = await self.mailsTo(address, count)
      return /^ {4}(\S+)$/m.exec(mails.at(-1)!.mail.text ?? '')![1]!
    },
    down: () =>
      new Promise((done) => {
        server?.close(() => done())
        server = undefined
      }),
    up: () =>
      new Promise((done, failed) => {
        server = new SMTPServer({
          ...{ authOptional: !login, disabledCommands: login ? ['STARTTLS'] : ['AUTH', 'STARTTLS'] },
          ...{ allowInsecureAuth: true, logger: false, hideSize: true, closeTimeout: 50 },
          onAuth: (auth, _, answer) =>
            auth.username === login?.user && auth.password === login?.pass
              ? answer(null, { user: auth.username })
              : answer(new Error('no')),
          onMailFrom: (_address, _session, answer) => answer(self.refuseSender ?? null),
          onRcptTo: async (address, _, answer) => answer((await self.refuse?.(address.address)) ?? null),
          onData: (stream, session, answer) => {
            const chunks: Buffer[] = []
            stream.on('data', (chunk: Buffer) => chunks.push(chunk))
            stream.on('end', async () => {
              const raw = Buffer.concat(chunks).toString()
              const { mailFrom, rcptTo } = session.envelope
              const from = mailFrom ? mailFrom.address : ''
              received.push({ from, to: rcptTo.map(({ address }) => address), mail: await simpleParser(raw), raw })
              answer(null)
            })
          },
        })
        server.on('error', failed)
        server.listen(port, '127.0.0.1', () => {
          port = (server!.server.address() as AddressInfo).port
          done()
        })
      }),
  }
  await self.up()
  return self
}

/** Signs in with the code that comes by mail. */
export async function signInByMail(
  url: string,
  mail: MailServer,
  email: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Client> {
  const already = mail.received.filter(({ to }) => to.includes(email)).length
  await clientOf(url).post('/auth/request', { email }, { headers })
  const code = await mail.codeFor(email, already + 1)
  const verified = await clientOf(url).post('/auth/verify', { email, code }, { headers })
  if (!verified.label('token')) throw new Error(`No sign-in: ${verified.text}`)
  return clientOf(url, verified.label('token'))
}

/** Resolves once `holds`; fails with what was waited for. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const started = Date.now(); !(await holds()); await new Promise((done) => setTimeout(done, 20)))
    if (Date.now() - started > WAIT_MILLISECONDS_MAX) throw new Error(`Waited in vain for ${what}.`)
}
