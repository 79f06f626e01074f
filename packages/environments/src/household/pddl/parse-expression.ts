import { IcrlError } from '@icrl/core'

/** A parsed PDDL text: a lower-case word, or a list. */
export type Expression = string | readonly Expression[]

const maxDepth = 200

function refuse(source: string, line: number, what: string): IcrlError {
  return new IcrlError(`${source}, line ${line}: ${what}.`, {
    code: 'corrupt-file',
    remedy: 'Check the PDDL text.',
  })
}

/**
 * Parses the one parenthesized list that a PDDL text holds. Words are lower-cased and end at
 * blanks, parentheses and before `?`; `;` opens a comment. As in Fast Downward, a comma is part of
 * the word it touches, so `?l - location, ?r - receptacle` declares a type named `location,` that
 * nothing has.
 *
 * @param source what the text is, for errors
 * @throws IcrlError `corrupt-file` with the line: unbalanced or too deep parentheses, characters
 * outside ASCII, text after the end
 * @example
 * parseExpression('(and (holds ?a ?o) (isClean ?o))', 'goal') // ['and', ['holds', '?a', '?o'], ['isclean', '?o']]
 */
export function parseExpression(text: string, source: string): readonly Expression[] {
  const open: Expression[][] = []
  let root: Expression[] | undefined
  let line = 0
  for (const row of text.split('\n')) {
    line++
    const end = row.indexOf(';')
    const code = end < 0 ? row : row.slice(0, end)
    // eslint-disable-next-line no-control-regex
    if (/[^\x00-\x7f]/.test(code)) throw refuse(source, line, 'a character outside ASCII')
    for (const [word] of code.toLowerCase().matchAll(/[()]|\??[^\s()?]+|\?/g)) {
      if (root && open.length === 0)
        throw refuse(source, line, `"${word.slice(0, 40)}" after the closing parenthesis`)
      if (word === '(') {
        const list: Expression[] = []
        if (root) open[open.length - 1].push(list)
        else root = list
        if (open.push(list) > maxDepth)
          throw refuse(source, line, `more than ${maxDepth} open parentheses`)
      } else if (!root) {
        throw refuse(source, line, `"${word.slice(0, 40)}" before the first parenthesis`)
      } else if (word === ')') {
        open.pop()
      } else {
        open[open.length - 1].push(word)
      }
    }
  }
  if (!root || open.length > 0)
    throw refuse(source, line, root ? 'a parenthesis is not closed' : 'empty')
  return root
}
