// `crmkit doctor`: what is set up, what is wrong, and what to do.

import type { Command } from 'commander'
import { type Config, type Flags, readConfig, readRemote } from '../config.ts'
import { ConfigError } from '../settings/config-error.ts'
import { checkDatabase } from './checks/database.ts'
import { type Finding, findingsOf } from './checks/finding.ts'
import { checkClock, checkDisk } from './checks/machine.ts'
import { checkMail } from './checks/mail.ts'
import { checkPublicUrl } from './checks/public-url.ts'
import { checkSecret } from './checks/secret.ts'
import { EXIT, examples, say, withData, withJson } from './terminal.ts'

type Asked = Flags & { json?: boolean; thorough?: boolean; url?: string }

const configuration = findingsOf('configuration')

export function defineDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('check configuration, database, mail, clock, disk and public URL')
    .description(
      'Checks what crmkit needs, changes nothing, and says what to do about each fault. Works beside a running server. Exit code 1 where there is a fault.',
    )
    .option('--url <url>', 'also look at the server from outside, at its public URL; works from any machine')
    .option('--thorough', 'read the whole SQLite file')
  examples(
    withJson(withData(command)),
    'crmkit doctor',
    'crmkit doctor --url https://crm.example.com',
    'crmkit doctor --json | jq \'.items[] | select(.state=="fault")\'',
  ).action(doctor)
}

async function doctor(flags: Asked): Promise<void> {
  const outside = flags.url === undefined ? undefined : readRemote(flags).url
  const findings = [...(await checkHere(flags)), ...(outside === undefined ? [] : await checkPublicUrl(outside))]
  const faults = findings.filter(({ state }) => state === 'fault').length
  if (flags.json) say(JSON.stringify({ items: findings, faults }, null, 2))
  else {
    for (const { state, check, says, todo } of findings) {
      say(`${state.padEnd(5)} ${check}: ${says}`)
      if (todo) say(`      do: ${todo}`)
    }
    say(`# faults: ${faults}`)
  }
  process.exitCode = faults > 0 ? EXIT.failed : EXIT.ok
}

async function checkHere(flags: Asked): Promise<Finding[]> {
  let config: Config
  try {
    config = readConfig(flags)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [configuration.fault(error.message, 'Mend this setting first; the other checks need it.')]
  }
  const place = config.publicUrl ?? `http://localhost:${config.port}`
  return [
    configuration.ok(`Serves ${config.host} port ${config.port}, known as ${place}; data in ${config.dataDir}.`),
    ...checkSecret(config),
    ...(await checkDatabase(config, { thorough: flags.thorough === true })),
    ...(await checkMail(config.mail?.url)),
    ...(await checkClock(config, Date.now())),
    ...checkDisk(config),
  ]
}
