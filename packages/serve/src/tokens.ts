import { randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * A new secret of 128 random bits, as 32 hexadecimal digits.
 *
 * @example
 * const token = newToken()
 */
export function newToken(): string {
  return randomBytes(16).toString('hex')
}

/**
 * The secret that a request carries: as `Authorization: Bearer …`, or as `x-api-key`, which
 * Anthropic's clients send; undefined if it has none.
 *
 * @example
 * tokenOf(new Request('http://localhost', { headers: { authorization: 'Bearer abc' } })) // 'abc'
 */
export function tokenOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  const [, bearer] = /^Bearer\s+(\S+)\s*$/i.exec(headers.get('authorization') ?? '') ?? []
  return bearer ?? headers.get('x-api-key') ?? undefined
}

/**
 * Compares secrets in a time that says nothing about how much of them is right.
 *
 * @example
 * isToken('abc', 'abd') // false
 */
export function isToken(given: string | undefined, token: string): boolean {
  const [a, b] = [given ?? '', token].map((text) => Buffer.from(text, 'utf8'))
  return a.length === b.length && token !== '' && timingSafeEqual(a, b)
}
