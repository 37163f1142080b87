// Parameters of OAuth requests: forms, JSON, and what came twice.

import { expect, test } from 'vitest'
import { readBody } from '../../src/http/door.ts'
import { readPairs, readSent } from '../../src/oauth/parameters.ts'

const read = (text: string) => {
  const bytes = new TextEncoder().encode(text)
  return readSent(bytes, () => readBody(bytes))
}

test('a form and a JSON object say the same', () => {
  const expected = { sent: { grant_type: 'authorization_code', code: 'a b' }, repeated: [] }
  expect(read('grant_type=authorization_code&code=a+b')).toEqual(expected)
  expect(read(' {"grant_type":"authorization_code","code":"a b","extra":null}')).toEqual(expected)
})

test('what came twice is named, and an empty value counts as left out', () => {
  expect(read('code=a&code=b&state=')).toEqual({ sent: { code: 'b' }, repeated: ['code'] })
  expect(readPairs([['__proto__', 'x']]).sent.code).toBeUndefined()
})

test('broken JSON is refused', () => expect(() => read('{"code":')).toThrow('invalid_json'))

test('anything else is a form of whatever it holds', () => {
  expect(read('\0\xff%zz').repeated).toEqual([])
  expect(read('').sent).toEqual({})
})
