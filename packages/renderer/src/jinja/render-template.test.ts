import { readFileSync } from 'node:fs'
import type { Json } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import {
  rendersAlike,
  templateGroups,
  templateSources,
} from '../../test/templates/measure-templates.ts'
import { parseTemplate } from './parse-template.ts'
import { renderTemplate } from './render-template.ts'
import { fromJson, type Value } from './value.ts'

/** The text, or null where rendering fails. */
function rendered(template: ReturnType<typeof parseTemplate>, values: [string, Value][]) {
  try {
    return renderTemplate(template, values)
  } catch (error) {
    // A fault of ours, and nothing that a template can raise.
    expect(error).not.toBeInstanceOf(TypeError)
    return null
  }
}

describe("transformers' text of every template of TRL and vLLM", () => {
  const names = Object.keys(templateSources)

  it.each(templateGroups)('%s', (group) => {
    // `make-templates.py --show TEMPLATE GROUP` prints what they should be.
    expect(names.filter((name) => !rendersAlike(name, group))).toEqual([])
  })
})

const entries = (values: Readonly<Record<string, Json>>): [string, Value][] =>
  Object.entries(values).map(([name, value]) => [name, fromJson(value)])
const { values, cases }: { values: Record<string, Json>; cases: [string, string | object][] } =
  JSON.parse(
    readFileSync(new URL('../../test/templates/expressions.json', import.meta.url), 'utf8'),
  )

describe('single templates', () => {
  it.each(cases)('%j as transformers has it', (source, wanted) => {
    expect(rendered(parseTemplate(source), entries(values))).toEqual(
      typeof wanted === 'string' ? wanted : null,
    )
  })

  it.each([
    ['{{ 0 < 1 < 2 }}', /"< … <" compares in a chain/],
    ["{{ 'a' in 'b' == true }}", /"in … ==" compares in a chain/],
    ['{{ (1,) }}', /Unexpected token/],
    ['{{ 1 is eq(1) }}', /Parser Error/],
    ['{{ 1e3 }}', /Parser Error/],
    ["{{ '\\d' }}", /Unexpected escaped character/],
  ])('%s is refused before anything is rendered', (source, reason) => {
    expect(() => parseTemplate(source)).toThrow(reason)
  })

  it.each([
    ['(a == b) != (c == d)', 'a == b and c == d', '[a == b, c == d]', 'f(a == b, x=c == d)'],
    ['a if b == c else d == e', 'not a == b or c == d', "{'a': b == c, 'd': e == f}"],
  ])('%s is no chain', (...expressions) => {
    for (const expression of expressions)
      expect(() => parseTemplate(`{{ ${expression} }}`)).not.toThrow()
    expect(() => parseTemplate('{% for a in b if a in c %}{{ a }}{% endfor %}')).not.toThrow()
  })

  it.each([
    ['{{ l|round }}', /No filter named 'round'/],
    ['{{ l is same }}', /No test named 'same'/],
    ['{{ d.items }}', /a function is printed/],
    ['{{ d.update({}) }}', /access to attribute 'update' of 'dict' object is unsafe/],
    ['{{ u + 1 }}', /'u' is undefined/],
    ['{{ d.u.v }}', /'dict object' has no attribute 'u'/],
    ["{{ 'a' + 1 }}", /can only concatenate str \(not "int"\) to str/],
    ["{{ '%q' % 1 }}", /unsupported format/],
    ["{{ '{:>5}'.format(1) }}", /unsupported format/],
  ])('%s says what is wrong', (source, reason) => {
    const template = parseTemplate(source)
    expect(() => renderTemplate(template, entries(values))).toThrow(reason)
  })
})
