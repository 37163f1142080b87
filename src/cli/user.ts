// `crmkit user`: who has signed in at this machine.

import type { Command } from 'commander'
import { type Flags, tokenMaxSeconds } from '../config.ts'
import { listUsers } from '../owner/users.ts'
import { looking } from './owner.ts'
import { examples, show, withData, withJson } from './terminal.ts'

export function defineUser(program: Command): void {
  const user = program.command('user').description('see who uses this server')
  examples(
    withJson(withData(user.command('list')))
      .description('Lists everybody who has signed in, with how many workspaces and tokens they have.')
      .action(async (flags: Flags & { json?: boolean }) =>
        show(
          { form: 'list', list: await looking(flags, (ctx, config) => listUsers(ctx, tokenMaxSeconds(config))) },
          flags,
        ),
      ),
    'crmkit user list',
    'crmkit user list --json | jq -r .items[].email',
  )
}
