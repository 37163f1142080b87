// Every call there is, from the route list.

import { callWords, describable, needsToken } from '../openapi.ts'
import type { Told } from '../topics.ts'

export function callsTopic({ routes, resources, url }: Told): string {
  const words = callWords(resources)
  const lines = describable(routes).map((route) => {
    const { method, path } = route
    const known = words[`${method} ${path}`]
    const takes = Object.keys(known?.parameters ?? {})
    const shown = path.replace(/:(\w+)/g, '{$1}')
    const query =
      takes.length > 0 && takes.length <= PARAMETERS_SHOWN_MAX ? `?${takes.map((name) => `${name}=`).join('&')}` : ''
    return `- ${method} ${shown}${query}: ${known?.summary ?? ''}${needsToken(route, known) ? '' : ' (no token needed)'}`
  })
  return `# Calls
${lines.join('\n')}

With parameters, bodies, answers and errors: GET ${url}/openapi.json
`
}

/** Lists take every field as a filter. */
const PARAMETERS_SHOWN_MAX = 6
