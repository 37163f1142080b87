// Every error code, from the table that the OpenAPI document reads too.

import { errorWords } from '../error-words.ts'

export function errorsTopic(): string {
  const lines = Object.entries(errorWords).map(
    ([code, { statuses, about }]) => `- ${statuses.join('/')} ${code}: ${about}`,
  )
  return `# Errors
An error is \`error:\` a stable code, \`status:\`, \`hint:\` what to do next. A body with several faults gets a line \`problem: <field> - <what is wrong>\` for each. JSON has the same as keys: error, status, hint, problems, and details such as confirm, retry_after or record. Every answer has the header X-Request-Id, which names it in the server's log.

${lines.join('\n')}

What to do: 400 mend the call as the hint says. 401 sign in again. 403 ask your user or an admin. 404 look the record up. 409 and 412 read the record that follows, then decide. 429 and 503 wait, then repeat with the same Idempotency-Key.
`
}
