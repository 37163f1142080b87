// `crmkit serve`, which is also what `crmkit` alone does: opens, serves, and ends in order.

import type { Command } from 'commander'
import type { Logger } from 'pino'
import { type App, createApp } from '../app.ts'
import { type Config, type Flags, makeDataDir, readConfig, VERSION } from '../config.ts'
import { countWaitingMails } from '../mail/outbox.ts'
import { inBatches, newLog } from '../operate/log.ts'
import { newMetrics } from '../operate/metrics.ts'
import { ConfigError } from '../settings/config-error.ts'
import type { Database } from '../store/dialect.ts'
import { openDatabase, whatIsMissing } from '../store/open.ts'
import { EXIT, examples, say, warn, withData } from './terminal.ts'

/** Each part limits how long it takes to end, which is less in all; whatever hangs all the same is cut off. */
const DRAIN_MILLISECONDS_MAX = 17_000

export function defineServe(program: Command): void {
  const command = program
    .command('serve', { isDefault: true })
    .summary('start the server (also without a command)')
    .description('Starts the server. SIGTERM and Ctrl-C let running requests finish; a second one ends at once.')
    .option('--host <address>', 'address to listen on (CRMKIT_HOST)')
    .option('--port <number>', 'port; 0 takes a free one (CRMKIT_PORT)')
    .option('--public-url <url>', 'base URL in the manual and in links (CRMKIT_PUBLIC_URL)')
  examples(
    withData(command),
    'crmkit                                          on http://localhost:8787, for programs on this machine',
    'crmkit --port 0 --data-dir ./data               a free port, data in a folder',
    'CRMKIT_METRICS_PORT=9100 crmkit serve           with Prometheus metrics at http://127.0.0.1:9100/metrics',
  ).action(serve)
}

async function serve(flags: Flags): Promise<void> {
  const config = readConfig(flags)
  makeDataDir(config)
  const metrics = config.metricsPort === undefined ? undefined : newMetrics()
  const database = await openDatabase(config, metrics?.committed)
  try {
    const log = newLog(inBatches(process.stderr))
    const app = createApp({ config, database, now: Date.now, log, print: say, answered: metrics?.answered })
    const mailsWaiting = config.mail && (() => countWaitingMails(database.read))
    metrics?.watch({ database, mailsWaiting })
    const { host, port, metricsPort } = config
    const metered = await metrics?.listen(metricsPort!).catch(naming('CRMKIT_METRICS_PORT', { port: metricsPort! }))
    if (metered) say(`Metrics: ${metered.url}`)
    const { url } = await app.listen().catch(naming('CRMKIT_PORT', { host, port }))
    const last = { close: async () => warnOfLog(config) }
    // Whoever reads that it serves may stop it at once.
    stopOnSignal(log, [app, ...(metrics ? [metrics] : []), database, last])
    printStart(config, url, database.place)
  } catch (error) {
    await Promise.all([metrics?.close(), database.close()])
    throw error
  }
}

/** Turns what the system says of an address that can't be listened on into a sentence that names the setting. */
function naming(setting: string, { host = 'this machine', port }: { host?: string; port: number }) {
  return (error: NodeJS.ErrnoException): never => {
    const elsewhere = `CRMKIT_HOST must be an address of this machine, and ${host} is none.`
    const sentence = {
      EADDRINUSE: `Port ${port} is taken. Stop the other program, or choose another port: ${setting}`,
      EACCES: `This user may not listen on port ${port}. Choose one from 1024 on: ${setting}`,
      ...{ EADDRNOTAVAIL: elsewhere, ENOTFOUND: elsewhere, EAI_AGAIN: elsewhere },
    }[error.code ?? '']
    throw sentence === undefined ? error : new ConfigError(sentence)
  }
}

function printStart(config: Config, url: string, place: string): void {
  say(`crmkit ${VERSION} serves at ${url}`)
  say(`Data: ${place}`)
  if (config.localMode) {
    say('Local mode: no mail server is configured, so sign-in codes are shown here and in the answer. To sign in:')
    say(`  curl ${url}/auth/request -d '{"email":"you@example.com"}'`)
    say(`  curl ${url}/auth/verify -d '{"email":"you@example.com","code":"<local_code>"}'`)
  }
  say(`An agent needs only the address; it reads ${url}/help`)
}

/** Whoever copies the file of a stopped server has everything, or was told. */
function warnOfLog(config: Config): void {
  const log = whatIsMissing(config)
  if (log)
    warn(
      `Others have the database open, or its disk fails: its newest changes stay in ${log}. Copy both, or use: crmkit backup`,
    )
}

/** On the first signal closes all in order, each when the one before has finished, and exits with 0. */
function stopOnSignal(log: Logger, parts: readonly Pick<App | Database, 'close'>[]): void {
  let stopping = false
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(EXIT.failed)
    stopping = true
    setTimeout(() => process.exit(EXIT.failed), DRAIN_MILLISECONDS_MAX).unref()
    if (process.stderr.isTTY) warn('Stopping: what runs is finished first.')
    else log.info({ signal }, 'stopping')
    for (const part of parts) await part.close()
    process.exit(EXIT.ok)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
}
