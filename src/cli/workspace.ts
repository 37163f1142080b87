// `crmkit workspace`: the workspaces of this machine and who is in them.

import type { Command } from 'commander'
import type { Flags } from '../config.ts'
import { resources } from '../crm/index.ts'
import { listPeople, listWorkspaces } from '../owner/workspaces.ts'
import { looking } from './owner.ts'
import { examples, show, withData, withJson } from './terminal.ts'

type Listing = Flags & { json?: boolean }

export function defineWorkspace(program: Command): void {
  const workspace = program.command('workspace').description('see the workspaces of this server and their members')
  const counted = resources.map(({ plural }) => plural)
  examples(
    withJson(withData(workspace.command('list')))
      .description('Lists every workspace with its plan, members and how many records it holds.')
      .action(async (flags: Listing) =>
        show(
          {
            form: 'list',
            list: await looking(flags, (ctx, { defaultPlan }) => listWorkspaces(ctx, counted, defaultPlan)),
          },
          flags,
        ),
      ),
    'crmkit workspace list',
    "crmkit workspace list | grep 'plan=free'",
  )
  examples(
    withJson(withData(workspace.command('members <id>')))
      .description('Lists the members and pending invites of one workspace with their roles.')
      .action(async (id: string, flags: Listing) =>
        show({ form: 'list', list: await looking(flags, (ctx) => listPeople(ctx, id)) }, flags),
      ),
    'crmkit workspace members w_2h7c9d4e8f1g3j5k',
  )
}
