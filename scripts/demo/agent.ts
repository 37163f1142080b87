// The agent of the demonstration: signs in over HTTP, makes calls, and reads the answers with crmkit's own parser.

import { type ParsedAnswer, parseAnswer } from '../../src/render/parse.ts'

export interface Reply {
  readonly status: number
  readonly text: string
  readonly answer: ParsedAnswer
}

export interface Agent {
  /** Throws where the answer is an error. */
  readonly call: (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) => Promise<Reply>
}

/** Signs in as any agent on the same machine does: the server, in local mode, answers with the code. */
export async function signIn(url: string, email: string): Promise<Agent> {
  const anonymous = agentOf(url)
  const asked = await anonymous.call('POST', '/auth/request', { email })
  const code = asked.answer.labels.get('local_code')?.[0]
  const verified = await anonymous.call('POST', '/auth/verify', { email, code, token_name: 'demo' })
  return agentOf(url, verified.answer.labels.get('token')?.[0])
}

function agentOf(url: string, token?: string): Agent {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  return {
    call: async (method, path, body) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}:\n${text}`)
      return { status: response.status, text, answer: parseAnswer(text) }
    },
  }
}
