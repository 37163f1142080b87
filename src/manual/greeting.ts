// The first thing that an agent sees.

export function greeting(url: string): string {
  return [
    '# crmkit: a CRM that you drive over HTTP. Contacts, companies, deals, activities, reminders.',
    `# Read the manual first: GET ${url}/help`,
    `# Sign in: POST ${url}/auth/request {"email"}, then POST ${url}/auth/verify {"email","code"}`,
    '',
  ].join('\n')
}
