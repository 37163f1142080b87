// `crmkit plan`: what a workspace may hold.

import type { Command } from 'commander'
import { type Flags, readConfig } from '../config.ts'
import { setPlan } from '../owner/workspaces.ts'
import type { Plan } from '../settings/plans.ts'
import { changing } from './owner.ts'
import { examples, say, show, withData, withJson } from './terminal.ts'

type Asked = Flags & { json?: boolean }

export function definePlan(program: Command): void {
  const plan = program.command('plan').description('see the plans, and put a workspace on one')
  examples(
    withJson(plan.command('list'))
      .description('Lists the plans and their caps.')
      .action((flags: Asked) => list(flags)),
    'crmkit plan list',
  )
  examples(
    withJson(withData(plan.command('set <whom> <plan>')))
      .description(
        'Puts a workspace (by id) on a plan, or a user (by e-mail), whose plan caps how many workspaces they have; from the next request on. What is over a new cap stays; nothing new is added.',
      )
      .action(async (whom: string, name: string, flags: Asked) => {
        const record = await changing(flags, (ctx, { plans }) => setPlan(ctx, whom, name, plans))
        show({ form: 'record', record, verdict: 'updated' }, flags)
      }),
    'crmkit plan set w_2h7c9d4e8f1g3j5k unlimited',
    'crmkit plan set ada@acme.com unlimited',
  )
}

function list(flags: Asked): void {
  const plans = Object.values(readConfig(flags).plans)
  if (flags.json) say(JSON.stringify({ items: plans, total: plans.length }, null, 2))
  else for (const plan of plans) say(planLine(plan))
}

function planLine({ name, caps }: Plan): string {
  const told = Object.entries(caps).map(([resource, cap]) => `${resource}=${cap}`)
  return [`plan/${name}`, ...told].join(' ')
}
