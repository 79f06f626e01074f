/** A value as a fraction of whole numbers, and the numbers it was made from, in order. */
export interface ExactValue {
  readonly above: bigint
  readonly below: bigint
  readonly numbers: readonly number[]
}

const longest = 400

/**
 * The exact value of an expression of whole numbers, `+ - * /` and parentheses; `×`, `÷`, `·`,
 * `\times`, `\div` and `\cdot` are read too. Undefined for anything else, for a division by zero
 * and for more than 400 characters. It never evaluates code.
 *
 * @example
 * evaluateExpression('(8 - 2) / 4') // { above: 3n, below: 2n, numbers: [8, 2, 4] }
 */
export function evaluateExpression(text: string): ExactValue | undefined {
  if (text.length > longest) return undefined
  const plain = text
    .replace(/\\times|\\cdot|×|·/g, '*')
    .replace(/\\div|÷/g, '/')
    .replace(/\\left|\\right|\$|\\[,;!]/g, '')
    .replace(/[−–]/g, '-')
  const tokens = plain.match(/\d+|[-+*/()]|\S/g) ?? []
  const numbers: number[] = []
  let at = 0
  type Fraction = readonly [bigint, bigint]
  const primary = (): Fraction | undefined => {
    const token = tokens[at++]
    if (token === '-') {
      const value = primary()
      return value && [-value[0], value[1]]
    }
    if (token === '(') {
      const value = sum()
      return tokens[at++] === ')' ? value : undefined
    }
    if (!/^\d{1,9}$/.test(token ?? '')) return undefined
    numbers.push(Number(token))
    return [BigInt(token), 1n]
  }
  const product = (): Fraction | undefined => {
    let value = primary()
    while (value && (tokens[at] === '*' || tokens[at] === '/')) {
      const divide = tokens[at++] === '/'
      const next = primary()
      if (!next || (divide && next[0] === 0n)) return undefined
      value = divide
        ? [value[0] * next[1], value[1] * next[0]]
        : [value[0] * next[0], value[1] * next[1]]
    }
    return value
  }
  const sum = (): Fraction | undefined => {
    let value = product()
    while (value && (tokens[at] === '+' || tokens[at] === '-')) {
      const minus = tokens[at++] === '-'
      const next = product()
      if (!next) return undefined
      value = [value[0] * next[1] + (minus ? -next[0] : next[0]) * value[1], value[1] * next[1]]
    }
    return value
  }
  const value = sum()
  return value && at === tokens.length ? { above: value[0], below: value[1], numbers } : undefined
}
