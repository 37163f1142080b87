// Who may sign up: anybody, whoever is invited, or those that the owner of the server lists.

import type { OpenContext } from '../context.ts'
import type { SignUpPolicy } from '../settings/lists.ts'

/** Whether an address (in its normal form) may sign in: who has an account may always. */
export async function maySignIn(ctx: OpenContext, policy: SignUpPolicy, email: string): Promise<boolean> {
  const [row] = await ctx.db.rows(
    `SELECT (SELECT count(*) FROM users WHERE email = ?) AS users,
      (SELECT count(*) FROM (SELECT 1 AS one FROM invites WHERE email = ? LIMIT 1) i) AS invites`,
    [email, email],
  )
  return signUpAllows(policy, email, { known: Number(row!.users) > 0, invited: Number(row!.invites) > 0 })
}

/** The rule itself. A list is the owner's word: an invite does not widen it. */
export function signUpAllows(
  policy: SignUpPolicy,
  email: string,
  { known, invited }: { known: boolean; invited: boolean },
): boolean {
  if (known || policy.kind === 'open') return true
  if (policy.kind === 'invite') return invited
  return policy.addresses.has(email) || policy.domains.has(email.slice(email.lastIndexOf('@') + 1))
}
