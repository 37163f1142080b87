// `crmkit token`: tokens of everybody on this machine.

import type { Command } from 'commander'
import { type Flags, readConfig, tokenMaxSeconds } from '../config.ts'
import { createToken, listAllTokens, revokeAllOf, revokeOne } from '../owner/tokens.ts'
import type { ListView } from '../render/answer.ts'
import { DAY_SECONDS } from '../text/times.ts'
import { changing, looking } from './owner.ts'
import { CommandError, EXIT, examples, isShown, show, warn, withData, withJson } from './terminal.ts'

type Listing = Flags & { json?: boolean; user?: string }
type Creating = Listing & { user: string; workspace?: string; name: string }

export function defineToken(program: Command): void {
  const token = program.command('token').description('make, list and revoke access tokens, also while the server runs')
  examples(
    withJson(withData(token.command('create')))
      .description('Makes a token for somebody who has signed in before, prints it once, and tells the audit log.')
      .requiredOption('--user <email>', 'whose token it is')
      .option('--workspace <id>', 'the workspace it acts in; the one last used unless given')
      .option('--name <name>', 'what it is for', 'command line')
      .action((flags: Creating) => create(flags)),
    'crmkit token create --user ada@acme.com --name nightly-import',
    'crmkit token create --user ada@acme.com --json | jq -r .token > token && chmod 600 token',
  )
  examples(
    withJson(withData(token.command('list')))
      .description('Lists tokens, newest first; the tokens themselves are stored nowhere.')
      .option('--user <email>', 'only this one’s')
      .action(async (flags: Listing) => show({ form: 'list', list: await list(flags) }, flags)),
    'crmkit token list --user ada@acme.com',
    "crmkit token list | grep 'name=nightly-import'",
  )
  examples(
    withJson(withData(token.command('revoke [id]')))
      .description(
        'Revokes a token, by its id or by itself where it leaked, and those that it minted; or all of one user. Refused from the next request on.',
      )
      .option('--user <email>', 'all tokens of this user')
      .action((id: string | undefined, flags: Listing) => revoke(id, flags)),
    'crmkit token revoke t_9m2k4x8q7w3e',
    'crmkit token revoke "$(cat found-in-a-log)"    whatever its id is',
    'crmkit token revoke --user ada@acme.com    a laptop was stolen',
  )
}

function list(flags: Listing): Promise<ListView> {
  return looking(flags, (ctx, config) => listAllTokens(ctx, flags.user, tokenMaxSeconds(config)))
}

async function create(flags: Creating): Promise<void> {
  const idleSeconds = readConfig(flags).tokenIdleDays * DAY_SECONDS
  const { user: address, workspace, name } = flags
  const lines = await changing(flags, (ctx) => createToken(ctx, { address, workspace, name, idleSeconds }))
  if (await isShown({ form: 'lines', lines, verdict: 'created' }, flags)) return warn('Keep it; it is shown once.')
  const [, id] = lines.find(([label]) => label === 'token_id')!
  if ('words' in id) await changing(flags, (ctx) => revokeOne(ctx, String(id.words)))
  throw new CommandError('Nobody has seen the token, so that it was revoked.')
}

async function revoke(id: string | undefined, flags: Listing): Promise<void> {
  const { user } = flags
  if ((id === undefined) === (user === undefined))
    throw new CommandError('Name one token, or --user <email>.', EXIT.usage)
  const list = await changing(flags, (ctx) => (id === undefined ? revokeAllOf(ctx, user!) : revokeOne(ctx, id)))
  show({ form: 'list', list }, flags)
}
