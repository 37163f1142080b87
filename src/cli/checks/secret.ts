// Is the file `secret`, where it is used, one that a start takes?

import type { Config } from '../../config.ts'
import { presentSecret } from '../../store/secret.ts'
import { type Finding, findingsOf } from './finding.ts'

const { fault } = findingsOf('secret')

export function checkSecret(config: Config): Finding[] {
  try {
    presentSecret(config)
    return []
  } catch (error) {
    return [
      fault(
        (error as Error).message,
        'Mend it before the next start; without it codes, cursors and waiting mails are lost.',
      ),
    ]
  }
}
