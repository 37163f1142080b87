// How the audit log loses its oldest entries: by its owner's command, which tells of itself there.

import { expect, test } from 'vitest'
import { allPages } from '../support/client.ts'
import { runCommand, settingsOf } from '../support/command.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer } from '../support/server.ts'

const DAY = 24 * 3600 * 1000

onBothEngines('crmkit audit prune', (engine) => {
  test('removes what is older, keeps what is not, and says how much and from before when', async () => {
    const server = await startServer(engine)
    try {
      server.advance(-40 * DAY)
      const old = await server.signIn('pruned@example.com')
      for (let number = 0; number < 3; number++) await old.post('/contacts', { name: `Old ${number}` })
      server.advance(40 * DAY)
      const agent = await server.signIn('pruned@example.com')
      await agent.post('/contacts', { name: 'New' })

      const crmkit = (...words: string[]) => runCommand(words, { env: settingsOf(server.database) })
      const counted = await crmkit('audit', 'prune', '--older-than', '30d', '--dry-run')
      expect(counted.stdout).toMatch(/^workspace\/w_\w+ entries=3\n# total: 1\n$/)
      expect((await agent.get('/audit')).total).toBe(4)

      const pruned = await crmkit('audit', 'prune', '--older-than', '30d', '--json')
      expect(pruned.json().items).toEqual([expect.objectContaining({ entries: 3 })])
      const left = await allPages(agent, '/audit')
      const said = left.map(({ values }) => [values.get('action')!.text, values.get('new.name')?.text])
      expect(said).toEqual([
        ['prune', undefined],
        ['create', 'New'],
      ])
      const told = (await agent.get('/audit?action=prune')).records[0]!.values
      expect([told.get('by')!.text, told.get('old.entries')!.text]).toEqual(['owner', '3'])
      expect(told.get('old.before')!.text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      expect((await crmkit('audit', 'prune', '--older-than', '30d')).stdout).toBe('# total: 0\n')
    } finally {
      await server.stop()
    }
  })
})
